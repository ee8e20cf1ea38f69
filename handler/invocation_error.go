package handler

import (
	"errors"
	"fmt"
	"strings"

	"onput/internal/text"
)

// maxErrorLine bounds the bytes of one task in the error that ends an invocation. The log has every task in full.
const maxErrorLine = 600

// failureList lists failed tasks for an error, one a line.
type failureList struct {
	title string   // " tasks failed:", after the numbers
	of    int      // tasks, failed or not
	total int      // that failed
	lines []string // of the first ones, up to [text.MaxError] bytes
	size  int      // bytes of lines
}

func (l *failureList) add(line string) {
	l.total++
	if l.size < text.MaxError {
		l.lines = append(l.lines, line)
		l.size += len(line)
	}
}

// text returns the list in at most room bytes. It counts the tasks for which there is no room.
func (l *failureList) text(room int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d%s", l.total, l.of, l.title)
	for i, line := range l.lines {
		more := fmt.Sprintf("\nand %d more, all in the log", l.total-i)
		if last := i == l.total-1; b.Len()+1+len(line) > room || !last && b.Len()+1+len(line)+len(more) > room {
			return b.String() + more
		}
		b.WriteString("\n" + line)
	}
	if more := l.total - len(l.lines); more > 0 {
		fmt.Fprintf(&b, "\nand %d more, all in the log", more)
	}
	return b.String()
}

// invocationError returns the error that ends the invocation, or nil if every record was decoded and no task failed, here or
// in OSS. An error of an unknown type counts as transient, since a needless retry costs less than a lost task.
func invocationError(jobs []job, decoding error, finished failureList) error {
	failures := failureList{title: " tasks failed:", of: len(jobs)}
	transient, inDoubt := false, false
	for i := range jobs {
		err := jobs[i].err
		if err == nil {
			continue
		}
		failures.add(text.Truncate(err.Error(), maxErrorLine))
		if t, ok := errors.AsType[*TransientError](err); ok {
			inDoubt = inDoubt || t.InDoubt
		}
		_, permanent := errors.AsType[*PermanentError](err)
		transient = transient || !permanent
	}
	if failures.total+finished.total == 0 {
		return decoding
	}
	room := text.MaxError
	var decodingText []string
	if decoding != nil {
		decodingText = []string{decoding.Error()}
		room -= len(decodingText[0]) + 1
	}
	if failures.total > 0 && finished.total > 0 {
		room = room/2 - 1
	}
	var parts []string
	if failures.total > 0 {
		parts = append(parts, failures.text(room))
	}
	parts = append(parts, decodingText...)
	if finished.total > 0 {
		parts = append(parts, finished.text(room))
	}
	message := strings.Join(parts, "\n")
	switch {
	case transient:
		return &TransientError{Text: message, InDoubt: inDoubt}
	case finished.total > 0:
		return &TaskFailed{text: message}
	case decoding != nil:
		return &EventError{Text: message}
	}
	return &PermanentError{Text: message}
}
