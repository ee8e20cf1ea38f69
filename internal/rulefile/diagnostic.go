package rulefile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Diagnostic is one error or warning about a rule file: where, what was found, what would be right.
type Diagnostic struct {
	File    string
	Line    int // from 1; 0 where no place in the file can be named
	Column  int // in characters of Unicode, not bytes or columns of a terminal, from 1; 0 without a line
	Width   int // how many characters of the line it is about, at least 1
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
	source, column, width := clip([]rune(d.Source), d.Column-1, d.Width)
	for i, r := range source {
		if isForbidden(r) {
			source[i] = '\ufffd' // nothing that a terminal would obey
		}
	}
	margin := fmt.Sprintf("%5d | ", d.Line)
	return text + "\n" + margin + string(source) + "\n" + strings.Repeat(" ", len(margin)-2) + "| " + mark(source, column, width)
}

// mark is what stands under a line of the file: ^~~~ under width characters from column on, which counts from 0. Tabs stay,
// and a wide character takes two columns, so that the mark is under the place in a terminal.
func mark(line []rune, column, width int) string {
	var b strings.Builder
	for _, r := range line[:min(column, len(line))] {
		switch {
		case r == '\t':
			b.WriteByte('\t')
		default:
			b.WriteString(strings.Repeat(" ", columns(r)))
		}
	}
	b.WriteByte('^')
	under := 0
	for i := column; i < min(column+width, len(line)); i++ {
		if line[i] == '\t' {
			break // how far it goes is the terminal's affair
		}
		under += columns(line[i])
	}
	b.WriteString(strings.Repeat("~", max(under-1, 0)))
	return b.String()
}

// maxShown is how many characters of a line are shown: a rule file may be one line of JSON.
const maxShown = 200

// clip cuts a long line down to what surrounds the place.
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

// Sorted returns the diagnostics ordered by position and message, without repetitions: a default is read again for each rule
// that it applies to.
func (d Diagnostics) Sorted() Diagnostics {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(d)
}

// columns returns how many columns of a terminal a character takes: two if it is East Asian wide, none if it combines with
// the character before it. Tabs are up to the caller.
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
