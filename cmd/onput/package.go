package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"onput/handler"
	"onput/rules"
)

// What a package holds: the function, named as the handler in s.yaml; the rules, where the function looks for them; and
// the digest that says that these rules were checked, so that the function need not prove again that none loops.
const (
	packagedFunction = "main"
	packagedRules    = "rules.yaml"
	packagedDigest   = packagedRules + handler.CheckedSuffix
)

var packaged = []string{packagedFunction, packagedRules, packagedDigest}

// PackageCmd builds what is deployed. s.yaml runs it before each deployment.
type PackageCmd struct {
	Dir   string `default:"." help:"Root of the project."`
	Out   string `default:"target" help:"Directory to make anew, seen from the root."`
	Rules string `default:"rules/rules.yaml" help:"Rules to pack, seen from the root."`
}

// Help is shown by `onput package --help`.
func (*PackageCmd) Help() string {
	return "Builds the function for linux/amd64 and puts it beside a copy of the rules. Rules with errors are not packed."
}

// Run packs, and prints what it wrote. It returns exit(1) after printing what is wrong with the rules.
func (c *PackageCmd) Run(s *streams) error {
	file := c.path(c.Rules)
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
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
	if err := os.WriteFile(c.path(c.Out, packagedRules), src, 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(c.path(c.Out, packagedDigest), []byte(set.Checked()+"\n"), 0o644); err != nil {
		return err
	}
	for _, name := range packaged {
		info, err := os.Stat(c.path(c.Out, name))
		if err != nil {
			return err
		}
		fmt.Fprintf(s.out, "%-24s %8d bytes\n", c.path(c.Out, name), info.Size())
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

// build compiles the function into the output directory: static, since the runtime's C library is none of ours, and
// without paths, commit or build id, so that the same sources give the same bytes.
func (c *PackageCmd) build(s *streams) error {
	out, err := filepath.Abs(c.path(c.Out, packagedFunction)) // go runs in another directory
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out, ".")
	cmd.Dir = c.Dir
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "GOAMD64=v1", "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = s.err, s.err
	if err := cmd.Run(); err != nil {
		return err
	}
	return os.Chmod(out, 0o755) // whatever the umask: the runtime must be able to start it
}

// path joins the elements below the project's root, unless the first is absolute.
func (c *PackageCmd) path(elem ...string) string {
	p := filepath.Join(elem...)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}
