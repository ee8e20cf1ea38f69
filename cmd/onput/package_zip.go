package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Function Compute unpacks the zip to /code. The same package gives the same bytes on any machine, so times, owners and modes
// are fixed. The function is executable in the zip, even if it comes from a file system without that bit.

// zipTime is the modification time of every file in a zip: the first that a zip can hold.
var zipTime = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

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

// writeZip writes the package in dir as a zip. It removes an incomplete zip.
func writeZip(file, dir string) error {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, name := range packaged {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipTime}
		header.SetMode(0o644)
		if name == packagedFunction {
			header.SetMode(0o755)
		}
		w, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	err := os.WriteFile(file, b.Bytes(), 0o666)
	if err != nil {
		os.Remove(file)
	}
	return err
}
