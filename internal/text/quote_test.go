package text

import (
	"strings"
	"testing"
)

func TestSanitize(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{OneLine("a\n\tb\u2028\x1b[31m c ", 100), "a b [31m c"},
		{OneLine("a b c", 2), "a…"},
		{OneLine("é文", 3), "é…"},
		{Excerpt("x\n"), `"x\n"`},
		{Excerpt(strings.Repeat("x", 81)), `"` + strings.Repeat("x", 80) + `"…`},
		{QuoteIfNeeded("oss://b/文.docx"), "oss://b/文.docx"},
		{QuoteIfNeeded("oss://b/a b"), `"oss://b/a b"`},
		{QuoteIfNeeded("oss://b/a\xff"), `"oss://b/a\xff"`},
		{Truncate("文文", 5), "文…"},
		{Truncate("文文", 6), "文文"},
		{Secrets{"", "token"}.Redact("a token"), "(it repeats what was signed)"},
		{Secrets{"", "token"}.Redact("nothing"), "nothing"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
