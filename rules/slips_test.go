package rules

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestSlips reads testdata/slips.txt, whose lines are those of testdata/misread.txt with the code before the message. A line has one
// message, with the remedy for this very text.
func TestSlips(t *testing.T) {
	src, err := os.ReadFile("testdata/slips.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		fields, want, _ := strings.Cut(strings.TrimSpace(line), " -> [")
		code, want, ok := strings.Cut(want, "] ")
		if !ok {
			t.Fatal(line)
		}
		s, err := Parse("rules.yaml", []byte(misreadFile(t, fields)))
		var found Diagnostics
		if !errors.As(err, &found) {
			found = s.Warnings()
		}
		if len(found) != 1 || found[0].Code != code || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: got %v", line, found)
		}
	}
}
