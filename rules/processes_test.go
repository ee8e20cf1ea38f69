package rules

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestProcesses reads testdata/processes.txt: a code, and below it rules, each a match, a process and a target between ";". The
// first and the last may be missing. A line with -> has one message, which contains the text after it, and one without has none.
func TestProcesses(t *testing.T) {
	src, err := os.ReadFile("testdata/processes.txt")
	if err != nil {
		t.Fatal(err)
	}
	code, hits, silent := "", map[string]int{}, map[string]int{}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "# "); ok {
			code = name
			continue
		}
		if line == "" {
			continue
		}
		rule, want, hit := strings.Cut(line, " -> ")
		var found Diagnostics
		file, err := Load("rules.yaml", []byte(processFile(rule)), Options{})
		if err == nil {
			found = file.Warnings
		} else if !errors.As(err, &found) {
			t.Fatal(err)
		}
		if hit {
			hits[code]++
			if len(found) != 1 || found[0].Code != code || !strings.Contains(found[0].Message, want) {
				t.Errorf("%s: got %v", line, found)
			}
			continue
		}
		silent[code]++
		if len(found) > 0 {
			t.Errorf("%s: got %v", line, found)
		}
	}
	for _, code := range []string{
		"distorts", "every-frame", "unmatched-pair", "no-effect", "ignored-parameter", "one-name", "target",
	} {
		if hits[code] < 12 || silent[code] < 12 {
			t.Errorf("%s has too few cases: %d with a message, %d without", code, hits[code], silent[code])
		}
	}
}

// processFile returns a rule file with one rule. A rule without a match matches a source of its operation, and captures f.
func processFile(rule string) string {
	parts := strings.Split(rule, " ; ")
	if len(parts) == 1 {
		match := map[string]string{"doc": "docx", "video": "mov", "audio": "wav", "image": "png"}
		category, _, _ := strings.Cut(rule, "/")
		parts = []string{"in/{f}/*." + match[category], rule}
	}
	if len(parts) == 2 {
		parts = append(parts, "v/{key}/{index}.{autoext}")
	}
	target := parts[2]
	if !strings.HasPrefix(target, `"`) {
		target = "'" + target + "'"
	}
	if strings.HasPrefix(parts[1], "image/") {
		target = "\n    notify: media-done"
	} else {
		target = "\n    target: " + target
	}
	return fmt.Sprintf(`version: 1
sources: [acme-uploads]
defaults: {target: {bucket: acme-derived}}
rules:
  - name: it
    match: '%s'
    process: '%s'%s
`, parts[0], parts[1], target)
}
