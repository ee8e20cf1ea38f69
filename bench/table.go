package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// table is a Markdown table that is also aligned as plain text. The first row is the heading.
type table struct {
	rows    [][]string
	numbers bool // columns after the first hold numbers and are aligned to the right
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

// round rounds a number to so many significant digits. The digits after them vary from run to run.
func round(x float64, digits int) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'e', digits-1, 64), 64)
	return rounded
}

// number formats a number with three significant digits, and a comma between thousands.
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

// whole formats a count, with a comma between thousands.
func whole(n int) string { return strings.TrimSuffix(number(float64(n)), ".0") }

// duration formats seconds with three significant digits, in the largest unit that leaves at least 1.
func duration(seconds float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}} {
		if seconds >= unit.size*(1-1e-9) { // 1e-9 for binary fractions
			return strconv.FormatFloat(round(seconds/unit.size, 3), 'g', 4, 64) + " " + unit.name
		}
	}
	return strconv.FormatFloat(math.Round(seconds*1e9), 'f', 0, 64) + " ns"
}

// size formats bytes as KB or MB, of 1,000 each.
func size(bytes float64) string {
	if bytes < 1e6 {
		return number(bytes/1e3) + " KB"
	}
	return number(bytes/1e6) + " MB"
}

// ratio formats how many times as much a is as b, with two significant digits.
func ratio(a, b float64) string {
	x := round(a/b, 2)
	if x >= 1000 {
		return number(x) + " ×"
	}
	return strconv.FormatFloat(x, 'g', 3, 64) + " ×"
}

// allocations formats allocations per operation.
func allocations(n float64) string {
	switch n = math.Round(n*10) / 10; n {
	case 0:
		return "no allocation"
	case 1:
		return "1 allocation"
	default:
		return fmt.Sprintf("%g allocations", n)
	}
}
