package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestBashCompletion types command lines into an interactive bash and inserts all completions of the last word.
func TestBashCompletion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"my rules.yaml", "other.yaml", "folder/x.yaml"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tests := [][2]string{
		{"onput che", "onput check"},
		{"onput --", "onput --help"},
		{"onput check oth", "onput check other.yaml"},
		{"onput check my", "onput check my rules.yaml"},
		{"onput check folder/", "onput check folder/x.yaml"},
		{"onput check --format ", "onput check --format github json text"},
		{"onput run --rules=oth", "onput run --rules=other.yaml"},
		{"onput run --runtime=", "onput run --runtime=custom go1"},
		{"onput ops video/con", "onput ops video/concat video/convert"},
		{"onput ops sty", "onput ops style/"},
		{"onput ops --json doc", "onput ops --json doc/convert"},
		{"onput completion ", "onput completion bash fish zsh"},
		{"onput nonsense x", "onput nonsense x"},
	}
	for _, command := range kong.Must(&commands{}).Model.Children {
		flags := []string{"--help"}
		for _, flag := range command.Flags {
			flags = append(flags, "--"+flag.Name)
		}
		slices.Sort(flags)
		tests = append(tests, [2]string{"onput " + command.Name + " --", "onput " + command.Name + " " + strings.Join(flags, " ")})
	}
	const insertCompletions, lineStart, lineEnd = "\x1b*", "\x01", "\x05"
	var typed, want strings.Builder
	typed.WriteString("source <(onput completion bash)\n")
	for _, tt := range tests {
		typed.WriteString(tt[0] + insertCompletions + lineStart + "echo " + lineEnd + "\n")
		want.WriteString(tt[1] + "\n")
	}
	bash := exec.CommandContext(t.Context(), "bash", "--norc", "-i")
	bash.Dir, bash.Stdin, bash.Stderr = dir, strings.NewReader(typed.String()), io.Discard
	bash.Env = append(os.Environ(), "INPUTRC=/dev/null", "LC_ALL=C", "TERM=dumb", "PS1=")
	out, err := bash.Output()
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(string(out), "\n"), strings.Split(want.String(), "\n")
	if len(gotLines) != len(wantLines) {
		t.Fatalf("%d lines, want %d:\n%s", len(gotLines), len(wantLines), out)
	}
	for i, line := range wantLines {
		if gotLines[i] != line {
			t.Errorf("completed to %q, want %q", gotLines[i], line)
		}
	}
}
