package rules

import (
	"strings"
	"testing"
)

// A seal is valid only for the file and the environment variables that it was computed from.
func TestSeal(t *testing.T) {
	// It would be a loop if sources did not exclude the target.
	const file = `
version: 1
sources: ["${env('CHECKED_SOURCE')}/in/"]
rules:
  - {name: a, match: "*.mp4", process: "video/convert,f_mp4", target: {bucket: dst, key: "in/{key}"}}
`
	parse := func(file, source string) (*Set, error) {
		t.Setenv("CHECKED_SOURCE", source)
		return parseSealed("rules.yaml", []byte(file))
	}
	s, err := parse(file, "src")
	if err != nil {
		t.Fatal(err)
	}
	again, err := parse(file+s.Seal(), "src")
	if err != nil || again.Seal() != s.Seal() {
		t.Errorf("the same file: %v", err)
	}
	if len(again.Match(&Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: "in/a.mp4", Size: 1})) != 1 {
		t.Error("the file that was not proved does not match")
	}
	for _, tt := range []struct{ what, file, source string }{
		{"another environment", file + s.Seal(), "dst"},
		{"another file", strings.Replace(file, "bucket: dst", "bucket: src", 1) + s.Seal(), "src"},
		{"something after the seal", strings.Replace(file, "bucket: dst", "bucket: src", 1) + s.Seal() + "\n", "src"},
	} {
		if _, err := parse(tt.file, tt.source); err == nil || !strings.Contains(err.Error(), "[loop]") {
			t.Errorf("%s: %v", tt.what, err)
		}
	}
}

// With a seal the loop check is skipped, so a file with a loop passes. Only TrustSeal accepts a seal.
func TestSealSparesTheProof(t *testing.T) {
	const looping = "version: 1\nrules:\n  - {name: a, match: \"*.mp4\", process: \"video/convert,f_mp4\", target: \"{key}\"}\n"
	if _, err := parseSealed("rules.yaml", []byte(looping)); err == nil {
		t.Fatal("the file does not loop")
	}
	forged := looping + sealHead + digest(looping, nil) + "\n"
	if _, err := parseSealed("rules.yaml", []byte(forged)); err != nil {
		t.Error(err)
	}
	if _, err := Parse("rules.yaml", []byte(forged)); err == nil || !strings.Contains(err.Error(), "[loop]") {
		t.Errorf("Parse believes the seal: %v", err)
	}
}

func TestUnsealed(t *testing.T) {
	seal := sealHead + strings.Repeat("0", 64) + "\n"
	for _, tt := range []struct{ src, want string }{
		{"", ""},
		{"a", "a\n"},
		{"a\n", "a\n"},
		{"a\n" + seal, "a\n"},
		{"a\n" + seal + seal, "a\n" + seal}, // one is removed, and the digest of the other is no longer right
		{seal, ""},
		{"\ufeffa\n" + seal, "\ufeffa\n"},
		{"a\n" + strings.TrimSuffix(seal, "\n"), "a\n" + seal}, // incomplete
		{"a\n" + sealHead + "0\n", "a\n" + sealHead + "0\n"},
		{"a " + seal, "a " + seal},
	} {
		src := []byte(tt.src)
		if got := string(Unsealed(src)); got != tt.want || string(src) != tt.src {
			t.Errorf("%q: got %q, want %q; the file itself is now %q", tt.src, got, tt.want, src)
		}
	}
}

// parseSealed loads a file like the function does.
func parseSealed(filename string, src []byte) (*Set, error) {
	file, err := Load(filename, src, Options{SetOnly: true, TrustSeal: true})
	if err != nil {
		return nil, err
	}
	return file.Set, nil
}
