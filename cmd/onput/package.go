package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"onput/internal/build"
	"onput/rules"
)

// A package holds the function and its rules. The last line of the rules is a comment that seals them as checked, so that the
// function does not prove again that none loops.
const (
	packagedFunction = "main"       // the handler in s.yaml
	packagedRules    = "rules.yaml" // the default of the function
)

// packaged lists the files of a package.
var packaged = []string{packagedFunction, packagedRules}

// PackageCmd builds the function and packs it with the rules. s.yaml runs it before each deployment.
type PackageCmd struct {
	Dir   string `default:"." help:"Root of the project."`
	Out   string `default:"target" help:"Directory to make anew, seen from the root."`
	Rules string `default:"rules/rules.yaml" help:"Rules to pack, seen from the root."`
	Zip   string `placeholder:"FILE" help:"Also write the package as a zip, seen from the root: to deploy from a machine without Go."`
}

// Help is shown by `onput package --help`.
func (*PackageCmd) Help() string {
	return "Builds the function for linux/amd64 and puts it beside a copy of the rules. Rules with errors are not packed. " +
		"The same sources and the same release of Go give the same bytes, on any machine and in any folder."
}

// Run builds the package and prints its files. It returns exit(1) if the rules have errors.
func (c *PackageCmd) Run(s *streams) error {
	if c.Zip != "" && inside(c.path(c.Zip), c.path(c.Out)) {
		return fmt.Errorf("%s is in %s, all of which is deployed: choose another place for the zip", c.path(c.Zip), c.path(c.Out))
	}
	file := c.path(c.Rules)
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	src = rules.Unsealed(src)
	loaded, err := rules.Load(file, src, rules.Options{})
	if err != nil {
		fmt.Fprintln(s.err, err)
		printf(s.err, "%s has errors: nothing is packed\n", file)
		return exit(exitFailed)
	}
	if n := len(loaded.Warnings); n > 0 {
		printf(s.err, "warnings in %s: %d (onput check shows them)\n", file, n)
	}

	if err := c.clear(); err != nil {
		return err
	}
	if err := c.build(s); err != nil {
		return fmt.Errorf("go build for linux/amd64: %w", err)
	}
	if err := os.WriteFile(c.path(c.Out, packagedRules), append(src, loaded.Set.Seal()...), 0o644); err != nil {
		return err
	}
	written := []string{c.path(c.Out, packagedFunction), c.path(c.Out, packagedRules)}
	if c.Zip != "" {
		if err := writeZip(c.path(c.Zip), c.path(c.Out)); err != nil {
			return err
		}
		written = append(written, c.path(c.Zip))
	}
	for _, path := range written {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		printf(s.out, "%-24s %8d bytes\n", path, info.Size())
	}
	return nil
}

// clear creates the output directory, or removes an earlier package from it. Any other file there is an error: it would be
// deployed, and it is not ours to delete.
func (c *PackageCmd) clear() error {
	dir := c.path(c.Out)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(dir, 0o755)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !slices.Contains(packaged, e.Name()) {
			return fmt.Errorf("%s is no part of a package: move it away, or choose another directory with --out",
				filepath.Join(dir, e.Name()))
		}
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// build compiles the function into the output directory.
func (c *PackageCmd) build(s *streams) error {
	out, err := filepath.Abs(c.path(c.Out, packagedFunction)) // go runs in c.Dir
	if err != nil {
		return err
	}
	env, err := c.buildEnvironment()
	if err != nil {
		return err
	}
	cmd := build.Command(context.Background(), c.Dir, build.Function, out)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, s.err, s.err
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Chmod(out, 0o755) // the runtime must be able to start it, whatever the umask
}

// userSettings are the settings of Go that stay the user's: the sources and the caches of modules and toolchains.
var userSettings = []string{"GOAUTH", "GOCACHE", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH", "GOPRIVATE",
	"GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOVCS"}

// buildEnvironment returns the environment for building the function. Settings of Go other than userSettings are fixed or have
// their defaults, because GOFLAGS, GOEXPERIMENT, a go.work in a parent directory and the like would change the bytes.
func (c *PackageCmd) buildEnvironment() ([]string, error) {
	goEnv := exec.Command("go", append([]string{"env", "-json"}, userSettings...)...)
	goEnv.Dir = c.Dir
	out, err := goEnv.Output()
	own := map[string]string{}
	if err == nil {
		err = json.Unmarshal(out, &own)
	}
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		return strings.HasPrefix(name, "GO") && name != "GOROOT" // GOROOT is where this Go is installed
	})
	for _, name := range userSettings {
		if own[name] != "" {
			env = append(env, name+"="+own[name])
		}
	}
	return append(env, "GOENV=off", "GOWORK=off", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1", "CGO_ENABLED=0"), nil
}

// inside reports whether a path is in a directory or is the directory.
func inside(path, dir string) bool {
	path, pathErr := filepath.Abs(path)
	dir, dirErr := filepath.Abs(dir)
	rel, err := filepath.Rel(dir, path)
	return pathErr == nil && dirErr == nil && err == nil && filepath.IsLocal(rel)
}

// path joins path elements below the root of the project, unless the first is absolute.
func (c *PackageCmd) path(elem ...string) string {
	p := filepath.Join(elem...)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}
