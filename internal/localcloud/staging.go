package localcloud

import (
	"crypto/md5"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"os"
	"path/filepath"
)

// stagedFile is received content that belongs to no object yet.
type stagedFile struct {
	path string
	size int64
	md5  []byte
	crc  uint64
}

func (p *stagedFile) etag() string { return fmt.Sprintf("%X", p.md5) }

func (p *stagedFile) remove() { os.Remove(p.path) }

// stageFile writes r to a new file.
func (s *store) stageFile(r io.Reader) (*stagedFile, error) {
	f, err := os.CreateTemp(filepath.Join(s.dir, stagingDir), "upload-*")
	if err != nil {
		return nil, err
	}
	sum, crc := md5.New(), crc64.New(crcTable)
	n, err := io.Copy(io.MultiWriter(f, sum, crc), r)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return nil, err
	}
	return &stagedFile{path: f.Name(), size: n, md5: sum.Sum(nil), crc: crc.Sum64()}, nil
}

// join stages the concatenation of parts.
func (s *store) join(parts []*stagedFile) (*stagedFile, error) {
	var readers []io.Reader
	for _, p := range parts {
		f, err := os.Open(p.path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		readers = append(readers, f)
	}
	return s.stageFile(io.MultiReader(readers...))
}
