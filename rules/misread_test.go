package rules

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestMisread reads testdata/misread.txt: a code, and below it lines of fields, between ;;, in place of those of a plain rule
// file. A line with -> has one message, which contains the text after it, and one without has none.
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
				if d.Code != "not-in-payload" && d.Code != "overwrites" { // of every condition on type, and of dropped extensions
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
	for code := range count {
		code, _, _ = strings.Cut(code, " ")
		if count[code+" true"] < 12 || count[code+" false"] < 12 {
			t.Errorf("%s has too few cases: %v", code, count)
		}
	}
}

// misreadFile returns a rule file with the fields of a line in place of plain ones. Fields that a plain file lacks are added to the
// rule, or to the file if they begin with file.
func misreadFile(t *testing.T, line string) string {
	head := []string{"sources", "acme-uploads", "defaults", "{target: {bucket: acme-derived}}"}
	rule := []string{"name", "r", "match", `"incoming/**/*.docx"`, "process", "doc/convert,target_pdf", "target", `"v/{dirname}/{barename}.pdf"`}
	for field := range strings.SplitSeq(line, " ;; ") {
		name, value, ok := strings.Cut(field, ": ")
		if !ok {
			t.Fatal(line)
		}
		list := &rule
		if inFile, ok := strings.CutPrefix(name, "file "); ok {
			name, list = inFile, &head
		}
		if name == "sources" {
			rule[3], list, value = `"*.docx"`, &head, "["+value+"]"
		}
		if i := slices.Index(*list, name); i >= 0 {
			(*list)[i+1] = value
		} else {
			*list = append(*list, name, value)
		}
	}
	file := "version: 1\n"
	for i := 0; i < len(head); i += 2 {
		file += head[i] + ": " + head[i+1] + "\n"
	}
	file += "rules:\n"
	for i := 0; i < len(rule); i += 2 {
		indent := "    "
		if i == 0 {
			indent = "  - "
		}
		file += indent + rule[i] + ": " + rule[i+1] + "\n"
	}
	return file
}

// TestUnicodeForms checks that Explain names another Unicode form in which the key matches.
func TestUnicodeForms(t *testing.T) {
	const composed, decomposed = "Pr\u00e4s", "Pra\u0308s"
	for _, tt := range []struct{ match, key, hint string }{
		{composed + "/*.docx", decomposed + "/a.docx", "would match in another Unicode form: the key is not in NFC, as macOS writes names"},
		{decomposed + "/*.docx", composed + "/a.docx", "would match in another Unicode form: the rule's text is not in NFC, and the key is"},
		{"{prefix: " + composed + "}", decomposed + "/a.docx", "would match in another Unicode form: the key is not in NFC, as macOS writes names"},
		{"{suffix: " + composed + ".docx}", decomposed + ".docx", "would match in another Unicode form: the key is not in NFC, as macOS writes names"},
		{composed + "/*.DOCX", decomposed + "/a.docx", "would match with ignore_case, in another Unicode form: the key is not in NFC, as macOS writes names"},
		{"{prefix: PR\u00c4S/}", decomposed + "/a.docx", "would match with ignore_case, in another Unicode form: the key is not in NFC, as macOS writes names"},
		{composed + "/*.DOCX", decomposed + "/a.pdf", ""},
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

// TestSourceHints checks that Explain names the source in which an object would be but for letter case or its Unicode form.
func TestSourceHints(t *testing.T) {
	const composed, decomposed, none = "Pr\u00e4s", "Pra\u0308s", "the object is in none of the sources, "
	for _, tt := range []struct{ source, bucket, key, want string }{
		{composed + "/", "", decomposed + "/a.docx", `; it would be in "src/Präs/" in another Unicode form: the key is not in NFC, as macOS writes names`},
		{composed + "/", "src", decomposed + "/a.docx", `; it would be in "src/Präs/" in another Unicode form: the key is not in NFC, as macOS writes names`},
		{decomposed + "/", "", composed + "/a.docx", "; it would be in \"src/Pra\u0308s/\" in another Unicode form: the source is not in NFC, and the key is"},
		{"Incoming/", "", "incoming/a.docx", `; it would be in "src/Incoming/" but for letter case, which counts in sources`},
		{composed + "/", "other", decomposed + "/a.docx", ""},
		{composed + "/", "", "Pras/a.docx", ""},
	} {
		given, u := Given(0), Upload{Event: "ObjectCreated:PutObject", Bucket: tt.bucket, Key: tt.key, Size: 1}
		if tt.bucket != "" {
			given = GivenBucket
		}
		s := parse(t, "version: 1\nsources: [\"src/"+tt.source+"\"]\nrules:\n  - name: r\n    match: '*.docx'\n    process: doc/convert,target_pdf\n"+
			"    target: {bucket: derived, key: '{key}.pdf'}\n")
		hint, ok := strings.CutPrefix(s.Explain(&u, given).Skip, none+`"src/`+tt.source+`"`)
		if !ok || hint != tt.want {
			t.Errorf("%q, %q: %q, want %q", tt.source, tt.key, hint, tt.want)
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
