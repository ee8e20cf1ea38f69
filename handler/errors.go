package handler

import (
	"errors"

	"onput/internal/event"
	"onput/internal/ossclient"
)

// The errors that end an invocation. Function Compute shows the name of the Go type as errorType and the text as
// errorMessage, so each kind is a type, and each is returned as a pointer. If tasks of one invocation fail in different
// ways, TransientError goes before TaskFailed before EventError before PermanentError.
type (
	// EventError says that the payload, or some of its records, are no OSS events. The uploads of the other records have
	// been handled.
	EventError = event.EventError

	// SettingsError is returned by every invocation while a setting of the function cannot be used.
	SettingsError = ossclient.SettingsError

	// TransientError says that a retry can help.
	TransientError = ossclient.TransientError

	// PermanentError says that no retry can help.
	PermanentError = ossclient.PermanentError
)

// RulesError is returned by every invocation while the rule file is at fault. Its text lists all problems.
type RulesError struct {
	text string
	err  error
}

func (e *RulesError) Error() string { return e.text }

// Unwrap returns the cause, [rules.Diagnostics] if the file could be read.
func (e *RulesError) Unwrap() error { return e.err }

// TaskFailed says that OSS took a task and could not finish it. A retry of the invocation says the same again; only a new
// submission can help.
type TaskFailed struct{ text string }

func (e *TaskFailed) Error() string { return e.text }

// withText returns an error with another text: a [*TransientError] if err is one, else a [*PermanentError].
func withText(err error, text string) error {
	if t, ok := errors.AsType[*TransientError](err); ok {
		return &TransientError{Text: text, InDoubt: t.InDoubt}
	}
	return &PermanentError{Text: text}
}
