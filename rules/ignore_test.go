package rules

import "testing"

// Ignored keys fire nothing, and the reason names the first pattern that matches.
func TestIgnore(t *testing.T) {
	s, err := Parse("rules.yaml", []byte(`
version: 1
ignore: [".*", "~$*", "*.tmp", "incoming/raw/**", "/thumbs.db"]
defaults: {ignore_case: true}
sources: [src]
rules:
  - {name: all, match: "**", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{key}.pdf"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"incoming/a.docx":        "",
		"incoming/.DS_Store":     "ignored by .*",
		".git/config":            "",
		"incoming/~$report.docx": "ignored by ~$*",
		"incoming/X.TMP":         "ignored by *.tmp",
		"incoming/raw/a/b.docx":  "ignored by incoming/raw/**",
		"incoming/rawer/a.docx":  "",
		"Thumbs.db":              "ignored by /thumbs.db",
		"a/Thumbs.db":            "",
		"incoming/.x.tmp":        "ignored by .*",
	} {
		u := Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: key, Size: 1}
		if got := s.Skip(&u); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
		if fired := len(s.Match(&u)) > 0; fired != (want == "") {
			t.Errorf("%s: fired is %v", key, fired)
		}
	}
}
