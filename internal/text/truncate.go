package text

import "unicode/utf8"

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

// Truncate returns s if it has at most n bytes, otherwise its [Prefix] of n bytes and an ellipsis.
func Truncate(s string, n int) string {
	if p := Prefix(s, n); len(p) < len(s) {
		return p + "…"
	}
	return s
}
