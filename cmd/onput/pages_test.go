package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files, and the outputs in documents")

// taskID matches task ids, which differ between runs.
var taskID = regexp.MustCompile(`(OfficeConversion|MediaConvert|DecodeBlindWatermark)-[0-9a-f-]{36}`)

// TestPages runs the commands in README.md and in the pages of docs and examples, and compares their output with the page.
//
// A block ```yaml NAME is a file that later commands on the page use. If NAME has a slash, it is a file of the source tree,
// and the page must show all of it. In a block ```console, each $ is followed by a command. A line … in its output stands
// for lines that the page leaves out.
func TestPages(t *testing.T) {
	commands := 0
	for _, file := range pages(t) {
		t.Run(filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
			page := string(readTest(t, file))
			p := &pageRun{t: t, files: t.TempDir()}
			t.Chdir(root)
			got := blocks.ReplaceAllStringFunc(page, p.block)
			commands += p.commands
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(page, got); diff != "" {
				t.Errorf("%s (-page +what came out):\n%s", file, diff)
			}
		})
	}
	if commands < 6 && !t.Failed() {
		t.Errorf("only %d commands found", commands)
	}
}

// pages returns the absolute paths of the documents in English.
func pages(t *testing.T) []string {
	t.Helper()
	dir, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	files := []string{filepath.Join(dir, "README.md")}
	for _, pattern := range []string{"docs/*.md", "examples/*.md", "examples/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	return slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, ".zh-CN.md") })
}

// blocks matches the blocks that TestPages runs: the info string and the text.
var blocks = regexp.MustCompile("(?ms)^```(console|yaml [^\n]+)\n(.*?)^```$")

// pageRun is a page whose commands are run.
type pageRun struct {
	t        *testing.T
	files    string // directory of the page's files
	commands int
}

// block returns the block as it should be.
func (p *pageRun) block(block string) string {
	m := blocks.FindStringSubmatch(block)
	info, text := m[1], m[2]
	name, isFile := strings.CutPrefix(info, "yaml ")
	switch {
	case isFile && strings.Contains(name, "/"):
		text = string(readTest(p.t, name))
	case isFile:
		if err := os.WriteFile(filepath.Join(p.files, name), []byte(text), 0o644); err != nil {
			p.t.Fatal(err)
		}
	default:
		text = p.console(text)
	}
	return "```" + info + "\n" + text + "```"
}

// console runs the commands in the text of a block and returns it with their output.
func (p *pageRun) console(text string) string {
	var out strings.Builder
	for part := range strings.SplitSeq("\n"+text, "\n$ ") {
		command, shown, _ := strings.Cut(part, "\n")
		if command == "" {
			continue // before the first command
		}
		p.commands++
		out.WriteString("$ " + command + "\n" + elide(p.run(command), shown))
	}
	return out.String()
}

// elide replaces lines of what a command printed with …, if the page shows it like that.
func elide(printed, shown string) string {
	head, tail, ok := strings.Cut("\n"+shown, "\n…\n")
	if !ok {
		return printed
	}
	lines := strings.SplitAfter(printed, "\n")
	lines = lines[:len(lines)-1] // empty, after the last line
	first, last := strings.Count(head, "\n"), strings.Count(tail, "\n")
	if first+last >= len(lines) {
		return printed
	}
	return strings.Join(lines[:first], "") + "…\n" + strings.Join(lines[len(lines)-last:], "")
}

// run runs a command line of the page and returns what it prints.
func (p *pageRun) run(line string) string {
	p.t.Helper()
	args := strings.Fields(line)
	switch {
	case line == "make run":
		args = []string{"run"}
	case args[0] == "onput":
		args = args[1:]
	default:
		p.t.Fatalf("the page runs %q, which this test cannot", line)
	}
	for i, arg := range args {
		if args[0] == "init" && i > 0 {
			args[i] = filepath.Join(p.files, arg)
		} else if _, err := os.Stat(filepath.Join(p.files, arg)); err == nil {
			args[i] = filepath.Join(p.files, arg)
		}
	}
	var printed bytes.Buffer
	run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed})
	text := strings.ReplaceAll(printed.String(), p.files+string(filepath.Separator), "")
	return taskID.ReplaceAllString(text, "$1-…")
}
