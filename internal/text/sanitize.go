package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// OneLine returns at most max bytes of s, with a space for each run of unprintable characters. It appends "…" if s was longer.
func OneLine(s string, max int) string {
	s, more := Truncate(s, max)
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !strconv.IsPrint(r) }), " ")
	if more {
		s += "…"
	}
	return s
}

// maxExcerpt is the length of an [Excerpt] in bytes, before it is quoted.
const maxExcerpt = 80

// Excerpt returns the beginning of s, quoted.
func Excerpt(s string) string {
	s, more := Truncate(s, maxExcerpt)
	s = strconv.Quote(s)
	if more {
		s += "…"
	}
	return s
}

// QuoteIfNeeded returns s, quoted if it holds anything that a reader could take for the message around it.
func QuoteIfNeeded(s string) string {
	for _, r := range s {
		if r == '"' || r == '\\' || r == ',' || r == ' ' || r == utf8.RuneError || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// Shorten returns at most max bytes of s, and "…" if s was longer.
func Shorten(s string, max int) string {
	s, more := Truncate(s, max)
	if more {
		s += "…"
	}
	return s
}

// Truncate returns at most max bytes of s, whole characters, and reports whether s was longer.
func Truncate(s string, max int) (truncated string, more bool) {
	if len(s) <= max {
		return s, false
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max], true
}
