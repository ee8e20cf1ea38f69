package text

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable returns s, quoted if it holds a character that does not print.
func Printable(s string) string { return QuoteIfAny(s, "") }

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
