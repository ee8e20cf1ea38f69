package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/internal/build"
	"onput/rules"
)

// root is the root of the project.
const root = "../.."

// limit and zipLimit bound the bytes of the function and its package, because a small binary starts fast.
const (
	limit    = 9_500_000
	zipLimit = 4_100_000
)

func TestPackage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "target")
	c := PackageCmd{Dir: root, Out: dir, Rules: "rules/rules.yaml", Zip: filepath.Join(t.TempDir(), "onput.zip")}
	var out, log bytes.Buffer
	if err := c.Run(&streams{out: &out, err: &log}); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	function := filepath.Join(dir, packagedFunction)
	for _, name := range []string{function, filepath.Join(dir, packagedRules), c.Zip} {
		if !strings.Contains(out.String(), name) {
			t.Errorf("does not say that it wrote %s:\n%s", name, &out)
		}
	}

	t.Run("function", func(t *testing.T) {
		info, err := os.Stat(function)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() > limit {
			t.Errorf("the function has %d bytes, at most %d are allowed", info.Size(), limit)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o755 {
			t.Errorf("mode %v, want 0755", info.Mode().Perm())
		}
		f, err := elf.Open(function)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Machine != elf.EM_X86_64 {
			t.Errorf("built for %v", f.Machine)
		}
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Error("needs a dynamic linker, which the runtime may not have")
			}
		}
		for _, name := range []string{".symtab", ".debug_info", ".zdebug_info"} {
			if f.Section(name) != nil {
				t.Errorf("section %s is not stripped", name)
			}
		}
	})

	t.Run("rules", func(t *testing.T) {
		want, err := os.ReadFile(filepath.Join(root, "rules", "rules.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, packagedRules))
		if err != nil {
			t.Fatal(err)
		}
		seal, ok := bytes.CutPrefix(got, want)
		if !ok {
			t.Error("the rules in the package differ from the ones in the project")
		}
		if set, err := rules.Parse("rules.yaml", want); err != nil || set.Seal() != string(seal) {
			t.Errorf("the rules are followed by %q, which is not their seal: %v", seal, err)
		}
	})

	t.Run("zip", func(t *testing.T) {
		info, err := os.Stat(c.Zip)
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() >= zipLimit {
			t.Errorf("the zip has %d bytes, want less than %d", info.Size(), zipLimit)
		}
		z, err := zip.OpenReader(c.Zip)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		var held []string
		for _, f := range z.File {
			held = append(held, f.Mode().String()+" "+f.Name)
			if !f.Modified.Equal(build.ZipTime) {
				t.Errorf("%s was changed at %v", f.Name, f.Modified)
			}
			want, err := os.ReadFile(filepath.Join(dir, f.Name))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := fs.ReadFile(z, f.Name); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s in the zip is not the one in the package: %v", f.Name, err)
			}
		}
		if want := []string{"-rwxr-xr-x main", "-rw-r--r-- rules.yaml"}; !slices.Equal(held, want) {
			t.Errorf("the zip holds %q, want %q", held, want)
		}
	})

	if testing.Short() {
		return
	}
	t.Run("again", func(t *testing.T) { // over an earlier package
		before := checksums(t, c)
		if err := c.Run(&streams{out: &out, err: &log}); err != nil {
			t.Fatalf("%v\n%s", err, &log)
		}
		if diff := cmp.Diff(before, checksums(t, c)); diff != "" {
			t.Errorf("the same sources gave other bytes:\n%s", diff)
		}
		if got, want := names(t, dir), packaged; !slices.Equal(got, want) {
			t.Errorf("the package holds %q, want %q", got, want)
		}
	})

	// In another folder, of a user whose Go is set to build something else.
	t.Run("elsewhere", func(t *testing.T) {
		want := checksums(t, c)
		place := t.TempDir()
		elsewhere := PackageCmd{Dir: filepath.Join(place, "a b", "clone"), Out: "target", Rules: "rules/rules.yaml", Zip: "onput.zip"}
		clone(t, root, elsewhere.Dir)
		for name, text := range map[string]string{
			filepath.Join(place, "go.work"): "go 1.26\n\nuse ./elsewhere\n",
			filepath.Join(place, "env"):     "GOFLAGS=-gcflags=all=-N\nGOEXPERIMENT=nogreenteagc\nGOFIPS140=latest\n",
		} {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("GOENV", filepath.Join(place, "env"))
		for name, value := range map[string]string{
			"GOAMD64": "v3", "GOOS": "windows", "GOARCH": "arm64", "CGO_ENABLED": "1", "GOFLAGS": "-mod=mod -ldflags=-X=main.x=y", "GODEBUG": "http2client=0",
		} {
			t.Setenv(name, value)
		}
		if err := elsewhere.Run(&streams{out: &out, err: &log}); err != nil {
			t.Fatalf("%v\n%s", err, &log)
		}
		if diff := cmp.Diff(want, checksums(t, elsewhere)); diff != "" {
			t.Errorf("the same sources gave other bytes:\n%s", diff)
		}
	})
}

// The source of modules is the user's setting, also by `go env -w`.
func TestPackageKeepsProxy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(file, []byte("GOPROXY=https://proxy.example\nGOFLAGS=-tags=other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOENV", file)
	t.Setenv("GOPROXY", "") // as if it were not set
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	env, err := build.Environment(root, "linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GOPROXY=https://proxy.example", "HTTPS_PROXY=http://127.0.0.1:1", "GOENV=off"} {
		if !slices.Contains(env, want) {
			t.Errorf("%s is not in the environment of the build", want)
		}
	}
	for _, v := range env {
		if strings.HasPrefix(v, "GOFLAGS=") {
			t.Errorf("%s is in the environment of the build", v)
		}
	}
}

// A zip inside the package would be deployed.
func TestPackageRefusesZip(t *testing.T) {
	dir := t.TempDir()
	for _, place := range []string{filepath.Join(dir, "target"), filepath.Join(dir, "target", "x.zip"), filepath.Join(dir, "no", "..", "target", "y", "x.zip")} {
		c := PackageCmd{Dir: root, Out: filepath.Join(dir, "target"), Rules: "rules/rules.yaml", Zip: place}
		if err := c.Run(&streams{out: new(bytes.Buffer), err: new(bytes.Buffer)}); err == nil || !strings.Contains(err.Error(), "all of which is deployed") {
			t.Errorf("%s: got error %v", place, err)
		}
		if _, err := os.Stat(c.Out); !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("%s was made: %v", c.Out, err)
		}
	}
}

// Modes and times of the file system are not in the zip. On Windows, no file is executable.
func TestZipOfPlainFiles(t *testing.T) {
	dir := t.TempDir()
	zipOf := func(mode os.FileMode, changed time.Time) []byte {
		for _, name := range packaged {
			path := filepath.Join(dir, name)
			if err := errors.Join(os.WriteFile(path, []byte("text of "+name), 0o600), os.Chmod(path, mode), os.Chtimes(path, changed, changed)); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(t.TempDir(), "x.zip")
		if err := writeZip(file, dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if !bytes.Equal(zipOf(0o644, time.Unix(1e9, 0)), zipOf(0o700, time.Unix(2e9, 0))) {
		t.Error("the zip depends on the files' modes or times")
	}
	file := filepath.Join(t.TempDir(), "x.zip")
	if err := writeZip(file, t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of an empty folder: %v", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a zip is left behind: %v", err)
	}
}

// A zip is replaced only if a package is in it, and as a whole.
func TestEarlierZip(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, other := filepath.Join(dir, "x.zip"), filepath.Join(dir, "other name")
	for _, tt := range []struct {
		rules string
		made  bool
	}{
		{"version: 1\n", false},
		{"version: 1\n# checked by onput package: " + strings.Repeat("0", 64) + "\n", true},
	} {
		packed := t.TempDir()
		for name, text := range map[string]string{packagedFunction: "function", packagedRules: tt.rules} {
			if err := os.WriteFile(filepath.Join(packed, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := writeZip(file, packed); err != nil {
			t.Fatal(err)
		}
		if err := checkEarlierZip(file); (err == nil) != tt.made {
			t.Errorf("rules %q: %v", tt.rules, err)
		}
	}
	earlier, err := os.ReadFile(file)
	if err := errors.Join(err, os.Link(file, other)); err != nil {
		skipWithout(t, "a file system with hard links", err)
	}
	changed := t.TempDir()
	for _, name := range packaged {
		if err := os.WriteFile(filepath.Join(changed, name), []byte("changed"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeZip(file, changed); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(other); err != nil || !bytes.Equal(text, earlier) {
		t.Errorf("the earlier zip was written over, not replaced: %v", err)
	}
	if left := names(t, dir); len(left) != 2 {
		t.Errorf("left: %q", left)
	}
}

// checksums returns a digest of each file of a package and of its zip.
func checksums(t *testing.T, c PackageCmd) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for name, path := range map[string]string{
		packagedFunction: c.path(c.Out, packagedFunction), packagedRules: c.path(c.Out, packagedRules), "zip": c.path(c.Zip),
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		sums[name] = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	return sums
}

// clone copies the files of the project to another directory, except those that git ignores.
func clone(t *testing.T, from, to string) {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = from
	out, err := list.Output()
	if err != nil {
		skipWithout(t, "git, and a clone of the project", err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(from, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not committed yet
		}
		path := filepath.Join(to, filepath.FromSlash(name))
		if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// A directory with other files is not touched.
func TestPackageRefusesDirectory(t *testing.T) {
	for _, name := range []string{"notes.txt", "main/"} {
		dir := t.TempDir()
		var err error
		if d, ok := strings.CutSuffix(name, "/"); ok {
			err = os.Mkdir(filepath.Join(dir, d), 0o755)
		} else {
			err = os.WriteFile(filepath.Join(dir, name), nil, 0o644)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, packagedRules), []byte("old"), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		before := names(t, dir)

		c := PackageCmd{Dir: root, Out: dir, Rules: "rules/rules.yaml"}
		err = c.Run(&streams{out: new(bytes.Buffer), err: new(bytes.Buffer)})
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)) {
			t.Errorf("%s: got error %v, want one that names it", name, err)
		}
		if got := names(t, dir); !slices.Equal(got, before) {
			t.Errorf("%s: the directory held %q, now %q", name, before, got)
		}
	}
}

// Rules with errors are not packed, and an earlier package stays.
func TestPackageRefusesRules(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nrules:\n  - name: a\n    matches: '*.mp4'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var out, log bytes.Buffer
	c := PackageCmd{Dir: root, Out: filepath.Join(dir, "target"), Rules: file}
	err := c.Run(&streams{out: &out, err: &log})
	if code := exit(0); !errors.As(err, &code) || code != 1 {
		t.Errorf("got error %v, want exit status 1", err)
	}
	if !strings.Contains(log.String(), file+":4:") {
		t.Errorf("the diagnostics do not name the place, %s:4:\n%s", file, &log)
	}
	if _, err := os.Stat(c.Out); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s was made: %v", c.Out, err)
	}
}

// The function does not link packages of the command.
func TestFunctionLinks(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "onput/handler") {
		t.Fatalf("the function does not link onput/handler: is %s its package?", root)
	}
	for _, dep := range deps {
		for _, no := range []string{"onput/cmd", "onput/internal/localcloud", "onput/internal/account", "onput/internal/rampolicy", "onput/internal/chaos", "onput/internal/build", "github.com/alecthomas/kong"} {
			if dep == no || strings.HasPrefix(dep, no+"/") {
				t.Errorf("the function links %s", dep)
			}
		}
	}
}

// names returns the sorted names in dir.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
