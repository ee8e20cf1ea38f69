package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what comes out into README.md")

// taskID matches task ids, which differ between runs.
var taskID = regexp.MustCompile(`(OfficeConversion|MediaConvert|DecodeBlindWatermark)-[0-9a-f-]{36}`)

// TestREADME runs the commands in README.md, in order, with the rule files on the page, and compares their output with the
// page. A block ```yaml NAME is a file. In a block ```console, each $ is followed by a command.
func TestREADME(t *testing.T) {
	readme, err := filepath.Abs(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	files := t.TempDir()
	t.Chdir(root)
	var out strings.Builder
	var block string // the info string of the block that a line is in, "" outside
	var file strings.Builder
	commands := 0
	for line := range strings.Lines(string(page)) {
		info, fence := strings.CutPrefix(strings.TrimRight(line, "\n"), "```")
		command, isCommand := strings.CutPrefix(strings.TrimRight(line, "\n"), "$ ")
		switch {
		case fence && block != "":
			if name, ok := strings.CutPrefix(block, "yaml "); ok {
				if err := os.WriteFile(filepath.Join(files, name), []byte(file.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				file.Reset()
			}
			block = ""
		case fence:
			if block = info; info == "" {
				block = "text"
			}
		case block == "console" && isCommand:
			commands++
			out.WriteString(line)
			out.WriteString(runCommand(t, command, files))
			continue
		case block == "console":
			continue // what the command printed when the page was written
		case strings.HasPrefix(block, "yaml "):
			file.WriteString(line)
		}
		out.WriteString(line)
	}
	if commands < 4 {
		t.Errorf("only %d commands found", commands)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(page), out.String()); diff != "" {
		t.Errorf("README.md (-page +what came out):\n%s", diff)
	}
}

// runCommand runs a command line of the page, whose rule files are in the directory files.
func runCommand(t *testing.T, line, files string) string {
	t.Helper()
	args := strings.Fields(line)
	switch {
	case line == "make run":
		args = []string{"run"}
	case args[0] == "onput":
		args = args[1:]
	default:
		t.Fatalf("the page runs %q, which this test cannot", line)
	}
	for i, arg := range args {
		if _, err := os.Stat(filepath.Join(files, arg)); err == nil {
			args[i] = filepath.Join(files, arg)
		}
	}
	var printed bytes.Buffer
	run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed})
	text := strings.ReplaceAll(printed.String(), files+string(filepath.Separator), "")
	return taskID.ReplaceAllString(text, "$1-…")
}
