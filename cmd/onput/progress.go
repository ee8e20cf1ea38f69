package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// progress is a bar in the last line of a terminal. A nil progress, of anything else than a terminal, shows nothing.
type progress struct {
	w     io.Writer
	total int
	drawn int // characters in the line
}

// newProgress returns a bar for so many steps, nil if w is no terminal, or one that cannot draw over a line.
func newProgress(w io.Writer, total int) *progress {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return nil
	}
	if info, err := f.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return &progress{w: w, total: total}
}

// show draws the bar after so many steps, with a remark behind it.
func (p *progress) show(done int, remark string) {
	if p == nil || p.total == 0 {
		return
	}
	const width = 30
	full := width * done / p.total
	line := fmt.Sprintf("[%s%s] %d of %d%s", strings.Repeat("#", full), strings.Repeat(".", width-full), done, p.total, remark)
	p.clear()
	fmt.Fprint(p.w, line)
	p.drawn = len(line)
}

// clear takes the bar away, so that something else can be printed.
func (p *progress) clear() {
	if p == nil || p.drawn == 0 {
		return
	}
	fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.drawn))
	p.drawn = 0
}
