package text

import (
	"testing"
	"unicode/utf8"
)

func TestColumns(t *testing.T) {
	for s, want := range map[string]int{"": 0, "a.docx": 6, "报告": 4, "ｆｕｌｌ": 8, "é": 1, "e\u0301": 1, "한글": 4, "…": 1} {
		if got := Columns(s); got != want {
			t.Errorf("%q: %d columns, want %d", s, got, want)
		}
	}
	if got := Pad("报告", 6) + "|" + Pad("abc", 2) + "|"; got != "报告  |abc|" {
		t.Errorf("%q", got)
	}
}

func TestMiddle(t *testing.T) {
	for _, tt := range []struct {
		s       string
		columns int
		want    string
	}{
		{"in/a.docx", 9, "in/a.docx"},
		{"in/abcdef.docx", 11, "in/ab….docx"},
		{"in/abcdef.docx", 10, "in/ab…docx"},
		{"报告报告报告.docx", 11, "报告….docx"},
		{"报告报告报告报告", 6, "报…告"},
		{"abc", 1, "…"},
		{"e\u0301e\u0301e\u0301e\u0301", 4, "e\u0301e\u0301e\u0301e\u0301"},
	} {
		got := Middle(tt.s, tt.columns)
		if got != tt.want || Columns(got) > tt.columns || !utf8.ValidString(got) {
			t.Errorf("%q in %d columns: %q, want %q", tt.s, tt.columns, got, tt.want)
		}
	}
}
