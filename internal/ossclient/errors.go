package ossclient

import (
	"onput/internal/claims"
	"onput/internal/text"
)

// Function Compute shows the name of an error's Go type as errorType, and its text as errorMessage, which the method Error of
// each type bounds.

// SettingsError reports an environment variable of the function whose value is invalid.
type SettingsError struct {
	Setting string // "ONPUT_MODE"
	Value   string // its value; "" if that may hold a password
	Want    string // the values that it takes
}

func (e *SettingsError) Error() string {
	if e.Value == "" {
		return e.Setting + " is not understood; want " + e.Want
	}
	return e.Setting + " is " + text.Excerpt(e.Value) + "; want " + e.Want
}

// TransientError reports a failure that a retry can mend: OSS refused for now, did not answer, or the time was used up.
type TransientError struct {
	Text    string
	InDoubt bool // a request went out, and OSS may have taken it: a retry may repeat it
}

func (e *TransientError) Error() string { return text.Bound(e.Text) }

// Is makes an error that is in doubt match [claims.ErrInDoubt].
func (e *TransientError) Is(target error) bool { return e.InDoubt && target == claims.ErrInDoubt }

// PermanentError reports a failure that no retry can mend: OSS rejected the request, or it could not be sent at all.
type PermanentError struct{ Text string }

func (e *PermanentError) Error() string { return text.Bound(e.Text) }
