package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

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
