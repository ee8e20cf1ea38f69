package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

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
	rows := [][]string{{"PARAMETER", "VALUE", "DEFAULT", "WHAT IT IS"}}
	for i := range params {
		p := &params[i]
		note := p.Note
		if p.Source != "" {
			note += " " + notes.mark(p.Source)
		}
		notes.maybe = notes.maybe || len(p.MaybeValues) > 0
		about := strings.Join(append([]string{note}, parameterFacts(p)...), "\n")
		rows = append(rows, []string{p.Name, parameterValue(p), p.Default, about})
	}
	return rows
}

// printTable prints rows whose cells may have several lines. The last column fills the rest of the width.
func printTable(w io.Writer, rows [][]string) {
	const gap = 2
	widths := []int{0, 30, 12, 0} // maxima for the middle columns; 0 for the widest cell
	for column := range widths {
		widest := 0
		for _, row := range rows {
			for line := range strings.Lines(row[column]) {
				widest = max(widest, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
			}
		}
		if widths[column] == 0 || widest < widths[column] {
			widths[column] = widest
		}
	}
	widths[3] = opsWidth - widths[0] - widths[1] - widths[2] - 3*gap
	for _, row := range rows {
		cells := make([][]string, len(row))
		height := 0
		for i, text := range row {
			for line := range strings.Lines(text) {
				cells[i] = append(cells[i], wrapWords(line, widths[i])...)
			}
			height = max(height, len(cells[i]))
		}
		for y := range height {
			var line strings.Builder
			for i, cell := range cells {
				text := ""
				if y < len(cell) {
					text = cell[y]
				}
				line.WriteString(text)
				line.WriteString(strings.Repeat(" ", max(0, widths[i]+gap-utf8.RuneCountInString(text))))
			}
			fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
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
