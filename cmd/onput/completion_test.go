package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestBashCompletion asks a real bash what it would offer at the end of a command line.
func TestBashCompletion(t *testing.T) {
	var script bytes.Buffer
	if status := run([]string{"completion", "bash"}, &streams{out: &script, err: &script}); status != 0 {
		t.Fatalf("exit status %d: %s", status, &script)
	}
	dir := t.TempDir()
	for _, name := range []string{"my rules.yaml", "other.yaml", "notes.txt", "folder/x.yaml"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var commandNames []string
	for _, n := range visible(kong.Must(&commands{}).Model) {
		commandNames = append(commandNames, n.Name)
	}
	rules := []string{"folder", "my rules.yaml", "other.yaml"}
	for _, tt := range []struct {
		line []string // bash's words; the last is completed
		want []string
	}{
		{[]string{"onput", ""}, commandNames},
		{[]string{"onput", "che"}, []string{"check"}},
		{[]string{"onput", "--"}, []string{"--help"}},
		{[]string{"onput", "check", ""}, rules},
		{[]string{"onput", "check", "oth"}, []string{"other.yaml"}},
		{[]string{"onput", "check", "my"}, []string{"my rules.yaml"}},
		{[]string{"onput", "check", "folder/"}, []string{"folder/x.yaml"}},
		{[]string{"onput", "run", "--rul"}, []string{"--rules"}},
		{[]string{"onput", "run", "--rules", ""}, rules},
		{[]string{"onput", "run", "--rules", "="}, rules},
		{[]string{"onput", "run", "--rules", "=", "oth"}, []string{"other.yaml"}},
		{[]string{"onput", "run", "--rules", "other.yaml", "--put", "no"}, []string{"notes.txt"}},
		{[]string{"onput", "run", "--dir", ""}, []string{"folder"}},
		{[]string{"onput", "ops", "video/con"}, []string{"video/concat", "video/convert"}},
		{[]string{"onput", "ops", "sty"}, []string{"style/"}},
		{[]string{"onput", "ops", "--"}, []string{"--help", "--json"}},
		{[]string{"onput", "ops", "--json", "doc"}, []string{"doc/convert"}},
		{[]string{"onput", "completion", ""}, []string{"bash", "fish", "zsh"}},
		{[]string{"onput", "nonsense", "x"}, nil},
	} {
		bash := exec.Command("bash", append([]string{"--norc", "-c", script.String() + `
complete -p onput | grep -q -- '-F _onput onput' || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_onput onput
printf '%s\n' "${COMPREPLY[@]}"`, "bash"}, tt.line...)...)
		bash.Dir = dir
		out, err := bash.CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", tt.line, err, out)
		}
		var got []string
		if text := strings.TrimSuffix(string(out), "\n"); text != "" {
			got = strings.Split(text, "\n")
		}
		slices.Sort(got)
		want := slices.Sorted(slices.Values(tt.want))
		if !slices.Equal(got, want) {
			t.Errorf("%q: offers %q, want %q", tt.line, got, want)
		}
	}
}

// Every command and flag is in each shell's script.
func TestCompletionComplete(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var script bytes.Buffer
		if status := run([]string{"completion", shell}, &streams{out: &script, err: &script}); status != 0 {
			t.Fatalf("exit status %d: %s", status, &script)
		}
		for _, n := range visible(kong.Must(&commands{}).Model) {
			if !strings.Contains(script.String(), n.Name) {
				t.Errorf("%s does not know the command %s", shell, n.Name)
			}
			for _, f := range n.Flags {
				if flag := map[string]string{"fish": "-l "}[shell] + f.Name; !strings.Contains(script.String(), flag) {
					t.Errorf("%s does not know the flag --%s of %s", shell, f.Name, n.Name)
				}
			}
		}
	}
}
