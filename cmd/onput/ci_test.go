package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The tests in this file run what other people's CI runs: the GitHub action and the pre-commit hook. They compare the files
// that describe a release with one another.

// workflowStep is a step of a workflow or an action.
type workflowStep struct {
	Uses, Run, Shell string
	With             map[string]string
	Env              map[string]string
}

// action is action.yml.
type action struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Using string
		Steps []workflowStep
	}
}

// loadYAML reads a file of the project.
func loadYAML(t *testing.T, file string, to any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err == nil {
		err = yaml.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// pinned matches an action at a version.
var pinned = regexp.MustCompile(`^[\w-]+/[\w-]+@v\d+(\.\d+)*$`)

// GitHub runs the tests that .ci/run runs, with the same Serverless Devs.
func TestWorkflow(t *testing.T) {
	var workflow struct {
		Jobs map[string]struct {
			Env   map[string]string
			Steps []workflowStep
		}
	}
	loadYAML(t, ".github/workflows/ci.yml", &workflow)
	script, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	job := workflow.Jobs["test"]
	var commands []string
	for _, s := range job.Steps {
		if s.Uses != "" && !pinned.MatchString(s.Uses) {
			t.Errorf("%s has no version", s.Uses)
		}
		if strings.HasPrefix(s.Run, "make ") {
			commands = append(commands, s.Run)
		}
	}
	if want := []string{"make test", "make test-all"}; !slices.Equal(commands, want) {
		t.Errorf("ci.yml runs %q, want %q", commands, want)
	}
	for _, c := range commands {
		if !strings.Contains(string(script), "\n"+c+"\n") {
			t.Errorf(".ci/run does not run %s", c)
		}
	}
	tool := regexp.MustCompile(`@serverless-devs/s@[\d.]+`).FindString(string(script))
	installed := slices.ContainsFunc(job.Steps, func(s workflowStep) bool { return strings.HasSuffix(s.Run, " "+tool) })
	if tool == "" || !installed || job.Env["ONPUT_S"] == "" {
		t.Errorf("ci.yml does not install %s, or tests do not demand it", tool)
	}
}

// runShell runs a program as CI does, in dir. It returns its output and whether it succeeded.
func runShell(t *testing.T, dir string, env []string, args ...string) (string, bool) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		skipWithout(t, args[0], err)
	}
	return string(out), err == nil
}

// writeRules writes four rule files into a directory: rules.yaml and "a b/rules.yaml" without errors, bad.yaml with one, and
// doubtful.yaml with a warning.
func writeRules(t *testing.T, dir string) {
	t.Helper()
	const rule = "version: 1\nsources: [uploads/in/]\nrules:\n  - {name: a, match: '*.docx', process: 'doc/convert,target_pdf', target: {bucket: results, key: x.pdf}}\n"
	write(t, filepath.Join(dir, "rules.yaml"), rule)
	write(t, filepath.Join(dir, "a b", "rules.yaml"), rule)
	write(t, filepath.Join(dir, "doubtful.yaml"), strings.Replace(rule, "*.docx", "*.zip", 1))
	write(t, filepath.Join(dir, "bad.yaml"), strings.Replace(rule, "doc/convert,target_pdf", "doc/convert,target_pgn", 1))
}

// The steps of the action check the given files, and annotate errors.
func TestAction(t *testing.T) {
	var a action
	loadYAML(t, "action.yml", &a)
	var step *workflowStep
	for i := range a.Runs.Steps {
		s := &a.Runs.Steps[i]
		switch {
		case s.Run != "" && step == nil && s.Shell == "bash":
			step = s
		case !pinned.MatchString(s.Uses):
			t.Errorf("%q has no version, or a second shell step: the test runs one", s.Uses)
		}
	}
	if a.Runs.Using != "composite" || step == nil {
		t.Fatalf("%+v, want a composite action with a shell step", a.Runs)
	}
	for name, input := range a.Inputs {
		if input.Description == "" {
			t.Errorf("input %s has no description", name)
		}
	}
	if testing.Short() {
		return
	}
	path, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeRules(t, dir)
	if err := (&InitCmd{Dir: filepath.Join(dir, "project")}).Run(&streams{out: new(bytes.Buffer)}); err != nil {
		t.Fatal(err)
	}
	const found = `::error file=bad.yaml,line=4,`
	for _, tt := range []struct {
		name  string
		files string
		s     string
		flag  string // strict
		ok    bool
		out   string
	}{
		{name: "default", ok: true},
		{name: "files", files: "rules.yaml\na b/rules.yaml\n", ok: true},
		{name: "error", files: "\nrules.yaml\nbad.yaml", out: found},
		{name: "triggers", files: "rules.yaml", s: "project/s.yaml", ok: true, out: "title=sources-differ::"},
		{name: "warnings", files: "doubtful.yaml", flag: "false", ok: true, out: "::warning file=doubtful.yaml,"},
		{name: "strict", files: "doubtful.yaml", flag: "true", out: "::warning file=doubtful.yaml,"},
		{name: "shell syntax", files: "$(touch broken).yaml; touch broken", out: "$(touch broken).yaml; touch broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := []string{"GITHUB_ACTION_PATH=" + path}
			for name, value := range step.Env {
				input := regexp.MustCompile(`^\$\{\{ inputs\.(\w+) \}\}$`).FindStringSubmatch(value)
				if input == nil {
					t.Fatalf("%s: %s is no input", name, value)
				}
				if _, ok := a.Inputs[input[1]]; !ok {
					t.Errorf("action.yml declares no input %s", input[1])
				}
				env = append(env, name+"="+map[string]string{"files": tt.files, "s": tt.s, "strict": tt.flag}[input[1]])
			}
			out, ok := runShell(t, dir, env, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
			if ok != tt.ok || !strings.Contains(out, tt.out) || tt.ok && strings.Contains(out, "::error") {
				t.Errorf("success is %v, printed:\n%s", ok, out)
			}
			if _, err := os.Stat(filepath.Join(dir, "broken")); err == nil {
				t.Error("the shell ran a name of a file")
			}
		})
	}
}

// The hook checks the files that pre-commit gives it.
func TestPreCommitHook(t *testing.T) {
	var hooks []struct {
		ID, Entry, Language, Files string
	}
	loadYAML(t, ".pre-commit-hooks.yaml", &hooks)
	if len(hooks) != 1 || hooks[0].ID != "onput-check" || hooks[0].Language != "script" {
		t.Fatalf("%+v", hooks)
	}
	files := regexp.MustCompile(hooks[0].Files)
	for name, want := range map[string]bool{"rules.yaml": true, "media/rules.yml": true, "my-rules.yaml": false, "rules.yaml.orig": false} {
		if files.MatchString(name) != want {
			t.Errorf("files matches %s: %v", name, !want)
		}
	}
	if testing.Short() {
		return
	}
	entry, err := filepath.Abs(filepath.Join(root, hooks[0].Entry))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeRules(t, dir)
	if out, ok := runShell(t, dir, nil, entry, "rules.yaml", "a b/rules.yaml"); !ok || strings.Count(out, "no errors") != 2 {
		t.Errorf("of files without errors: %v\n%s", ok, out)
	}
	if out, ok := runShell(t, dir, nil, entry, "--strict", "doubtful.yaml"); ok || !strings.Contains(out, "[never-reads]") {
		t.Errorf("of a file with a warning, with --strict: %v\n%s", ok, out)
	}
	if out, ok := runShell(t, dir, nil, entry, "rules.yaml", "bad.yaml"); ok || !strings.Contains(out, `bad.yaml:4:`) {
		t.Errorf("of a file with an error: %v\n%s", ok, out)
	}
}

// docs/ci.md names inputs of the action and the hook that exist. The files that state the version agree.
func TestReleaseFilesAgree(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := func(name string) []byte {
		_, text, _ := strings.Cut(string(page), "```yaml "+name+"\n")
		text, _, ok := strings.Cut(text, "```")
		if !ok {
			t.Fatalf("docs/ci.md has no block %s", name)
		}
		return []byte(text)
	}
	var publish struct {
		Version string `yaml:"Version"`
	}
	loadYAML(t, "publish.yaml", &publish)
	var a action
	loadYAML(t, "action.yml", &a)
	var use struct {
		Jobs map[string]struct{ Steps []workflowStep }
	}
	if err := yaml.Unmarshal(block("action"), &use); err != nil {
		t.Fatal(err)
	}
	step := use.Jobs["rules"].Steps[1]
	for name := range step.With {
		if _, ok := a.Inputs[name]; !ok {
			t.Errorf("docs/ci.md gives the action %s, which is no input", name)
		}
	}
	var config struct {
		Repos []struct {
			Rev   string
			Hooks []struct {
				ID   string
				Args []string
			}
		}
	}
	if err := yaml.Unmarshal(block("pre-commit"), &config); err != nil {
		t.Fatal(err)
	}
	changelog, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	latest := regexp.MustCompile(`(?m)^## \[(\d[^]]*)\]`).FindStringSubmatch(string(changelog))
	if latest == nil {
		t.Fatal("CHANGELOG.md has no version")
	}
	want := []string{"v" + publish.Version, "v" + publish.Version, "OWNER/onput@v" + publish.Version, "onput-check"}
	got := []string{"v" + latest[1], config.Repos[0].Rev, step.Uses, config.Repos[0].Hooks[0].ID}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("from publish.yaml (-), in CHANGELOG.md and docs/ci.md (+):\n%s", diff)
	}
}

// skipWithout skips a test for which something is missing. In CI, where all of it is installed, the test fails.
func skipWithout(t *testing.T, what string, err error) {
	t.Helper()
	if os.Getenv("CI") != "" && runtime.GOOS == "linux" {
		t.Fatalf("CI is set, but there is no %s: %v", what, err)
	}
	t.Skipf("there is no %s: %v", what, err)
}
