package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"onput/internal/build"
)

// checkEarlierZip returns an error unless file is missing, or is a zip of a package.
func checkEarlierZip(file string) error {
	info, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		if z, err := zip.OpenReader(file); err == nil {
			defer z.Close()
			if slices.EqualFunc(z.File, packaged, func(f *zip.File, name string) bool { return f.Name == name }) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s was not made by onput package: move it away, or choose another file with --zip", file)
}

// writeZip writes the package in dir as a zip, which Function Compute unpacks to /code. It removes an incomplete zip. The
// function is executable in the zip, even if it comes from a file system without that bit.
func writeZip(file, dir string) error {
	var files []build.ZipFile
	for _, name := range packaged {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		f := build.ZipFile{Name: name, Mode: 0o644, Data: data}
		if name == packagedFunction {
			f.Mode = 0o755
		}
		files = append(files, f)
	}
	var b bytes.Buffer
	if err := build.WriteZip(&b, files); err != nil {
		return err
	}
	err := os.WriteFile(file, b.Bytes(), 0o666)
	if err != nil {
		os.Remove(file)
	}
	return err
}
