package main

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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
// returns "" if this onput holds the function, and is run elsewhere or without Go.
func sourceTree(dir string, s *streams) (string, error) {
	tree := cmp.Or(dir, ".")
	module, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	firstLine, _, _ := strings.Cut(string(module), "\n")
	inTree := err == nil && strings.TrimSpace(firstLine) == "module onput"
	_, noGo := exec.LookPath("go")
	switch {
	case inTree && noGo == nil:
		return tree, nil
	case inTree && (dir != "" || embedded == ""):
		return "", fmt.Errorf("%s is onput's source tree, which is built with Go: install Go, or run a released onput in another folder", cmp.Or(dir, "this folder"))
	case inTree:
		fmt.Fprintln(s.err, "onput: there is no Go to build this source tree with: the function is the one inside this onput")
	case dir != "":
		return "", fmt.Errorf("%s is not the source tree of onput: name the folder that holds its go.mod", dir)
	case embedded == "":
		return "", errors.New("no function found: run this in the source tree of onput, name that with --dir, or use a released onput")
	}
	return "", nil
}
