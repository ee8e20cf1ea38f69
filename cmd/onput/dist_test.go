package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// releaseDir is the directory of released, "" before it is built.
var releaseDir string

// released builds the released onput for this system and another one, and returns the folder that holds it alone, as onput.
var released = sync.OnceValues(func() (string, error) {
	var err error
	if releaseDir, err = os.MkdirTemp("", "onput-release-"); err != nil {
		return "", err
	}
	if err := buildRelease(filepath.Join(releaseDir, "dist")); err != nil {
		return "", err
	}
	name, extension := "onput-"+runtime.GOOS+"-"+runtime.GOARCH, ""
	if runtime.GOOS == "windows" {
		extension = ".exe"
	}
	bin := filepath.Join(releaseDir, "bin")
	return bin, errors.Join(os.Mkdir(bin, 0o755),
		os.Link(filepath.Join(releaseDir, "dist", name+extension), filepath.Join(bin, "onput"+extension)))
})

// buildRelease builds the released onput for this system and another one.
func buildRelease(out string) error {
	other := "linux/arm64"
	if runtime.GOOS+"/"+runtime.GOARCH == other {
		other = "linux/amd64"
	}
	cmd := exec.Command("go", "run", "./internal/dist", "-out", out, runtime.GOOS+"/"+runtime.GOARCH, other)
	cmd.Dir = root
	text, err := cmd.CombinedOutput()
	if err != nil {
		return errors.New(err.Error() + "\n" + string(text))
	}
	if strings.Count(string(text), ": building …\n") != 2 || strings.Count(string(text), ": built in ") != 2 {
		return errors.New("it does not say which files it builds:\n" + string(text))
	}
	return nil
}

// binOfRelease returns the folder of the released onput.
func binOfRelease(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("in short mode: it builds the function and the command for two systems")
	}
	bin, err := released()
	if err != nil {
		t.Fatal(err)
	}
	return bin
}

// A released onput does everything in an empty folder, without Go.
func TestReleaseScripts(t *testing.T) {
	t.Parallel()
	bin := binOfRelease(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/release",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", bin)
			return nil
		},
	})
}

// Built again, a release has the same bytes. The function in it is the one that onput package builds from the sources.
func TestReleaseReproducible(t *testing.T) {
	t.Parallel()
	bin := binOfRelease(t)
	again := filepath.Join(t.TempDir(), "dist")
	if err := buildRelease(again); err != nil {
		t.Fatal(err)
	}
	read := func(path ...string) string {
		text, err := os.ReadFile(filepath.Join(path...))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	sums := read(releaseDir, "dist", "SHA256SUMS")
	if diff := cmp.Diff(sums, read(again, "SHA256SUMS")); diff != "" {
		t.Errorf("built again, it has other bytes:\n%s", diff)
	}
	for _, name := range []string{"LICENSE", "THIRD_PARTY_LICENSES.md", "onput-" + runtime.GOOS + "-" + runtime.GOARCH} {
		if !strings.Contains(sums, "  "+name) {
			t.Errorf("SHA256SUMS has no %s:\n%s", name, sums)
		}
	}

	dir := t.TempDir()
	for _, args := range [][]string{{"init"}, {"package"}} {
		cmd := exec.Command(filepath.Join(bin, "onput"), args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("onput %q: %v\n%s", args, err, out)
		}
	}
	c := PackageCmd{Dir: root, Out: filepath.Join(t.TempDir(), "target")}
	if err := c.Run(&streams{out: new(bytes.Buffer), err: new(bytes.Buffer)}); err != nil {
		t.Fatal(err)
	}
	if read(dir, "target", packagedFunction) != read(c.Out, packagedFunction) {
		t.Error("the released onput packages another function than the source tree")
	}
}

// Serverless Devs deploys a new project as it is, with the released onput.
func TestServerlessDevsProject(t *testing.T) {
	t.Parallel()
	s := newServerlessDevs(t)
	bin := binOfRelease(t)
	s.env = append(s.env, "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	dir := t.TempDir()
	c := InitCmd{Dir: dir}
	if err := c.Run(&streams{out: new(bytes.Buffer), err: new(bytes.Buffer)}); err != nil {
		t.Fatal(err)
	}
	s.stub(dir, "s.yaml")
	var f function
	remarshal(t, s.preview(dir, "s.yaml"), &f)
	if want := "acs:oss:cn-hangzhou:" + accountID + ":acme-uploads"; f.Triggers[0].SourceARN != want || f.Code != "./onput.zip" {
		t.Errorf("s preview: %+v, want a trigger on %s", f, want)
	}
	if out := s.must(dir, "verify"); !strings.Contains(out, "passed") {
		t.Errorf("s verify: %s", out)
	}
	if out := s.must(dir, "deploy", "-y"); !strings.Contains(out, "./onput.zip") {
		t.Errorf("s deploy: %s", out)
	}
	if _, err := os.Stat(filepath.Join(dir, "onput.zip")); errors.Is(err, fs.ErrNotExist) {
		t.Error("s deploy did not package the function")
	}
}

// init/s.yaml is the s.yaml of the source tree, for a project that has onput on the PATH.
func TestInitDeployment(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "s.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("go run ./cmd/onput", "onput", "rules/rules.yaml", "rules.yaml", "docs/deploy.md", "README.md").Replace(string(text))
	if *update {
		if err := os.WriteFile("init/s.yaml", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("init/s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("from s.yaml (-), init/s.yaml (+); run go test with -update:\n%s", diff)
	}
}
