package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onput/internal/text"
	"onput/rules"
)

// Every folder of examples has rules without warnings that pass their tests, and a row in both tables.
func TestRuleExamples(t *testing.T) {
	for _, dir := range ruleExamples(t) {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(dir, "rules.yaml")
			tests := len(loadExample(t, file).Tests)
			for command, want := range map[string]string{
				"check": file + ": no errors, 0 warnings\n",
				"test":  fmt.Sprintf("%s: %s, 0 failed\n", file, text.Plural(tests, "test")), // and nothing assumed
			} {
				var printed bytes.Buffer
				run([]string{command, file}, &streams{in: strings.NewReader(""), out: &printed, err: &printed})
				if tests == 0 || printed.String() != want {
					t.Errorf("onput %s: %s\nwant: %s", command, &printed, want)
				}
			}
			for _, table := range []string{"README.md", "README.zh-CN.md"} {
				page := string(readTest(t, filepath.Join(root, "examples", table)))
				if row := fmt.Sprintf("\n| [%s](%[1]s/README.md) |", name); strings.Count(page, row) != 1 {
					t.Errorf("%s: not one row %q", table, row)
				}
			}
		})
	}
}

// The function submits for the uploads of the tests in the examples what the tests expect.
func TestRuleExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: each run builds the function")
	}
	const maxSize = 16 << 20 // of an upload
	for _, dir := range ruleExamples(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			file := filepath.Join(dir, "rules.yaml")
			args := []string{"run", "--dir", root, "--rules", file}
			uploads, tasks := 0, 0
			for _, result := range loadExample(t, file).RunTests() {
				u := result.Test.Upload
				if u.Size > maxSize {
					continue
				}
				source := filepath.Join(t.TempDir(), "upload")
				if err := os.WriteFile(source, []byte("not converted"), 0o644); err != nil {
					t.Fatal(err)
				}
				if u.Size >= 0 {
					if err := os.Truncate(source, u.Size); err != nil {
						t.Fatal(err)
					}
				}
				args = append(args, "--put", source+"="+u.Key)
				uploads++
				tasks += len(result.Explanation.Tasks())
			}
			var printed bytes.Buffer
			if status := run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed}); status != 0 {
				t.Errorf("status %d", status)
			}
			want := fmt.Sprintf("\n%s, %s fired as the rules say.", text.Plural(uploads, "upload"), text.Plural(tasks, "process"))
			if tasks == 0 || !strings.Contains(printed.String(), want) {
				t.Errorf("printed:\n%s\nwithout %q", &printed, want)
			}
		})
	}
}

// ruleExamples returns the folders of examples with a page.
func ruleExamples(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob(filepath.Join(root, "examples", "*", "README.md"))
	if err != nil || len(pages) < 8 {
		t.Fatalf("%d examples: %v", len(pages), err)
	}
	for i, page := range pages {
		pages[i] = filepath.Dir(page)
	}
	return pages
}

func loadExample(t *testing.T, file string) *rules.File {
	t.Helper()
	loaded, err := rules.Load(file, readTest(t, file), rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}
