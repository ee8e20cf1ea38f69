package build

import (
	"archive/zip"
	"compress/flate"
	"io"
	"io/fs"
	"time"
)

// ZipTime is the modification time of every file in a zip: the first that a zip can hold.
var ZipTime = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// ZipFile is a file to put into a zip.
type ZipFile struct {
	Name string
	Mode fs.FileMode
	Data []byte
}

// WriteZip writes files as a zip, the same bytes on any machine.
func WriteZip(w io.Writer, files []ZipFile) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	for _, f := range files {
		header := &zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: ZipTime}
		header.SetMode(f.Mode)
		w, err := z.CreateHeader(header)
		if err != nil {
			return err
		}
		if _, err := w.Write(f.Data); err != nil {
			return err
		}
	}
	return z.Close()
}

// EmbeddedFunction returns the name of the function for a system in the zip that a released onput holds.
func EmbeddedFunction(goos, goarch string) string { return goos + "-" + goarch + "/main" }

// EmbeddedSamples is the folder of the samples of onput run in that zip, and Samples their folder in the source tree.
const (
	EmbeddedSamples = "samples"
	Samples         = "testdata/samples"
)
