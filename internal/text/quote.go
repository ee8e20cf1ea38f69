package text

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
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

// MaxError bounds the text of an error that Function Compute gets, in bytes. Function Compute sends it to the onFailure
// destination together with the event, and a message of SMQ holds 64 KB.
const MaxError = 16 << 10

// Bound returns s, or its first lines and the number of the others if it has more than [MaxError] bytes.
func Bound(s string) string {
	if len(s) <= MaxError {
		return s
	}
	short := Prefix(s, MaxError-100)
	if i := strings.LastIndexByte(short, '\n'); i > 0 {
		short = short[:i]
	}
	if more := strings.Count(s[len(short):], "\n"); more > 0 {
		return short + "\nand " + Plural(more, "more line")
	}
	return short + "…"
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

// Escape returns s with escapes for all that a terminal or a log of a CI system could obey instead of showing it: control
// characters, line breaks, marks that turn the direction of writing, bytes that are not UTF-8, and ##[ of CI commands. A
// character is escaped as in JSON, so that escaped JSON is the same JSON.
func Escape(s string) string { return EscapeExcept(s, "") }

// EscapeExcept is [Escape] but leaves the characters of keep as they are.
func EscapeExcept(s, keep string) string {
	var b []byte
	done := 0 // s[:done] is in b
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = fmt.Appendf(append(b, s[done:i]...), `\x%02x`, s[i])
		case r == '#' && strings.HasSuffix(s[:i], "#") && isCommand(s[i+1:]), !strconv.IsGraphic(r) && !strings.ContainsRune(keep, r):
			b = appendEscape(append(b, s[done:i]...), r)
		default:
			continue
		}
		done = i + size
	}
	if done == 0 {
		return s
	}
	return string(append(b, s[done:]...))
}

// isCommand reports whether s continues ## to a command that CI systems find anywhere in a line: ##[error], ##vso[…].
func isCommand(s string) bool {
	return strings.HasPrefix(strings.TrimLeftFunc(s, unicode.IsLetter), "[")
}

// appendEscape appends the escape of a character to b.
func appendEscape(b []byte, r rune) []byte {
	if i := strings.IndexRune("\b\f\n\r\t", r); i >= 0 {
		return append(b, '\\', "bfnrt"[i])
	}
	for _, unit := range utf16.Encode([]rune{r}) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return b
}

// Writer writes lines to W, escaped like [EscapeExcept] does, but for line breaks and tabs. It also escapes a :: that begins a
// line, as commands of GitHub's workflows do. It expects whole characters in each Write.
type Writer struct{ W io.Writer }

func (w Writer) Write(p []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(p)) {
		if rest := strings.TrimLeftFunc(line, unicode.IsSpace); strings.HasPrefix(rest, "::") {
			b.WriteString(EscapeExcept(line[:len(line)-len(rest)], "\t"))
			b.Write(appendEscape(nil, ':'))
			line = rest[1:]
		}
		b.WriteString(EscapeExcept(line, "\n\t"))
	}
	if _, err := io.WriteString(w.W, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// QuoteAll returns each text in quotes.
func QuoteAll(texts []string) []string {
	var quoted []string
	for _, t := range texts {
		quoted = append(quoted, strconv.Quote(t))
	}
	return quoted
}
