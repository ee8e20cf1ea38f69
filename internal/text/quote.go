package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

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

// Printable returns s, quoted if it holds a character that does not print.
func Printable(s string) string { return QuoteIfAny(s, "") }

// QuoteIfNeeded returns s, quoted if it holds a character that a reader could take for the message around it.
func QuoteIfNeeded(s string) string { return QuoteIfAny(s, `"\, `) }

// QuoteIfAny returns s, quoted if it holds a character that does not print or any of chars.
func QuoteIfAny(s, chars string) string {
	special := func(r rune) bool {
		return r == utf8.RuneError || !strconv.IsPrint(r) || strings.ContainsRune(chars, r)
	}
	if strings.ContainsFunc(s, special) {
		return strconv.Quote(s)
	}
	return s
}

// Prefix returns the longest prefix of s that has at most n bytes and ends at the end of a character.
func Prefix(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Truncate returns the [Prefix] of s with at most n bytes, and "…" if s is longer.
func Truncate(s string, n int) string {
	if p := Prefix(s, n); len(p) < len(s) {
		return p + "…"
	}
	return s
}

// OneLine returns the [Prefix] of s with at most n bytes, with a space for each run of unprintable characters, and "…" if s is
// longer.
func OneLine(s string, n int) string {
	short := Prefix(s, n)
	line := strings.Join(strings.FieldsFunc(short, func(r rune) bool { return r == ' ' || !strconv.IsPrint(r) }), " ")
	if len(short) < len(s) {
		line += "…"
	}
	return line
}
