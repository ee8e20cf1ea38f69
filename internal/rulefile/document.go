package rulefile

import (
	"slices"
	"strings"
)

// MaxSize is the size limit of a rule file, in bytes.
const MaxSize = 64 << 20

// Document is the text of a rule file.
type Document struct {
	Name string // for messages
	Text string // without a byte order mark

	lineStarts []int // byte offsets; computed on demand, because only messages need them
}

// NewDocument returns the document with the given name and text. It drops a byte order mark at the beginning.
func NewDocument(name, text string) *Document {
	return &Document{Name: name, Text: strings.TrimPrefix(text, "\ufeff")}
}

// lines returns the byte offset at which each line begins.
func (d *Document) lines() []int {
	if d.lineStarts == nil {
		d.lineStarts = []int{0}
		for i := 0; i < len(d.Text); {
			size := lineBreakSize(d.Text, i)
			if i += max(size, 1); size > 0 {
				d.lineStarts = append(d.lineStarts, i)
			}
		}
	}
	return d.lineStarts
}

// line returns the text of line n, counted from 1, without its line break.
func (d *Document) line(n int) string {
	if n < 1 || n > len(d.lines()) {
		return ""
	}
	from, to := d.lines()[n-1], len(d.Text)
	if n < len(d.lines()) {
		to = d.lines()[n]
	}
	return strings.TrimRight(d.Text[from:to], "\r\n\u0085\u2028\u2029")
}

// lineOf returns the line, counted from 1, that holds the byte at offset.
func (d *Document) lineOf(offset int) int {
	i, found := slices.BinarySearch(d.lines(), offset)
	if found {
		return i + 1
	}
	return i
}

// lineBreakSize returns the size in bytes of the line break at s[i:], 0 if there is none. The breaks are those by which the
// YAML library counts lines.
func lineBreakSize(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch rest := s[i:]; {
	case rest[0] == '\n':
		return 1
	case strings.HasPrefix(rest, "\r\n"), strings.HasPrefix(rest, "\u0085"):
		return 2
	case rest[0] == '\r':
		return 1
	case strings.HasPrefix(rest, "\u2028"), strings.HasPrefix(rest, "\u2029"):
		return 3
	}
	return 0
}
