package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"onput/rules"
)

// printJSON prints v as indented JSON, with < and > as they are.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printErrors prints the errors in a rule file and how many there are.
func printErrors(w io.Writer, file string, errs rules.Diagnostics) {
	fmt.Fprintln(w, errs)
	fmt.Fprintf(w, "%s: %s\n", file, count(len(errs), "error"))
}

// printable returns s, quoted if a terminal could not show it as it is. Keys are untrusted input.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) >= 0 {
		return strconv.Quote(s)
	}
	return s
}

// count returns a number with its noun, such as "1 rule" or "2 tasks".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "ss") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// outputLabel returns " output N" for the outputs of a rule after the first.
func outputLabel(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" output %d", n)
}

// nonempty returns the texts that are not empty.
func nonempty(texts ...string) []string {
	var all []string
	for _, t := range texts {
		if t != "" {
			all = append(all, t)
		}
	}
	return all
}
