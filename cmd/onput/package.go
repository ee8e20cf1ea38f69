package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

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
	Dir   string `placeholder:"DIR" help:"Source tree of onput to build the function from. The other paths are relative to it."`
	Out   string `default:"target" help:"Output directory. It is replaced."`
	Rules string `placeholder:"FILE" help:"Rule file to package. Default: rules/rules.yaml or rules.yaml."`
	Zip   string `placeholder:"FILE" help:"Also write the package as a zip, to deploy from a machine without Go."`
}

// Help is shown by `onput package --help`.
func (*PackageCmd) Help() string {
	return "Puts the function for linux/amd64 next to a copy of the rules. Rules with errors are not packaged. " +
		"In onput's source tree, or with --dir, the function is built with Go; elsewhere a released onput brings its own. " +
		"The same sources and Go release give the same bytes, on any machine and in any folder."
}

// Examples end onput package --help.
func (*PackageCmd) Examples() []string {
	return []string{
		"onput package",
		"onput package --zip onput.zip  # to deploy from a machine without Go",
	}
}

// Run builds the package and prints its files. It returns exit(1) if the rules have errors. An earlier package stays until
// the new one is complete, also if the command is interrupted.
func (c *PackageCmd) Run(s *streams) error {
	ctx, stop := untilSignal(s)
	defer stop()
	return unlessInterrupted(ctx, c.run(ctx, s))
}

func (c *PackageCmd) run(ctx context.Context, s *streams) error {
	source, err := sourceTree(c.Dir, s)
	if err != nil {
		return err
	}
	out, file := c.path(c.Out), c.Rules
	if file != "" {
		file = c.path(file)
	}
	if err := defaultRules(&file, c.Dir); err != nil {
		return err
	}
	if c.Zip != "" && inside(c.path(c.Zip), out) {
		return fmt.Errorf("%s is in %s, all of which is deployed: choose another place for the zip", c.path(c.Zip), out)
	}
	if inside(file, out) {
		return fmt.Errorf("%s is in %s, which is replaced: choose another directory with --out", file, out)
	}
	if err := checkEarlierPackage(out); err != nil {
		return err
	}
	if c.Zip != "" {
		if err := checkEarlierZip(c.path(c.Zip)); err != nil {
			return err
		}
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	src = rules.Unsealed(src)
	loaded, err := rules.Load(file, src, rules.Options{})
	if errs := (rules.Diagnostics{}); errors.As(err, &errs) {
		printDiagnostics(s.err, errs)
		printf(s.err, "%s has errors: nothing is packaged\n", file)
		return exit(exitFailed)
	}
	if err != nil {
		return err
	}
	if n := len(loaded.Warnings); n > 0 {
		printf(s.err, "warnings in %s: %d (onput check shows them)\n", file, n)
	}
	if err := c.write(ctx, s, source, append(src, loaded.Set.Seal()...)); err != nil {
		return err
	}
	written := []string{c.path(c.Out, packagedFunction), c.path(c.Out, packagedRules)}
	if c.Zip != "" {
		if err := writeZip(c.path(c.Zip), out); err != nil {
			return err
		}
		written = append(written, c.path(c.Zip))
	}
	if note := memoryNote(src); note != "" {
		printf(s.out, "%s\n", note)
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

// checkEarlierPackage returns an error unless dir is missing, empty, or holds a package and nothing else. The seal of its
// rules tells a package from files of the user, which are not ours to delete.
func checkEarlierPackage(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir(): // a symbolic link may lead anywhere
		return fmt.Errorf("%s is not a directory: choose another one with --out", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !slices.Contains(packaged, e.Name()) {
			return fmt.Errorf("%s is not part of a package: move it away, or choose another directory with --out",
				filepath.Join(dir, e.Name()))
		}
	}
	if len(entries) == 0 {
		return nil
	}
	src, err := os.ReadFile(filepath.Join(dir, packagedRules))
	if err != nil || !rules.IsSealed(src) {
		return fmt.Errorf("%s was not made by onput package: move it away, or choose another directory with --out",
			filepath.Join(dir, entries[0].Name()))
	}
	return nil
}

// write builds a package in a directory of its own inside of the output directory, and then moves its files up.
func (c *PackageCmd) write(ctx context.Context, s *streams, source string, sealed []byte) error {
	out := c.path(c.Out)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(out, ".onput-package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	function := filepath.Join(dir, packagedFunction)
	if err := writeFunction(ctx, s, source, function); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, packagedRules), sealed, 0o644); err != nil {
		return err
	}
	for _, name := range packaged {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(out, name)); err != nil {
			return err
		}
	}
	return nil
}

// writeFunction writes the function for linux/amd64 into a file: built from a source tree, or the one that this onput holds if
// source is empty.
func writeFunction(ctx context.Context, s *streams, source, file string) error {
	if source == "" {
		return writeEmbedded(build.EmbeddedFunction("linux", "amd64"), file)
	}
	file, err := filepath.Abs(file) // go runs in source
	if err != nil {
		return err
	}
	cmd := build.Command(ctx, source, build.Function, file)
	cmd.Stdout, cmd.Stderr = s.err, s.err
	if cmd.Env, err = build.Environment(source, "linux", "amd64"); err == nil {
		err = cmd.Run()
	}
	if err != nil {
		return fmt.Errorf("go build for linux/amd64: %w", err)
	}
	return os.Chmod(file, 0o755) // the runtime must be able to start it, whatever the umask
}

// inside reports whether a path is in a directory or is the directory, also through symbolic links.
func inside(path, dir string) bool {
	rel, err := filepath.Rel(resolved(dir), resolved(path))
	return err == nil && filepath.IsLocal(rel)
}

// resolved returns an absolute path without symbolic links, as far as it exists.
func resolved(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(resolved(dir), filepath.Base(path))
	}
	return path
}

// path joins path elements below the root of the project, unless the first is absolute.
func (c *PackageCmd) path(elem ...string) string {
	p := filepath.Join(elem...)
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Dir, p)
}
