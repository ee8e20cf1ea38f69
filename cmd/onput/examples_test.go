package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Every command ends its help with examples, and each example works in the source tree and in a new project. The ones that
// need an account are only parsed; the ones that build the function are run by long tests, in the source tree.
func TestExamples(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		skipWithout(t, "bash, to run the examples with", err)
	}
	tree, project := filepath.Join(t.TempDir(), "clone"), filepath.Join(t.TempDir(), "project")
	clone(t, root, tree)
	c := InitCmd{Dir: project}
	if err := c.Run(&streams{out: new(bytes.Buffer), err: new(bytes.Buffer)}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"report.docx": "not really a document", "event.json": eventOf("incoming/documents/a.docx"), "failures.json": delivered("1", eventOf("incoming/documents/a.docx")),
	} {
		for _, dir := range []string{tree, project} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	parser := newParser(&streams{})
	for _, node := range append([]*kong.Node{parser.Model.Node}, parser.Model.Leaves(false)...) {
		help, err := exec.Command("onput", append(strings.Fields(node.Path()), "--help")...).Output()
		if err != nil {
			t.Errorf("onput %s --help: %v", node.Path(), err)
		}
		_, printed, _ := strings.Cut(string(help), "\nExamples:\n")
		if printed == "" {
			t.Errorf("onput %s --help ends without examples", node.Path())
		}
		for line := range strings.Lines(printed) {
			line = strings.TrimSpace(line)
			command, _, _ := strings.Cut(line, " #")
			_, args, ok := strings.Cut(command, "onput ")
			if !ok {
				t.Errorf("onput %s --help: the example %q does not run onput", node.Path(), line)
				continue
			}
			name, _, _ := strings.Cut(strings.TrimRight(args, ")"), " ")
			switch {
			case name == "doctor", strings.Contains(line, "--yes"), strings.Contains(line, "oss://acme-derived"), strings.Contains(line, "--look"):
				words := strings.Fields(args)
				for i, word := range words {
					words[i] = strings.Trim(word, "'")
				}
				if _, err := parser.Parse(words); err != nil {
					t.Errorf("%s: %v", line, err)
				}
				continue
			}
			for _, dir := range []string{tree, project} {
				if (testing.Short() || dir == project) && (name == "run" || name == "package") {
					continue
				}
				cmd := exec.CommandContext(t.Context(), bash, "-c", line)
				cmd.Dir = dir
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Run(); err != nil {
					t.Errorf("%s: %v, %s", line, err, &stderr)
				}
			}
		}
	}
	if _, err := os.Stat(filepath.Join(tree, "onput.zip")); !testing.Short() && errors.Is(err, os.ErrNotExist) {
		t.Error("onput package wrote no zip")
	}
}
