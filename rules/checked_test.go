package rules

import (
	"strings"
	"testing"
)

// A digest spares the proof for exactly the file and the environment that it was made of.
func TestChecked(t *testing.T) {
	// What a loop would be, if sources did not exclude it.
	const file = `
version: 1
sources: ["${env('CHECKED_SOURCE')}/in/"]
rules:
  - {name: a, match: "*.mp4", process: "video/convert,f_mp4", target: {bucket: dst, key: "in/{key}"}}
`
	parse := func(file, source, digest string) (*Set, error) {
		t.Setenv("CHECKED_SOURCE", source)
		return ParseChecked("rules.yaml", []byte(file), digest)
	}
	s, err := parse(file, "src", "")
	if err != nil {
		t.Fatal(err)
	}
	if digest := s.Checked(); len(digest) != 64 {
		t.Errorf("digest %q", digest)
	}
	again, err := parse(file, "src", s.Checked())
	if err != nil || again.Checked() != s.Checked() {
		t.Errorf("the same file: %v", err)
	}
	if len(again.Match(&Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: "in/a.mp4", Size: 1})) != 1 {
		t.Error("the file that was not proved does not match")
	}
	for _, tt := range []struct{ what, file, source string }{
		{"another environment", file, "dst"},
		{"another file", strings.Replace(file, "bucket: dst", "bucket: src", 1), "src"},
	} {
		if _, err := parse(tt.file, tt.source, s.Checked()); err == nil || !strings.Contains(err.Error(), "[loop]") {
			t.Errorf("%s: %v", tt.what, err)
		}
	}
}

// With the digest, the proof is not made: a file that would be refused passes. That is why the digest is nobody's but the
// file's that has passed.
func TestCheckedSparesTheProof(t *testing.T) {
	const looping = "version: 1\nrules:\n  - {name: a, match: \"*.mp4\", process: \"video/convert,f_mp4\", target: \"{key}\"}\n"
	if _, err := Parse("rules.yaml", []byte(looping)); err == nil {
		t.Fatal("the file does not loop")
	}
	forged := newDocument("rules.yaml", looping).digest()
	if _, err := ParseChecked("rules.yaml", []byte(looping), forged); err != nil {
		t.Error(err)
	}
}
