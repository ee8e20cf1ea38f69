package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Diagnostic is one error or warning about a rule file: where, what was found, what would be right.
type Diagnostic struct {
	File    string
	Line    int // from 1; 0 where no place in the file can be named
	Column  int // in characters, from 1
	Width   int // how many characters it is about, at least 1
	Warning bool
	Message string
	Code    string // a word for the kind of finding, "unknown-field"
	Source  string // the line of the file
}

// Diagnostics is all errors, or all warnings, of a rule file, sorted by place. As an error it is the whole text.
type Diagnostics []Diagnostic

// Error returns every diagnostic as file:line:column: severity: message [code], with the line of the file under it and
// the place marked.
func (d Diagnostics) Error() string {
	var b strings.Builder
	for i := range d {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(d[i].String())
	}
	return b.String()
}

// String returns the diagnostic on its own, with the line of the file and the place in it.
func (d *Diagnostic) String() string {
	severity := "error"
	if d.Warning {
		severity = "warning"
	}
	if d.Line == 0 {
		return fmt.Sprintf("%s: %s: %s [%s]", d.File, severity, d.Message, d.Code)
	}
	text := fmt.Sprintf("%s:%d:%d: %s: %s [%s]", d.File, d.Line, d.Column, severity, d.Message, d.Code)
	if strings.TrimSpace(d.Source) == "" {
		return text
	}
	margin := fmt.Sprintf("%5d | ", d.Line)
	mark := strings.Repeat(" ", len(margin)-2) + "| "
	for i, r := range []rune(d.Source) {
		if i >= d.Column-1 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		mark += string(r)
	}
	width := min(d.Width, utf8.RuneCountInString(d.Source)-d.Column+1)
	return text + "\n" + margin + d.Source + "\n" + mark + "^" + strings.Repeat("~", max(width-1, 0))
}

// sorted orders by place, and what stands at one place by its text. What is said twice is dropped: a default is read again
// for each rule that it applies to.
func (d Diagnostics) sorted() Diagnostics {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(d)
}
