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

// What a package holds: the function, named as the handler in s.yaml, and the rules, where the function looks for them. The
// last line of the rules, a comment, says that they were checked, so that the function need not prove again that none loops.
const (
	packagedFunction = "main"
	packagedRules    = "rules.yaml"
)

var packaged = []string{packagedFunction, packagedRules}

// PackageCmd builds what is deployed. s.yaml runs it before each deployment.
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

// Run packs, and prints what it wrote. It returns exit(1) after printing what is wrong with the rules.
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
	set, err := rules.Parse(file, src)
	if err != nil {
		fmt.Fprintln(s.err, err)
		fmt.Fprintf(s.err, "%s has errors: nothing is packed\n", file)
		return exit(1)
	}
	if n := len(set.Warnings()); n > 0 {
		fmt.Fprintf(s.err, "warnings in %s: %d (onput check shows them)\n", file, n)
	}

	if err := c.clear(); err != nil {
		return err
	}
	if err := c.build(s); err != nil {
		return fmt.Errorf("go build for linux/amd64: %w", err)
	}
	if err := os.WriteFile(c.path(c.Out, packagedRules), append(src, set.Seal()...), 0o644); err != nil {
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
		fmt.Fprintf(s.out, "%-24s %8d bytes\n", path, info.Size())
	}
	return nil
}

// clear makes the output directory, or empties it of an earlier package. All that is in it would be deployed, so anything
// else there is an error; and it is somebody's, so it is not deleted either.
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
	out, err := filepath.Abs(c.path(c.Out, packagedFunction)) // go runs in another directory
	if err != nil {
		return err
	}
	env, err := c.buildEnvironment()
	if err != nil {
		return err
	}
	cmd := build.Command(context.Background(), c.Dir, build.Function, out)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = s.err, s.err
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Chmod(out, 0o755) // whatever the umask: the runtime must be able to start it
}

// ownSettings are the settings of Go that stay the user's: where modules and toolchains come from, and where they are kept.
var ownSettings = []string{"GOAUTH", "GOCACHE", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH", "GOPRIVATE",
	"GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOVCS"}

// buildEnvironment returns the environment to build the function in. Every other setting of Go is fixed here or has its
// default, whatever the environment or `go env -w` say: GOFLAGS, GOEXPERIMENT, a go.work in a folder above and the like
// would change the bytes.
func (c *PackageCmd) buildEnvironment() ([]string, error) {
	ask := exec.Command("go", append([]string{"env", "-json"}, ownSettings...)...)
	ask.Dir = c.Dir
	answer, err := ask.Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	own := map[string]string{}
	if err := json.Unmarshal(answer, &own); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if name = strings.ToUpper(name); name == "GOROOT" || !strings.HasPrefix(name, "GO") { // where this Go itself is
			env = append(env, v)
		}
	}
	for _, name := range ownSettings {
		if own[name] != "" {
			env = append(env, name+"="+own[name])
		}
	}
	return append(env, "GOENV=off", "GOWORK=off", "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1", "CGO_ENABLED=0"), nil
}

// inside reports whether a path is in a directory, or the directory itself.
func inside(path, dir string) bool {
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return false
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// path joins the elements below the project's root, unless the first is absolute.
func (c *PackageCmd) path(elem ...string) string {
	p := filepath.Join(elem...)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}
