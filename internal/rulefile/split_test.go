package rulefile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// parsed returns all that parsing a text says: definitions, with the lines and columns of their nodes, and errors. It reports
// false if the rules are to be parsed with the whole file.
func parsed(text string, parse func(*Reporter) *File) (string, bool) {
	r := &Reporter{Document: NewDocument("rules.yaml", text)}
	f := parse(r)
	var b strings.Builder
	if f != nil {
		if f.Irregular {
			return "", false
		}
		dump := func(n *yaml.Node) {
			if n != nil {
				writeNode(&b, n)
			}
		}
		for i := range f.NumRules() {
			rule := f.Rule(i)
			if f.Irregular {
				return "", false
			}
			fmt.Fprintf(&b, "rule %d: %q, %d keys, %d outputs\n", i, rule.Name.Text, len(rule.Match.Keys), len(rule.Outputs))
			dump(rule.Node)
		}
		for _, test := range f.Tests {
			dump(test.Node)
		}
		dump(f.Claims.Node)
	}
	return b.String() + "\n" + r.Errors.Sorted().Error(), f != nil && f.parts != nil
}

func writeNode(b *strings.Builder, n *yaml.Node) {
	fmt.Fprintf(b, "%d:%d %d %s %q\n", n.Line, n.Column, n.Kind, n.Tag, n.Value)
	for _, c := range n.Content {
		writeNode(b, c)
	}
}

// compareParts checks that a text parsed in parts of one rule, if it can be, says the same as the whole.
func compareParts(t *testing.T, text string) (inParts bool) {
	t.Helper()
	if r := (&parser{&Reporter{Document: NewDocument("", text)}}); !r.checkText() {
		return false
	}
	got, ok := parsed(text, Parse)
	if !ok {
		return false
	}
	if want, _ := parsed(text, ParseWhole); got != want {
		t.Errorf("%q\n(-whole +parts):\n%s", text, cmp.Diff(want, got))
	}
	return true
}

func setPartSize(t testing.TB, n int) {
	before := partSize
	partSize = n
	t.Cleanup(func() { partSize = before })
}

func TestParts(t *testing.T) {
	setPartSize(t, 1)
	const head, a, b = "version: 1\nrules:\n", "  - {name: a, match: x, process: p, target: t}\n", "  - name: b\n    match: |\n      - x\n    process: p\n"
	for _, tt := range []struct {
		name, text string
		inParts    bool
	}{
		{"plain", head + a + b, true},
		{"no indentation", head + strings.ReplaceAll(a+a, "  - ", "- ") + "tests: []\n", true},
		{"what follows", head + a + b + "tests:\n  - {upload: x, fires: []}\nclaims: {bucket: c}\n", true},
		{"comments and empty lines", head + "# one\n\n" + a + "# two\n    # three\n\n" + b + "  # four\n", true},
		{"CRLF", strings.ReplaceAll(head+a+b+"tests: []\n", "\n", "\r\n"), true},
		{"no line break at the end", head + a + strings.TrimRight(b, "\n"), true},
		{"a byte order mark", "\ufeff" + head + a + b, true},
		{"unknown fields", head + a + "  - {nam: b}\n", true},
		{"a duplicate key", head + a + b + "rules: []\n", true},
		{"one rule", head + a, false},
		{"a flow list", "version: 1\nrules: [\n  {name: a},\n  {name: b}\n]\n", false},
		{"another line break", head + a + b + "# \u2028\n", false},
		{"an alias", head + a + "  - {name: b, match: *x}\n", false},
		{"an anchor before", "sources: &x [a]\n" + head + a + b, false},
		{"a quoted text with a line like an entry", head + a + "  - name: \"b\n  - c\"\n    match: x\n", false},
		{"a flow map with a line like an entry", head + a + "  - {name: b,\n  - c: d}\n", false},
		{"a text that is not closed", head + a + "  - name: \"b\n", false},
		{"rules in a text", "version: \"1\nrules:\n  - a\n  - b\"\n", false},
		{"another indentation", head + a + " - name: b\n", false},
		{"two documents", head + a + b + "---\nversion: 1\n", false},
	} {
		if got := compareParts(t, tt.text); got != tt.inParts {
			t.Errorf("%s: in parts is %v", tt.name, got)
		}
	}
}

// The example rule files say the same in parts.
func TestPartsOfTestdata(t *testing.T) {
	setPartSize(t, 1)
	files, err := filepath.Glob("../../testdata/*/*.yaml")
	inParts := 0
	for _, file := range files {
		src, readErr := os.ReadFile(file)
		if readErr != nil {
			t.Fatal(readErr)
		}
		if compareParts(t, string(src)) {
			inParts++
		}
	}
	if err != nil || inParts < 30 {
		t.Errorf("%d of %d files are parsed in parts, %v", inParts, len(files), err)
	}
}

func FuzzParts(f *testing.F) {
	files, _ := filepath.Glob("../../testdata/*/*.yaml")
	for _, file := range files {
		if src, err := os.ReadFile(file); err == nil {
			f.Add(string(src))
		}
	}
	f.Add("rules:\n- a: \"\n- b\"\n- c: 'x\n\n- d'\n")
	f.Add("x: |\n rules:\nrules:\n  - - a\n  - b: >2\n     c\n  -\n")
	f.Fuzz(func(t *testing.T, text string) {
		setPartSize(t, 1)
		compareParts(t, text)
	})
}
