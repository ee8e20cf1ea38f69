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
	case strings.HasSuffix(noun, "ss"):
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Join lists words with a conjunction before the last: "a, b and c".
func Join(words []string, conjunction string) string {
	if last := len(words) - 1; last > 0 {
		return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
	}
	return strings.Join(words, "")
}
