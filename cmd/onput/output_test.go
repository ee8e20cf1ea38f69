package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A bar shows its steps, is blanked by Clear, and draws nothing if it is not visible.
func TestProgressBar(t *testing.T) {
	var screen strings.Builder
	bar := newProgressBar(&screen, 4, true)
	bar.Set(1)
	bar.Describe("1 task failed")
	bar.Set(3)
	bar.Clear()
	if !regexp.MustCompile(`^[^\r]*\r[^\r]*1/4.*\r1 task failed .*3/4[^\r]*\r +\r$`).MatchString(screen.String()) {
		t.Errorf("%q", screen.String())
	}
	screen.Reset()
	bar = newProgressBar(&screen, 4, false)
	bar.Set(1)
	bar.Describe("1 task failed")
	bar.Clear()
	if screen.Len() > 0 {
		t.Errorf("an invisible bar draws %q", screen.String())
	}
}

func TestIsTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if isTerminal(file) || isTerminal(&strings.Builder{}) {
		t.Error("a file is taken for a terminal")
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		skipWithout(t, "/dev/ptmx, a terminal to try", err)
	}
	defer terminal.Close()
	if !isTerminal(terminal) {
		t.Error("a terminal is not recognized")
	}
	t.Setenv("TERM", "dumb")
	if isTerminal(terminal) {
		t.Error("a dumb terminal is taken for one that can draw over a line")
	}
}
