package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
)

// Every part works, and what it measures is shown. Times are nothing to test.
func TestEveryPart(t *testing.T) {
	r, err := measureAll(parts, smoke, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	report := r.report()
	for _, part := range []string{
		"| onput  ", "first pass", "gobwas/glob", "doublestar", "floor", "reading 1,000 rules", "decoding an event of 728 bytes",
		"an invocation", "first poll, 20 rules", "first answer, 100 rules", "go1, 1 at once", "custom, 200 at once",
	} {
		if !strings.Contains(report, part) {
			t.Errorf("the report does not tell of %q:\n%s", part, report)
		}
	}
	for _, s := range r.Cold {
		if s.Poll <= 0 || s.Answer < s.Poll {
			t.Errorf("%+v", s)
		}
	}
	for _, m := range r.Match {
		if m.Nothing.Allocs > m.Onput.Allocs {
			t.Errorf("%+v", m)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"-only", "mach"}, {"-what"}, {"more"}} {
		var stdout, stderr bytes.Buffer
		if err := run(args, &stdout, &stderr); err == nil || stdout.Len() > 0 {
			t.Errorf("%q: %v, %s", args, err, &stdout)
		}
	}
}

// What is shown is what was measured: the READMEs and the picture come from results.json and are not edited by hand.
func TestPublished(t *testing.T) {
	const remedy = "is not what results.json gives: cd bench && go run . -update"
	r, err := readResults()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range readmeFiles {
		if page, want, err := insert(file, r.section()); err != nil {
			t.Error(err)
		} else if page != want {
			t.Errorf("%s %s", file, remedy)
		}
	}
	shown, err := os.ReadFile(pictureFile)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := r.picture(); err != nil {
		t.Error(err)
	} else if !bytes.Equal(shown, want) {
		t.Errorf("%s %s", pictureFile, remedy)
	}
}
