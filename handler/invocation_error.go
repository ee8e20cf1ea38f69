package handler

import (
	"errors"
	"strconv"
	"strings"

	"onput/internal/text"
)

// Bounds of the error that ends an invocation. Function Compute sends it to the onFailure destination together with the
// event, and a message of SMQ holds 64 KB. The answer and the log have every task in full.
const (
	maxErrorLine = 600      // bytes of one task
	maxErrorText = 16 << 10 // bytes of all tasks, about
)

// failureList is the text of an error that lists tasks, one a line. It lists about [maxErrorText] bytes and counts the rest.
type failureList struct {
	lines         strings.Builder
	total, listed int
}

func (l *failureList) add(line string) {
	l.total++
	if l.lines.Len() < maxErrorText {
		l.listed++
		l.lines.WriteString("\n" + line)
	}
}

// String returns the lines, each after a line break.
func (l *failureList) String() string {
	if more := l.total - l.listed; more > 0 {
		return l.lines.String() + "\nand " + strconv.Itoa(more) + " more, all in the log"
	}
	return l.lines.String()
}

// invocationError returns the error that ends the invocation, or nil if every record was decoded and no task failed. An
// error of an unknown type counts as transient, since a needless retry costs less than a lost task.
func invocationError(jobs []job, decoding error) error {
	var failures failureList
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
	if failures.total == 0 {
		return decoding
	}
	message := strconv.Itoa(failures.total) + " of " + strconv.Itoa(len(jobs)) + " tasks failed:" + failures.String()
	if decoding != nil {
		message += "\n" + decoding.Error()
	}
	switch {
	case transient:
		return &TransientError{Text: message, InDoubt: inDoubt}
	case decoding != nil:
		return &EventError{Text: message}
	}
	return &PermanentError{Text: message}
}

// joinTaskFailures joins the error of an invocation with the tasks that failed in OSS. A *TransientError keeps its type,
// since a retry can help.
func joinTaskFailures(err error, failed *TaskFailed) error {
	switch {
	case failed == nil:
		return err
	case err == nil:
		return failed
	}
	message := err.Error() + "\n" + failed.text
	if transient, ok := errors.AsType[*TransientError](err); ok {
		return &TransientError{Text: message, InDoubt: transient.InDoubt}
	}
	return &TaskFailed{text: message}
}
