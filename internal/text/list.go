package text

import (
	"fmt"
	"strings"
)

// Plural returns a number and its noun: "1 rule", "2 rules", "2 classes".
func Plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ss"), strings.HasSuffix(noun, "x"):
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// JoinAnd returns words as a list: "a, b and c".
func JoinAnd(words []string) string { return join(words, " and ") }

// JoinOr returns words as alternatives: "a, b or c".
func JoinOr(words []string) string { return join(words, " or ") }

func join(words []string, conjunction string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + conjunction + words[last]
	}
	return strings.Join(words, "")
}

// JoinFirst joins the first n words and counts the others: "a, b and 3 more". It lists a single other one instead of counting
// it.
func JoinFirst(words []string, n int) string {
	if more := len(words) - n; more > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:n], ", "), more)
	}
	return strings.Join(words, ", ")
}
