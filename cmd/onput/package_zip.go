package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"onput/internal/build"
	"onput/rules"
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
			if slices.EqualFunc(z.File, packaged, func(f *zip.File, name string) bool { return f.Name == name }) && sealed(z.File[1]) {
				return nil
			}
		}
	}
	return fmt.Errorf("%s was not made by onput package: move it away, or choose another file with --zip", file)
}

// sealed reports whether a file of a zip is a rule file with a seal.
func sealed(f *zip.File) bool {
	in, err := f.Open()
	if err != nil {
		return false
	}
	defer in.Close()
	src, err := io.ReadAll(io.LimitReader(in, maxPacked))
	return err == nil && rules.IsSealed(src)
}

// writeZip writes the package in dir as a zip, which Function Compute unpacks to /code. An earlier one stays
// until the new one is complete. The function is executable in the zip, even if it comes from a file system without that bit.
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
	temp, err := os.MkdirTemp(filepath.Dir(file), ".onput-package-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	complete := filepath.Join(temp, filepath.Base(file))
	if err := os.WriteFile(complete, b.Bytes(), 0o666); err != nil {
		return err
	}
	return os.Rename(complete, file)
}
