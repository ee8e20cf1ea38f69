//go:build ignore

// Command generate writes the data of package timezone, from the zones that come with Go. It leaves out what clocks did before
// 2020, which is nine tenths of the data: uploads are newer.
package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	if err := generate(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func generate(file string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return err
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return err
	}
	defer archive.Close()
	names := map[string][]string{} // by data
	for _, f := range archive.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if data, err = recent(data); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		names[string(data)] = append(names[string(data)], f.Name)
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	var all []string
	for data := range names {
		all = append(all, data)
	}
	slices.Sort(all) // like next to like
	for _, data := range all {
		fmt.Fprintf(w, "%s %d\n%s", strings.Join(names[data], " "), len(data), data)
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

// header is the header of each block in the format of tzfile(5).
type header struct {
	Magic                                          [4]byte
	Version                                        byte
	_                                              [15]byte
	UTCLocal, StdWall, Leap, Time, Type, CharCount uint32
}

// size returns the length of the block after a header, whose times have some bytes.
func (h *header) size(timeBytes uint32) int {
	return int(h.Time*timeBytes + h.Time + h.Type*6 + h.CharCount + h.Leap*(timeBytes+4) + h.StdWall + h.UTCLocal)
}

// recent returns the data of a zone without the transitions before 2020, apart from the last.
//
// https://www.rfc-editor.org/rfc/rfc8536
func recent(data []byte) ([]byte, error) {
	r := bytes.NewReader(data)
	var v1, v2 header
	if err := binary.Read(r, binary.BigEndian, &v1); err != nil {
		return nil, err
	}
	r.Seek(int64(v1.size(4)), io.SeekCurrent)
	if err := binary.Read(r, binary.BigEndian, &v2); err != nil {
		return nil, err
	}
	if v2.Leap+v2.StdWall+v2.UTCLocal != 0 || v2.Version < '2' {
		return nil, errors.New("leap seconds or indicators, which are not expected here")
	}
	times := make([]int64, v2.Time)
	types := make([]byte, v2.Time)
	if err := errors.Join(binary.Read(r, binary.BigEndian, times), binary.Read(r, binary.BigEndian, types)); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	first, _ := slices.BinarySearch(times, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	first = max(first-1, 0)
	times, types = times[min(first, len(times)):], types[min(first, len(types)):]
	v1 = header{Magic: v2.Magic, Version: v2.Version}
	v2.Time = uint32(len(times))
	var out bytes.Buffer
	for _, part := range []any{v1, v2, times, types, rest} {
		if err := binary.Write(&out, binary.BigEndian, part); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}
