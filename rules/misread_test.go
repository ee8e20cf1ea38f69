package rules

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestMisread reads testdata/misread.txt: a code, and below it fields in place of those of a plain rule file. A line with -> has
// one message, which contains the text after it, and one without has none.
func TestMisread(t *testing.T) {
	src, err := os.ReadFile("testdata/misread.txt")
	if err != nil {
		t.Fatal(err)
	}
	code, count := "", map[string]int{}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "# "); ok {
			code = name
			continue
		}
		if line == "" {
			continue
		}
		fields, want, hit := strings.Cut(line, " -> ")
		file := misreadFile(t, strings.TrimSpace(fields))
		s, err := Parse("rules.yaml", []byte(file))
		var found Diagnostics
		if !errors.As(err, &found) {
			for _, d := range s.Warnings() {
				if d.Code != "not-in-payload" { // of every condition on type
					found = append(found, d)
				}
			}
		}
		count[code+" "+strconv.FormatBool(hit)]++
		switch {
		case !hit && len(found) > 0:
			t.Errorf("%s: %v", line, found)
		case hit && (len(found) != 1 || found[0].Code != code || !strings.Contains(found[0].Message, want)):
			t.Errorf("%s: got %v", line, found)
		}
	}
	for _, code := range []string{"negation", "literal-wildcard", "suspicious"} {
		if count[code+" true"] < 12 || count[code+" false"] < 12 {
			t.Errorf("%s has too few cases: %v", code, count)
		}
	}
}

// misreadFile returns a rule file with a source, a match or a target in place of plain ones.
func misreadFile(t *testing.T, line string) string {
	field, value, ok := strings.Cut(line, ": ")
	source, match, target := "acme-uploads", `"incoming/**/*.docx"`, `"v/{dirname}/{barename}.pdf"`
	switch field {
	case "sources":
		source, match = value, `"*.docx"`
	case "match":
		match = value
	case "target":
		target = value
	default:
		ok = false
	}
	if !ok {
		t.Fatal(line)
	}
	return "version: 1\nsources: [" + source + "]\ndefaults: {target: {bucket: acme-derived}}\nrules:\n  - name: r\n    match: " + match +
		"\n    process: doc/convert,target_pdf\n    target: " + target + "\n"
}

// TestUnicodeForms checks that Explain names another Unicode form in which the key matches.
func TestUnicodeForms(t *testing.T) {
	const composed, decomposed = "Pr\u00e4s", "Pra\u0308s"
	for _, tt := range []struct{ match, key, hint string }{
		{composed + "/*.docx", decomposed + "/a.docx", "would match in another Unicode form: the key is not in NFC, as macOS writes names"},
		{decomposed + "/*.docx", composed + "/a.docx", "would match in another Unicode form: the rule's text is not in NFC, and the key is"},
		{"{prefix: " + composed + "}", decomposed + "/a.docx", "would match in another Unicode form: the key is not in NFC, as macOS writes names"},
		{"{suffix: " + composed + ".docx}", decomposed + ".docx", "would match in another Unicode form: the key is not in NFC, as macOS writes names"},
		{composed + "/*.docx", decomposed + "/a.pdf", ""},
		{"{prefix: " + composed + ", size: {min: 5}}", decomposed + "/a.docx", ""},
		{"users/*/pictures", "users/ada/pictures/a.docx", `would match as "users/*/pictures/**"`},
	} {
		u := Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: tt.key, Size: 1}
		e := parse(t, one("match: "+tt.match+"\n"+pdf)).Explain(&u, GivenAll)
		if len(e.Rules) != 1 || e.Rules[0].Fired || e.Rules[0].Hint != tt.hint {
			t.Errorf("%s, %s: %+v", tt.match, tt.key, e)
		}
	}
}

// TestTargetBeginsWithSlash checks that a task fails for good if the upload makes its target a name that OSS does not allow.
func TestTargetBeginsWithSlash(t *testing.T) {
	for key, want := range map[string]string{
		"incoming//x.docx":  `the target's key would begin with "/", which OSS does not allow`,
		`incoming/\x.docx`:  `the target's key would begin with "\\", which OSS does not allow`,
		"incoming/x.docx":   "",
		"incoming/a//x.doc": "",
	} {
		s := parse(t, "version: 1\nsources: [src]\nrules:\n  - name: r\n    match: 'incoming/{rest:**}'\n    process: doc/convert,target_pdf\n"+
			"    target: {bucket: derived, key: '{rest}.pdf'}\n")
		tasks := s.Match(&Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: key, Size: 1})
		got := ""
		if len(tasks) == 1 && tasks[0].Err != nil {
			got = tasks[0].Err.Error()
		}
		if len(tasks) != 1 || got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}
