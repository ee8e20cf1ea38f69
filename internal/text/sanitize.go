package text

import (
	"strconv"
	"strings"
)

// OneLine returns at most max bytes of s, with a space for each run of unprintable characters. It appends "…" if s was longer.
func OneLine(s string, max int) string {
	short := Prefix(s, max)
	line := strings.Join(strings.FieldsFunc(short, func(r rune) bool { return r == ' ' || !strconv.IsPrint(r) }), " ")
	if len(short) < len(s) {
		line += "…"
	}
	return line
}

// maxExcerpt is the length of an [Excerpt] in bytes, before it is quoted.
const maxExcerpt = 80

// Excerpt returns the beginning of s, quoted.
func Excerpt(s string) string {
	short := Prefix(s, maxExcerpt)
	if len(short) < len(s) {
		return strconv.Quote(short) + "…"
	}
	return strconv.Quote(s)
}

// QuoteIfNeeded returns s, quoted if it holds anything that a reader could take for the message around it.
func QuoteIfNeeded(s string) string { return QuoteIfAny(s, `"\, `) }
