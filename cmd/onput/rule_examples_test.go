package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
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
			runs := map[string]*exampleRun{} // by the attributes of their uploads
			for _, result := range loadExample(t, file).RunTests() {
				u := result.Test.Upload
				if u.Size > maxSize {
					continue
				}
				source := filepath.Join(t.TempDir(), "upload")
				content := []byte("not converted")
				if slices.ContainsFunc(result.Explanation.Tasks(), func(task rules.Task) bool { return task.Synchronous }) {
					content = readTest(t, filepath.Join(root, "testdata", "samples", "photo.jpg")) // whatever its name says
				}
				if err := os.WriteFile(source, content, 0o644); err != nil {
					t.Fatal(err)
				}
				if u.Size >= 0 {
					if err := os.Truncate(source, u.Size); err != nil {
						t.Fatal(err)
					}
				}
				attributes := attributeArgs(&u)
				r := runs[strings.Join(attributes, " ")]
				if r == nil {
					r = &exampleRun{args: append([]string{"run", "--dir", root, "--rules", file}, attributes...)}
					runs[strings.Join(attributes, " ")] = r
				}
				r.args = append(r.args, "--put", source+"="+u.Key)
				r.uploads++
				r.tasks += len(result.Explanation.Tasks())
			}
			tasks := 0
			for _, r := range runs {
				tasks += r.tasks
				r.check(t)
			}
			if tasks == 0 {
				t.Error("nothing fired")
			}
		})
	}
}

// exampleRun is a run of the function with the uploads of some tests.
type exampleRun struct {
	args           []string
	uploads, tasks int
}

// check runs the function, which must fire the tasks.
func (r *exampleRun) check(t *testing.T) {
	var printed bytes.Buffer
	if status := run(r.args, &streams{in: strings.NewReader(""), out: &printed, err: &printed}); status != 0 {
		t.Errorf("status %d", status)
	}
	want := fmt.Sprintf("\n%s, %s fired as the rules say.", text.Plural(r.uploads, "upload"), text.Plural(r.tasks, "process"))
	if r.tasks == 0 {
		want = "\n" + text.Plural(r.uploads, "upload") + ", nothing fired."
	}
	if !strings.Contains(printed.String(), want) {
		t.Errorf("printed:\n%s\nwithout %q", &printed, want)
	}
}

// attributeArgs returns the arguments of onput run that give uploads the metadata, tags and storage class of u.
func attributeArgs(u *rules.Upload) (args []string) {
	for _, name := range slices.Sorted(maps.Keys(u.Meta)) {
		args = append(args, "--meta", name+"="+u.Meta[name])
	}
	for _, name := range slices.Sorted(maps.Keys(u.Tags)) {
		args = append(args, "--tag", name+"="+u.Tags[name])
	}
	if u.Class != "" {
		args = append(args, "--class", u.Class)
	}
	return args
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
