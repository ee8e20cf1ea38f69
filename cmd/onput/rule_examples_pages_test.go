package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRuleExamplePages runs the commands in the pages of examples and compares their output with the page.
func TestRuleExamplePages(t *testing.T) {
	block := regexp.MustCompile("(?ms)^```console\n\\$ onput ([^\n]+)\n.*?^```$")
	for _, dir := range ruleExamples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join(dir, "README.md"))
			if err != nil {
				t.Fatal(err)
			}
			page := string(readTest(t, file))
			t.Chdir(root)
			got := block.ReplaceAllStringFunc(page, func(b string) string {
				command := block.FindStringSubmatch(b)[1]
				var printed bytes.Buffer
				run(strings.Fields(command), &streams{in: strings.NewReader(""), out: &printed, err: &printed})
				return "```console\n$ onput " + command + "\n" + printed.String() + "```"
			})
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(page, got); diff != "" {
				t.Errorf("%s (-page +what came out):\n%s", file, diff)
			}
			if !block.MatchString(page) {
				t.Errorf("%s: no command", file)
			}
		})
	}
}
