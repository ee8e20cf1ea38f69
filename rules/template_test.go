package rules

import (
	"testing"

	"pgregory.net/rapid"
)

// The short way to {dirname}/{barename} comes to the same as the long one.
func TestStem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "{dirname}/{barename}" + rapid.SampledFrom([]string{"", ".mp4", "/x", "/{ext}", "/{index}.png"}).Draw(t, "rest")
		short, wrong := parseTemplate(text, scope{oss: []string{"index"}})
		if wrong != nil || !short.stem {
			t.Fatal(text, wrong)
		}
		long := short
		long.stem = false
		for range 20 {
			u := &Upload{Key: rapid.StringOfN(rapid.RuneFrom([]rune("a./{}é")), 1, 8, -1).Draw(t, "key")}
			got, want := short.expand(&scene{u: u}, true), long.expand(&scene{u: u}, true)
			if got != want {
				t.Fatalf("%s of %q: %q, want %q", text, u.Key, got, want)
			}
		}
	})
}
