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
	Dir   string `placeholder:"DIR" help:"Source tree of onput, to build the function from. The other paths are relative to it."`
	Out   string `default:"target" help:"Directory to make anew."`
	Rules string `placeholder:"FILE" help:"Rules to pack; rules/rules.yaml or rules.yaml if not given."`
	Zip   string `placeholder:"FILE" help:"Also write the package as a zip: to deploy from a machine without Go."`
}

// Help is shown by `onput package --help`.
func (*PackageCmd) Help() string {
	return "Puts the function for linux/amd64 next to a copy of the rules. Rules with errors are not packed. " +
		"In onput's source tree, or with --dir, the function is built with Go; elsewhere it is the one that a released onput holds. " +
		"The same sources and the same release of Go give the same bytes, on any machine and in any folder."
}

// Run builds the package and prints its files. It returns exit(1) if the rules have errors.
func (c *PackageCmd) Run(s *streams) error {
	if c.Zip != "" && inside(c.path(c.Zip), c.path(c.Out)) {
		return fmt.Errorf("%s is in %s, all of which is deployed: choose another place for the zip", c.path(c.Zip), c.path(c.Out))
	}
	source, err := sourceTree(c.Dir)
	if err != nil {
		return err
	}
	file := c.Rules
	if file != "" {
		file = c.path(file)
	}
	if err := defaultRules(&file, c.Dir); err != nil {
		return err
	}
	src, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	src = rules.Unsealed(src)
	loaded, err := rules.Load(file, src, rules.Options{})
	if err != nil {
		fmt.Fprintf(s.err, "%v\n%s has errors: nothing is packed\n", err, file)
		return exit(exitFailed)
	}
	if n := len(loaded.Warnings); n > 0 {
		fmt.Fprintf(s.err, "warnings in %s: %d (onput check shows them)\n", file, n)
	}

	if err := c.clear(); err != nil {
		return err
	}
	if err := c.writeFunction(s, source); err != nil {
		return err
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
		fmt.Fprintf(s.out, "%-24s %8d bytes\n", path, info.Size())
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

// writeFunction writes the function for linux/amd64 into the output directory: built from the source tree source, or the one
// that this onput holds if source is empty.
func (c *PackageCmd) writeFunction(s *streams, source string) error {
	out, err := filepath.Abs(c.path(c.Out, packagedFunction)) // go runs in source
	if err != nil {
		return err
	}
	if source == "" {
		err = writeEmbedded(build.EmbeddedFunction("linux", "amd64"), out)
	} else if err = c.build(s, source, out); err != nil {
		err = fmt.Errorf("go build for linux/amd64: %w", err)
	}
	if err != nil {
		return err
	}
	return os.Chmod(out, 0o755) // the runtime must be able to start it, whatever the umask
}

func (c *PackageCmd) build(s *streams, source, out string) error {
	env, err := build.Environment(source, "linux", "amd64")
	if err != nil {
		return err
	}
	cmd := build.Command(context.Background(), source, build.Function, out)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, s.err, s.err
	return cmd.Run()
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
