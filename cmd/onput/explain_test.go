package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Keys are quoted wherever they could control a terminal.
func TestExplainHostileKeys(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nrules:\n  - {name: a, match: a, process: \"doc/convert,target_pdf\", target: {bucket: dst, key: x}}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"a\x1b[31m":   `"oss://uploads/a\x1b[31m"`,
		"a\x1b.json":  `there is no file "a\x1b.json", so`,
		"h\x1b://x/y": `onput: "h\x1b://x/y": write oss://`,
	} {
		var out strings.Builder
		run([]string{"explain", key, file}, &streams{strings.NewReader(""), &out, &out})
		if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), want) {
			t.Errorf("explain %q: %q; want %q", key, out.String(), want)
		}
	}
}
