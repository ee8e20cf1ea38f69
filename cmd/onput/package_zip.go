package main

import (
	"bytes"
	"os"
	"path/filepath"

	"onput/internal/build"
)

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
