package ruleset

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"onput/process"
)

func TestFilters(t *testing.T) {
	for _, tt := range []struct {
		filter      Filter
		value, want string
	}{
		{Lower, "Präsentation ÄÖÜ.PPTX", "präsentation äöü.pptx"},
		{Lower, "İSTANBUL ΣΑΣ", "istanbul σασ"},
		{Lower, "bad \xff BYTES", "bad \xff bytes"},
		{Lower, "", ""},
		{Upper, "straße ǆ", "STRAßE Ǆ"},
		{Upper, "ab/c\x80d", "AB/C\x80D"},
		{Slug, "Meeting Notes (final) v2", "meeting-notes-final-v2"},
		{Slug, "--a__b--", "a-b"},
		{Slug, "2026/Q1 Reports/Ünïcode", "2026/q1-reports/ünïcode"},
		{Slug, "U\u0308nderung", "ünderung"},
		{Slug, "报告 2026（终稿）", "报告-2026-终稿"},
		{Slug, "हिन्दी फ़ाइल", "हिन्दी-फ़ाइल"},
		{Slug, "ไฟล์ ๑", "ไฟล์-๑"},
		{Slug, "a\xffb", "a-b"},
		{Slug, "...", ""},
		{Slug, "-/a", "a"},
		{Slug, "a/-/b", "a/b"},
		{Slug, "a//b", "a//b"},
		{Slug, "-//b", "b"},
		{Slug, "a/-", "a"},
		{Slug, "\u0301a b\u200bc", "a-b-c"},
		{Slug, "½ ² ٣", "٣"},
		{Lower, "2026/Q1 Reports/Über uns.docx", "2026/q1 reports/über uns.docx"}, // those of docs/rules.md
		{Slug, "2026/Q1 Reports/Über uns.docx", "2026/q1-reports/über-uns-docx"},
		{Hash, "2026/Q1 Reports/Über uns.docx", "a4b43601ac4ee73d"},
		{Hash, "", "e3b0c44298fc1c14"},
		{Hash, "incoming/a.mp4", "0cc2e8a134206903"},
	} {
		if got := tt.filter.Apply(tt.value); got != tt.want {
			t.Errorf("%s of %q: %q, want %q", FilterNames[tt.filter], tt.value, got, tt.want)
		}
	}
}

// FuzzFilters checks that filters keep what OSS wants of keys, apart from their length, and that slugs are the same for
// texts that look the same.
func FuzzFilters(f *testing.F) {
	for _, s := range []string{"a b/c-d", "Ünï/-", "İ/ſ", "-//x", "e\u0301\u0323", "\u0344", "हि/🙂", "a\xff", "ᾼ", "\u1e9b\u0323"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for filter, name := range FilterNames {
			got := Filter(filter).Apply(value)
			if process.BeginsWithSlash(got) && !process.BeginsWithSlash(value) {
				t.Errorf("%s of %q: %q begins with a slash", name, value, got)
			}
			if utf8.ValidString(value) && !utf8.ValidString(got) {
				t.Errorf("%s of %q: %q is not UTF-8", name, value, got)
			}
			for _, c := range []string{",", "|", "{", "}", "\\", "\n"} {
				if strings.Contains(got, c) && !strings.Contains(value, c) {
					t.Errorf("%s of %q: %q has %q", name, value, got, c)
				}
			}
		}
		slug := Slug.Apply(value)
		if again := Slug.Apply(slug); again != slug {
			t.Errorf("the slug of %q is %q, and its slug %q", value, slug, again)
		}
		if strings.Contains(slug, "--") || strings.HasPrefix(slug, "-") || strings.HasSuffix(slug, "-") || strings.Contains(slug, "-/") || strings.Contains(slug, "/-") {
			t.Errorf("the slug of %q is %q", value, slug)
		}
		for name, form := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD} {
			if other := Slug.Apply(form.String(value)); other != slug {
				t.Errorf("the slug of %q is %q, but in %s %q", value, slug, name, other)
			}
		}
	})
}
