package handler

import "onput/internal/claims"

// The errors that end an invocation. Function Compute shows the name of the Go type as errorType and the text as
// errorMessage, so each kind is a type, and each is returned as a pointer. Where tasks of one invocation fail in
// different ways, TransientError goes before TaskFailed before EventError before PermanentError.

// EventError is returned where the payload, or some of its records, is no OSS event. Its text says what was found and
// what is expected. The uploads of the other records have been handled.
type EventError struct{ text string }

func (e *EventError) Error() string { return e.text }

// RulesError is returned by every invocation while the rule file is at fault. Its text is all that is wrong with it.
type RulesError struct {
	text string
	err  error
}

func (e *RulesError) Error() string { return e.text }

// Unwrap returns the rules.Diagnostics, where there are any.
func (e *RulesError) Unwrap() error { return e.err }

// SettingsError is returned by every invocation while an environment variable of the function has a value that cannot be
// used.
type SettingsError struct {
	Setting string // "ONPUT_MODE"
	Value   string // what it is set to; "" where that may hold a password
	Want    string // what it can be set to
}

func (e *SettingsError) Error() string {
	if e.Value == "" {
		return e.Setting + " is not understood; want " + e.Want
	}
	return e.Setting + " is " + excerpt(e.Value) + "; want " + e.Want
}

// TransientError is returned where a retry can help: OSS refused for now, did not answer, or the time was used up.
type TransientError struct {
	text string

	// InDoubt says that a request went out and OSS may have taken it: a retry may fire the task a second time.
	InDoubt bool
}

func (e *TransientError) Error() string { return e.text }

// Is says that the error is claims.ErrInDoubt where it leaves in doubt whether OSS took a request.
func (e *TransientError) Is(target error) bool { return e.InDoubt && target == claims.ErrInDoubt }

// PermanentError is returned where no retry can help: OSS rejected the request, or the task could not be sent at all.
type PermanentError struct{ text string }

func (e *PermanentError) Error() string { return e.text }

// TaskFailed is returned where a completion message says that OSS took a task and could not finish it. A retry of the
// invocation says the same again; only a new submission could help.
type TaskFailed struct{ text string }

func (e *TaskFailed) Error() string { return e.text }
