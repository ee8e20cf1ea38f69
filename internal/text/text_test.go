package text

import (
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	tests := []struct{ s, chars, want string }{
		{"in/a b.docx", "", "in/a b.docx"},
		{"in/a b.docx", " ", `"in/a b.docx"`},
		{"合同/甲.docx", ",", "合同/甲.docx"},
		{"甲，乙", "，", `"甲，乙"`},
		{`a"b\c`, "", `a"b\c`},
		{`a"b`, `"\`, `"a\"b"`},
		{"a\nb", "", `"a\nb"`},
		{"a\x1b[31m", "", `"a\x1b[31m"`},
		{"a\u202eb", "", `"a\u202eb"`}, // turns the direction of writing
		{"a\xffb", "", `"a\xffb"`},
		{"a\ufffdb", "", "\"a\ufffdb\""},
		{"", "", ""},
	}
	for _, test := range tests {
		if got := QuoteIfAny(test.s, test.chars); got != test.want {
			t.Errorf("QuoteIfAny(%q, %q) = %s, want %s", test.s, test.chars, got, test.want)
		}
		if got := Printable(test.s); test.chars == "" && got != test.want {
			t.Errorf("Printable(%q) = %s, want %s", test.s, got, test.want)
		}
	}
}

func TestTruncate(t *testing.T) {
	tests := []struct {
		s            string
		n            int
		prefix, want string
	}{
		{"abc", 4, "abc", "abc"},
		{"abc", 3, "abc", "abc"},
		{"abc", 2, "ab", "ab…"},
		{"abc", 0, "", "…"},
		{"", 0, "", ""},
		{"合同", 6, "合同", "合同"},
		{"合同", 5, "合", "合…"},
		{"合同", 3, "合", "合…"},
		{"合同", 2, "", "…"},
		{"\x80\x80\x80", 2, "", "…"},
	}
	for _, test := range tests {
		if got := Prefix(test.s, test.n); got != test.prefix {
			t.Errorf("Prefix(%q, %d) = %q, want %q", test.s, test.n, got, test.prefix)
		}
		if got := Truncate(test.s, test.n); got != test.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", test.s, test.n, got, test.want)
		}
	}
}

func TestPlural(t *testing.T) {
	for _, test := range []struct {
		n          int
		noun, want string
	}{
		{0, "rule", "0 rules"}, {1, "rule", "1 rule"}, {2, "rule", "2 rules"},
		{1, "process", "1 process"}, {3, "process", "3 processes"},
	} {
		if got := Plural(test.n, test.noun); got != test.want {
			t.Errorf("Plural(%d, %q) = %q, want %q", test.n, test.noun, got, test.want)
		}
	}
}

func TestJoin(t *testing.T) {
	tests := []struct{ words, and, or, firstTwo string }{
		{"", "", "", ""},
		{"a", "a", "a", "a"},
		{"a b", "a and b", "a or b", "a, b"},
		{"a b c", "a, b and c", "a, b or c", "a, b, c"},
		{"a b c d", "a, b, c and d", "a, b, c or d", "a, b and 2 more"},
	}
	for _, test := range tests {
		words := strings.Fields(test.words)
		if got := JoinAnd(words); got != test.and {
			t.Errorf("JoinAnd(%q) = %q, want %q", words, got, test.and)
		}
		if got := JoinOr(words); got != test.or {
			t.Errorf("JoinOr(%q) = %q, want %q", words, got, test.or)
		}
		if got := JoinFirst(words, 2); got != test.firstTwo {
			t.Errorf("JoinFirst(%q, 2) = %q, want %q", words, got, test.firstTwo)
		}
	}
}
