package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"onput/internal/userinput"
)

// InitCmd creates a project: rules with tests, and the deployment.
type InitCmd struct {
	Dir string `arg:"" optional:"" default:"." help:"Folder of the project. Default: the current one."`
}

// Help is shown by onput init --help.
func (*InitCmd) Help() string {
	return "Creates rules.yaml with tests, s.yaml to deploy it, .gitignore and README.md. Existing files are kept."
}

// Examples end onput init --help.
func (*InitCmd) Examples() []string {
	return []string{
		"onput init media",
		"mkdir photos && cd photos && onput init",
	}
}

// initFiles are the files of a new project. init/s.yaml is made from the project's own s.yaml by a test.
//
//go:embed init/rules.yaml init/s.yaml init/.gitignore init/README.md
var initFiles embed.FS

// initOrder lists initFiles in the order in which a reader wants them.
var initOrder = []string{"rules.yaml", "s.yaml", ".gitignore", "README.md"}

// Run creates the files and says what to do next. It fails if all of them exist.
func (c *InitCmd) Run(s *streams) error {
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return err
	}
	created := 0
	for _, name := range initOrder {
		existing, err := c.create(name)
		if err != nil {
			return err
		}
		if existing != "" {
			printf(s.out, "kept     %s (exists)\n", existing)
			continue
		}
		created++
		printf(s.out, "created  %s\n", filepath.Join(c.Dir, name))
	}
	if created == 0 {
		return fmt.Errorf("%s is already a project: nothing to create", c.Dir)
	}
	fmt.Fprint(s.out, "\nNext steps:\n\n")
	if filepath.Clean(c.Dir) != "." {
		printf(s.out, "  cd %s\n", quoteShell(c.Dir))
	}
	fmt.Fprint(s.out, `  onput check   find errors in rules.yaml
  onput test    run its tests
  onput run     run the function on this machine
  README.md     how to deploy
`)
	return nil
}

// create writes a file of initFiles, or returns the path of the existing file in its place.
func (c *InitCmd) create(name string) (existing string, err error) {
	places := []string{filepath.Join(c.Dir, name)}
	if name == path.Base(userinput.RuleFiles[0]) {
		places = append(places, filepath.Join(c.Dir, filepath.FromSlash(userinput.RuleFiles[0]))) // read before a new rules.yaml
	}
	for _, place := range places {
		if _, err := os.Lstat(place); !errors.Is(err, fs.ErrNotExist) {
			return place, err
		}
	}
	data, err := initFiles.ReadFile("init/" + name)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(places[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	return "", errors.Join(err, f.Close())
}
