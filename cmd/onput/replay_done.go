package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"onput/internal/text"
)

// The log of --done has a line for each failure from a file that was replayed: its id and its origin.

// openDone reads the log, and opens it for writing if tasks are fired.
func (r *replay) openDone() error {
	r.done = map[string]bool{}
	if r.Done == "" {
		return nil
	}
	flags := os.O_RDONLY
	if r.Yes {
		flags = os.O_RDWR | os.O_CREATE | os.O_APPEND
	}
	f, err := os.OpenFile(r.Done, flags, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was replayed yet
	}
	if err != nil {
		return err
	}
	r.doneLog = f
	data, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		id, _, _ := strings.Cut(line, " ")
		r.done[id] = true
	}
	if r.Yes && len(data) > 0 && data[len(data)-1] != '\n' {
		_, err = f.WriteString("\n")
	}
	return err
}

// logDone adds a failure to the log, if there is one.
func (r *replay) logDone(f *failure) error {
	if r.doneLog == nil {
		return nil
	}
	// A single write, so that a line is either complete or missing.
	if _, err := fmt.Fprintf(r.doneLog, "%s %s\n", f.id, text.Printable(f.origin)); err != nil {
		return fmt.Errorf("%s: %w", f.origin, err)
	}
	return nil
}
