package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"onput/internal/opfacts"
	"onput/process"
)

// footnotes collects the notes to which the tables of an operation refer.
type footnotes struct {
	maybe   bool     // a value has a question mark
	sources []string // in the order of their numbers
}

// mark adds a source and returns its number in brackets.
func (n *footnotes) mark(source string) string {
	i := slices.Index(n.sources, source)
	if i < 0 {
		i = len(n.sources)
		n.sources = append(n.sources, source)
	}
	return fmt.Sprintf("[%d]", i+1)
}

// parameterRows returns a table of parameters and adds its footnotes to notes.
func parameterRows(params []process.Parameter, notes *footnotes) [][]string {
	rows := [][]string{{"PARAMETER", "VALUE", "DEFAULT", "DESCRIPTION"}}
	for i := range params {
		p := &params[i]
		note := p.Note
		if p.Source != "" {
			note += " " + notes.mark(p.Source)
		}
		notes.maybe = notes.maybe || len(p.UnconfirmedValues) > 0
		about := strings.Join(append([]string{note}, opfacts.OfParameter(p)...), "\n")
		rows = append(rows, []string{p.Name, opfacts.Value(p), p.Default, about})
	}
	return rows
}

// printTable prints rows whose cells may have several lines. The last column fills the rest of the width.
func printTable(w io.Writer, rows [][]string) {
	const gap = 2
	widths := []int{0, 30, 12, 0} // maxima for the middle columns; 0 for the widest cell
	for column := range len(widths) - 1 {
		widest := 0
		for _, row := range rows {
			widest = max(widest, utf8.RuneCountInString(row[column]))
		}
		if widths[column] == 0 || widest < widths[column] {
			widths[column] = widest
		}
	}
	widths[3] = opsWidth - widths[0] - widths[1] - widths[2] - 3*gap
	for _, row := range rows {
		var lines [][4]string
		for i, text := range row {
			y := 0
			for line := range strings.Lines(text) {
				for _, part := range wrapWords(line, widths[i]) {
					if y == len(lines) {
						lines = append(lines, [4]string{})
					}
					lines[y][i] = part
					y++
				}
			}
		}
		for _, l := range lines {
			line := fmt.Sprintf("%-*s%-*s%-*s%s", widths[0]+gap, l[0], widths[1]+gap, l[1], widths[2]+gap, l[2], l[3])
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
	}
}

// wrapWords breaks a text into lines of at most width characters. A longer word gets a line of its own.
func wrapWords(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
