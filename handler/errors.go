package handler

import (
	"errors"

	"onput/internal/event"
	"onput/internal/ossclient"
	"onput/internal/text"
)

// The errors that end an invocation. Function Compute shows the name of the Go type as errorType and the text as
// errorMessage, so each kind is a type, and each is returned as a pointer. The method Error of each bounds the text. If
// tasks of one invocation fail in different ways, the order of precedence is TransientError, TaskFailed, EventError,
// PermanentError.
type (
	EventError     = event.EventError         // the payload, or some of its records, are not OSS events; the other records have been handled
	SettingsError  = ossclient.SettingsError  // a setting of the function is invalid, so every invocation fails
	TransientError = ossclient.TransientError // a retry can help
	PermanentError = ossclient.PermanentError // no retry can help
)

// RulesError lists the problems of an invalid rule file. Every invocation returns it.
type RulesError struct {
	text string
	err  error
}

func (e *RulesError) Error() string { return text.Bound(e.text) }

// Unwrap returns the cause, [rules.Diagnostics] if the file could be read.
func (e *RulesError) Unwrap() error { return e.err }

// TaskFailed reports tasks that OSS took and could not finish. A retry of the invocation fails again; only a new submission
// can help.
type TaskFailed struct{ text string }

func (e *TaskFailed) Error() string { return text.Bound(e.text) }

// MemoryError reports an event for which the instance has too little memory. None of its tasks was submitted.
type MemoryError struct{ text string }

func (e *MemoryError) Error() string { return e.text }

// withText returns an error with another text: a [*TransientError] if err is one, else a [*PermanentError].
func withText(err error, message string) error {
	if t, ok := errors.AsType[*TransientError](err); ok {
		return &TransientError{Text: message, InDoubt: t.InDoubt}
	}
	return &PermanentError{Text: message}
}
