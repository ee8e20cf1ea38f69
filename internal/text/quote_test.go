package text

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
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

func TestEscape(t *testing.T) {
	for _, tt := range []struct{ s, keep, want string }{
		{"in/a b.docx 合同\u3000甲\u00a0\ufffd", "", "in/a b.docx 合同\u3000甲\u00a0\ufffd"},
		{"a\x1b[31m\u009b\x7f\x00", "", `a\u001b[31m\u009b\u007f\u0000`},
		{"a\r\n\t\b\f\v\u0085\u2028\u2029", "", `a\r\n\t\b\f\u000b\u0085\u2028\u2029`},
		{"a\tb\nc", "\t", "a\tb" + `\nc`},
		{"a\u202eb\u2066\u200b\ufeff\U000e0041", "", `a\u202eb\u2066\u200b\ufeff\udb40\udc41`},
		{"a\xffb\xed\xa0\x80", "", `a\xffb\xed\xa0\x80`},
		{"##[x] ##vso[x] ###[x] # # ## [x] ##x", "", `#\u0023[x] #\u0023vso[x] ##\u0023[x] # # ## [x] ##x`},
	} {
		if got := EscapeExcept(tt.s, tt.keep); got != tt.want {
			t.Errorf("EscapeExcept(%q, %q) = %s, want %s", tt.s, tt.keep, got, tt.want)
		}
	}
}

func TestWriter(t *testing.T) {
	for s, want := range map[string]string{
		"a\tb\n\nc":                         "a\tb\n\nc",
		"a\r\n\x1b[0m\n":                    "a\\r\n\\u001b[0m\n",
		"::error::x\na::b\n \t::error::x\n": "\\u003a:error::x\na::b\n \t\\u003a:error::x\n",
		"\r\v\u3000::error::x":              "\\r\\u000b\u3000\\u003a:error::x",
		"":                                  "",
	} {
		var b strings.Builder
		if n, err := (Writer{&b}).Write([]byte(s)); n != len(s) || err != nil || b.String() != want {
			t.Errorf("%q is written as %q, want %q; %d, %v", s, b.String(), want, n, err)
		}
	}
	value := map[string]string{"\u202e\\\u202e": "\x7f\u0085\"\\\U000e0041##[error]\u2028"} // escaped JSON is the same JSON
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(Escape(string(encoded))), &got); err != nil || !maps.Equal(got, value) {
		t.Errorf("%v, %q", err, got)
	}
}

// Nothing but shown characters is left of any text, and escaping once more changes nothing.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"a\xff\u202e\n", "##[", "###a[", "\\u0000", "\U0010ffff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e := Escape(s)
		if !utf8.ValidString(e) || strings.ContainsFunc(e, func(r rune) bool { return !strconv.IsGraphic(r) }) || strings.Contains(e, "##[") || Escape(e) != e {
			t.Errorf("%q becomes %q", s, e)
		}
	})
}
