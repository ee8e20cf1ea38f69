package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onput/internal/event"
	"onput/internal/serverlessdevs"
	"onput/rules"
)

// blanks is an endless input, and counts the bytes that are read of it.
type blanks struct{ read int }

func (b *blanks) Read(p []byte) (int, error) {
	if b.read > 100<<20 { // more than any command may read
		return 0, io.ErrUnexpectedEOF
	}
	for i := range p {
		p[i] = ' '
	}
	b.read += len(p)
	return len(p), nil
}

// A command reads no more of a file than it may have.
func TestTooLarge(t *testing.T) {
	dir := t.TempDir()
	sparse := func(name string, size int64) string {
		path := filepath.Join(dir, name)
		file, err := os.Create(path)
		if err == nil {
			err = file.Truncate(size)
		}
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		return path
	}
	good, deployment := filepath.Join(root, "rules", "rules.yaml"), sparse("s.yaml", serverlessdevs.MaxFile+1)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"check", "-"}, "- is too large: at most 67108864 bytes are read"},
		{[]string{"check", sparse("rules.yaml", rules.MaxFile+1)}, "rules.yaml is too large: at most 67108864 bytes are read"},
		{[]string{"package", "--dir", root, "--rules", sparse("p.yaml", maxPacked+1), "--out", filepath.Join(dir, "target")}, "p.yaml is too large: at most 67109888 bytes are read"},
		{[]string{"check", good, "--s", deployment}, "s.yaml is too large: at most 1048576 bytes are read"},
		{[]string{"policy", good, "--s", deployment}, "s.yaml is too large: at most 1048576 bytes are read"},
		{[]string{"explain", sparse("event.json", event.MaxPayload+1), good}, "event.json is too large: at most 10485760 bytes are read"},
		{[]string{"replay", "--rules", good, "--done", sparse("done", maxInput+1), filepath.Join(root, "rules", "rules.yaml")}, "done is too large: at most 67108864 bytes are read"},
		{[]string{"replay", "--rules", good, "--done", dir, filepath.Join(root, "rules", "rules.yaml")}, " is not a regular file: give a file that keeps what is written to it"},
		{[]string{"replay", "--rules", filepath.Join(dir, "rules.yaml"), good}, "rules.yaml is too large: at most 67108864 bytes are read"},
		{[]string{"replay", "--rules", good, "-"}, "-: the files have more than 64 MiB together"},
	} {
		in := new(blanks)
		var out, errs bytes.Buffer
		if status := run(tt.args, &streams{in, &out, &errs}); status != exitFailed || !strings.Contains(errs.String(), tt.want) {
			t.Errorf("%q: status %d, %s; want %s", tt.args, status, &errs, tt.want)
		}
		if in.read > 80<<20 {
			t.Errorf("%q: %d bytes were read", tt.args, in.read)
		}
	}
}
