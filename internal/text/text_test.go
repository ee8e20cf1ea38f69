package text_test

import (
	"strings"
	"testing"

	"onput/internal/text"
)

func TestSanitize(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{text.OneLine("a\n\tb\u2028\x1b[31m c ", 100), "a b [31m c"},
		{text.OneLine("a b c", 2), "a…"},
		{text.OneLine("é文", 3), "é…"},
		{text.Excerpt("x\n"), `"x\n"`},
		{text.Excerpt(strings.Repeat("x", 81)), `"` + strings.Repeat("x", 80) + `"…`},
		{text.QuoteIfNeeded("oss://b/文.docx"), "oss://b/文.docx"},
		{text.QuoteIfNeeded("oss://b/a b"), `"oss://b/a b"`},
		{text.QuoteIfNeeded("oss://b/a\xff"), `"oss://b/a\xff"`},
		{text.Shorten("文文", 5), "文…"},
		{text.Shorten("文文", 6), "文文"},
		{text.Secrets{"", "token"}.Redact("a token"), "(it repeats what was signed)"},
		{text.Secrets{"", "token"}.Redact("nothing"), "nothing"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
