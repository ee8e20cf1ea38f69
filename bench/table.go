package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// table is a markdown table that is also aligned as plain text. The first row is the heading.
type table struct {
	rows    [][]string
	numbers bool // the columns after the first hold numbers, which stand to the right
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) String() string {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	for n, row := range t.rows {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if t.numbers && i > 0 {
				cell = space + cell
			} else {
				cell += space
			}
			b.WriteString("| " + cell + " ")
		}
		b.WriteString("|\n")
		if n > 0 {
			continue
		}
		for i, width := range widths {
			line := strings.Repeat("-", width)
			if t.numbers && i > 0 {
				line = line[1:] + ":"
			}
			b.WriteString("| " + line + " ")
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// round keeps so many digits of a number: what comes after them differs from run to run.
func round(x float64, digits int) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	return rounded
}

// number writes three digits of a number, with a comma between thousands.
func number(x float64) string {
	x = round(x, 3)
	if x < 100 {
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	digits := strconv.FormatFloat(x, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// whole is number for what is counted.
func whole(n int) string { return strings.TrimSuffix(number(float64(n)), ".0") }

// duration writes three digits of a time, in the unit that suits it.
func duration(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= unit.size {
			return strconv.FormatFloat(round(d.Seconds()/unit.size.Seconds(), 3), 'g', 4, 64) + " " + unit.name
		}
	}
	return strconv.FormatInt(int64(d), 10) + " ns"
}

func nanoseconds(ns float64) string { return duration(time.Duration(ns)) }

// size writes bytes as KB or MB, of 1,000 each.
func size[T ~int | ~int64 | ~uint64](bytes T) string {
	if bytes < 1_000_000 {
		return number(float64(bytes)/1e3) + " KB"
	}
	return number(float64(bytes)/1e6) + " MB"
}

// ratio writes two digits of how many times as much a is as b.
func ratio[T ~int64 | ~float64](a, b T) string {
	x := round(float64(a)/float64(b), 2)
	if x >= 1000 {
		return number(x) + " ×"
	}
	return strconv.FormatFloat(x, 'g', 3, 64) + " ×"
}

// allocations writes how often memory is asked for.
func allocations(c cost) string {
	switch n := math.Round(c.Allocs*10) / 10; n {
	case 0:
		return "no allocation"
	case 1:
		return "1 allocation"
	default:
		return fmt.Sprintf("%g allocations", n)
	}
}
