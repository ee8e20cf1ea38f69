package main

import (
	"bytes"
	"strings"
	"testing"
)

// Without Go, only an onput that holds the function can do without the source tree that it is run in.
func TestSourceTreeWithoutGo(t *testing.T) {
	t.Chdir(root)
	t.Setenv("PATH", t.TempDir())
	for _, tt := range []struct{ embedded, dir, err, stderr string }{
		{"", "", "install Go, or run a released onput in another folder", ""},
		{"zip", "", "", "the function is the one inside this onput"},
		{"zip", ".", "install Go", ""},
	} {
		earlier := embedded
		embedded = tt.embedded
		var stderr bytes.Buffer
		tree, err := sourceTree(tt.dir, &streams{err: &stderr})
		embedded = earlier
		if tree != "" || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("embedded %q, --dir %q: %q, %v", tt.embedded, tt.dir, tree, err)
		}
		if tt.stderr == "" && stderr.Len() > 0 || !strings.Contains(stderr.String(), tt.stderr) || strings.Count(stderr.String(), "\n") > 1 {
			t.Errorf("embedded %q, --dir %q: it says %q", tt.embedded, tt.dir, &stderr)
		}
	}
}
