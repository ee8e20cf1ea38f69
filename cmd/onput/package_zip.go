package main

import (
	"archive/zip"
	"compress/flate"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Function Compute unpacks the zip to /code. The same package gives the same bytes on any machine, so times, owners and modes
// are fixed. The function is executable in the zip, even if it comes from a file system without that bit.

// zipTime is the modification time of every file in a zip: the first that a zip can hold.
var zipTime = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// writeZip writes the package in dir as a zip. It removes an incomplete zip.
func writeZip(file, dir string) (err error) {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(file)
		}
	}()
	z := zip.NewWriter(f)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, name := range packaged {
		if err := addFile(z, name, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return z.Close()
}

// addFile adds a file of the package to the zip.
func addFile(z *zip.Writer, name, path string) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipTime}
	header.SetMode(0o644)
	if name == packagedFunction {
		header.SetMode(0o755)
	}
	w, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
