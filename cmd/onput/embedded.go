package main

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// embedded is a zip of the function and the samples, which a released onput holds. Any other has "" and builds the function
// from the source tree.
var embedded string

// writeEmbedded writes a file of [embedded] to path, as an executable file.
func writeEmbedded(name, path string) error {
	z, err := zip.NewReader(strings.NewReader(embedded), int64(len(embedded)))
	if err != nil {
		return fmt.Errorf("files of this onput: %w", err)
	}
	data, err := fs.ReadFile(z, name)
	if err != nil {
		return fmt.Errorf("files of this onput: %w", err)
	}
	return errors.Join(os.WriteFile(path, data, 0o755), os.Chmod(path, 0o755)) // whatever the umask
}

// sourceTree returns the source tree of onput to build the function from: dir, the value of --dir, or the current folder. It
// returns "" if this onput holds the function and is run elsewhere.
func sourceTree(dir string) (string, error) {
	tree := cmp.Or(dir, ".")
	module, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	firstLine, _, _ := strings.Cut(string(module), "\n")
	switch {
	case err == nil && strings.TrimSpace(firstLine) == "module onput":
		return tree, nil
	case dir != "":
		return "", fmt.Errorf("%s is not the source tree of onput: name the folder that holds its go.mod", dir)
	case embedded == "":
		return "", errors.New("no function found: run this in the source tree of onput, name that with --dir, or use a released onput")
	}
	return "", nil
}
