package rulefile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"onput/internal/text"
)

// Diagnostic is one error or warning about a rule file, with its position and, in the message, a way out.
type Diagnostic struct {
	File       string
	Line       int // from 1; 0 if it is about the whole file
	Column     int // in Unicode characters, from 1; 0 without a line
	Width      int // in characters, at least 1
	Warning    bool
	Message    string
	Code       string // the kind of error or warning, "unknown-field"
	SourceLine string // the line of the file
}

// Diagnostics are the errors or the warnings of a rule file, sorted by position.
type Diagnostics []Diagnostic

// Error returns the diagnostics as file:line:column: severity: message [code], each followed by the line of the file and a
// mark under the position. It lists at most [text.MaxError] bytes, and counts the others.
func (d Diagnostics) Error() string { return d.list((*Diagnostic).String) }

// Colored returns the same for a terminal, with severities and marks in color and all else escaped.
func (d Diagnostics) Colored() string {
	return d.list(func(d *Diagnostic) string {
		color := "\x1b[31m" // red
		if d.Warning {
			color = "\x1b[33m" // yellow
		}
		return d.format(func(s string) string { return color + s + "\x1b[0m" })
	})
}

// list returns the diagnostics as format writes each of them.
func (d Diagnostics) list(format func(*Diagnostic) string) string {
	var b strings.Builder
	for i := range d {
		s := format(&d[i])
		more := fmt.Sprintf("and %d more; fix these and run again, or list all with onput check --json", len(d)-i)
		if i > 0 && b.Len()+len(s)+len(more)+2 > text.MaxError {
			b.WriteString("\n" + more)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s)
	}
	return b.String()
}

// String returns one diagnostic, as in [Diagnostics.Error].
func (d *Diagnostic) String() string { return d.format(func(s string) string { return s }) }

// format returns the diagnostic with the severity and the mark as highlight returns them.
func (d *Diagnostic) format(highlight func(string) string) string {
	severity := "error"
	if d.Warning {
		severity = "warning"
	}
	severity, file, message := highlight(severity), text.Escape(d.File), text.EscapeExcept(d.Message, "\n\t")
	if d.Line == 0 {
		return fmt.Sprintf("%s: %s: %s [%s]", file, severity, message, d.Code)
	}
	head := fmt.Sprintf("%s:%d:%d: %s: %s [%s]", file, d.Line, d.Column, severity, message, d.Code)
	if strings.TrimSpace(d.SourceLine) == "" {
		return head
	}
	line, column, width := escapeLine(clip([]rune(d.SourceLine), d.Column-1, d.Width))
	margin := fmt.Sprintf("%5d | ", d.Line)
	under := mark(line, column, width)
	at := strings.IndexByte(under, '^')
	return head + "\n" + margin + string(line) + "\n" + strings.Repeat(" ", len(margin)-2) + "| " + under[:at] + highlight(under[at:])
}

// mark returns the line ^~~~ to print under width characters of line from column on, which counts from 0. Tabs are copied,
// and wide characters count as two, so that the mark is under the position in a terminal.
func mark(line []rune, column, width int) string {
	var b strings.Builder
	for _, r := range line[:min(column, len(line))] {
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteString(strings.Repeat(" ", columns(r)))
		}
	}
	b.WriteByte('^')
	under := 0
	for i := column; i < min(column+width, len(line)); i++ {
		if line[i] == '\t' {
			break // its width depends on the terminal
		}
		under += columns(line[i])
	}
	b.WriteString(strings.Repeat("~", max(under-1, 0)))
	return b.String()
}

// maxShown bounds the characters of a line that are shown, because a rule file may be one line of JSON.
const maxShown = 200

// clip shortens a long line to the surroundings of a position, and returns the position in it.
func clip(line []rune, column, width int) ([]rune, int, int) {
	if len(line) <= maxShown {
		return line, column, width
	}
	from := max(0, min(column-maxShown/4, len(line)-maxShown))
	to := from + maxShown
	shown := slices.Clone(line[from:to])
	if column -= from; from > 0 {
		shown, column = append([]rune{'…'}, shown...), column+1
	}
	width = min(width, len(shown)-column)
	if to < len(line) {
		shown = append(shown, '…')
	}
	return shown, column, width
}

// escapeLine escapes a line except for its tabs, and returns the position in the result.
func escapeLine(line []rune, column, width int) ([]rune, int, int) {
	escape := func(part []rune) []rune { return []rune(text.EscapeExcept(string(part), "\t")) }
	from, to := min(column, len(line)), min(column+width, len(line))
	before, marked := escape(line[:from]), escape(line[from:to])
	if to > from {
		width = len(marked)
	}
	return slices.Concat(before, marked, escape(line[to:])), len(before) + column - from, width
}

// Sorted returns the diagnostics ordered by position and message, without duplicates, because a default is compiled again
// for each rule.
func (d Diagnostics) Sorted() Diagnostics {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(d)
}

// columns returns the width of a character in a terminal: 2 if it is East Asian wide, 0 if it combines with the character
// before it. Tabs are up to the caller.
func columns(r rune) int {
	switch {
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}
