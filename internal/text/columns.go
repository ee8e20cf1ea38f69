package text

import (
	"strings"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Columns returns the columns of a terminal that s takes: two for a wide character, as Chinese ones are, and none for a
// combining mark.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	if norm.NFD.PropertiesString(string(r)).CCC() != 0 {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Pad returns s with blanks up to a number of columns.
func Pad(s string, columns int) string {
	return s + strings.Repeat(" ", max(0, columns-Columns(s)))
}

// Middle returns s with "…" for its middle if it takes more than a number of columns, so that its beginning and its end, with
// the extension of a key, stay.
func Middle(s string, columns int) string {
	if Columns(s) <= columns {
		return s
	}
	all := []rune(s)
	tail, kept := len(all), 0
	for tail > 0 && kept+columnsOf(all[tail-1]) <= (columns-1)/2 {
		tail--
		kept += columnsOf(all[tail])
	}
	head := 0
	for kept+columnsOf(all[head]) <= columns-1 {
		kept += columnsOf(all[head])
		head++
	}
	return string(all[:head]) + "…" + string(all[tail:])
}
