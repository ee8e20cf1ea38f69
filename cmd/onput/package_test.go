package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"onput/rules"
)

// The project's root, seen from this package.
const root = "../.."

// limit is what the function may weigh, in bytes: a small binary starts soon.
const limit = 9_500_000

func TestPackage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "target")
	c := PackageCmd{Dir: root, Out: dir, Rules: "rules/rules.yaml"}
	var out, log bytes.Buffer
	if err := c.Run(&streams{out: &out, err: &log}); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	function := filepath.Join(dir, packagedFunction)
	for _, name := range []string{function, filepath.Join(dir, packagedRules), filepath.Join(dir, packagedDigest)} {
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
		if !bytes.Equal(got, want) {
			t.Error("the rules in the package differ from the ones in the project")
		}
		digest, err := os.ReadFile(filepath.Join(dir, packagedDigest))
		if err != nil {
			t.Fatal(err)
		}
		if set, err := rules.Parse("rules.yaml", got); err != nil || set.Checked()+"\n" != string(digest) {
			t.Errorf("the digest is not that of the rules: %v", err)
		}
	})

	t.Run("again", func(t *testing.T) { // over an earlier package, with the same result
		before, err := os.ReadFile(function)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(&streams{out: &out, err: &log}); err != nil {
			t.Fatalf("%v\n%s", err, &log)
		}
		after, err := os.ReadFile(function)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, after) {
			t.Error("the same sources gave other bytes")
		}
		if got, want := names(t, dir), packaged; !slices.Equal(got, want) {
			t.Errorf("the package holds %q, want %q", got, want)
		}
	})
}

// A directory that holds anything else is somebody's: nothing in it is deleted, and nothing is written.
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

// Rules with errors are not packed, and an earlier package stays as it was.
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

// The function links nothing that is for the laptop only.
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
		for _, no := range []string{"onput/cmd", "onput/internal/localcloud", "github.com/alecthomas/kong"} {
			if dep == no || strings.HasPrefix(dep, no+"/") {
				t.Errorf("the function links %s", dep)
			}
		}
	}
}

// names returns the names in dir, sorted.
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
