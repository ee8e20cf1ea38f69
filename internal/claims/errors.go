package claims

import (
	"errors"
	"fmt"
	"strconv"

	"onput/process"
)

// Error says why a task was not submitted because of its claim.
type Error struct {
	Object process.Location // the claim
	Reason Reason
	text   string
	err    error // of the Store; nil where it had none
}

// Reason is why a claim did not let a task be submitted.
type Reason int

const (
	InProgress   Reason = iota + 1 // another delivery had the claim for as long as there was time to wait
	Unreachable                    // claims could not be read or written
	Unusable                       // the object is no log of claims, or full; somebody has to delete it
	Unidentified                   // the event does not tell its upload from others of the same key
)

// Permanent says whether a retry is of no use until somebody has changed something. Where the claims bucket cannot be
// reached it is not said to be permanent, even if permissions are missing: nothing is wrong with the task.
func (e *Error) Permanent() bool { return e.Reason == Unusable || e.Reason == Unidentified }

// Error names the claim, what is the matter with it, and the way out.
func (e *Error) Error() string { return "claim " + strconv.Quote(e.Object.String()) + ": " + e.text }

func (e *Error) Unwrap() error { return e.err }

// hasReason says whether err is an *Error with that reason.
func hasReason(err error, r Reason) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == r
}

// timeUsedUp returns the error of what was not tried again, trouble being why the last try failed, if it did.
func timeUsedUp(trouble error) error {
	if trouble == nil {
		return errTimeUsedUp
	}
	return fmt.Errorf("%w; %w", trouble, errTimeUsedUp)
}

var errTimeUsedUp = errors.New("the invocation's time was used up")

// inProgress is the error of a delivery that waited in vain. The holder's id comes out of the log, and so is quoted.
func (d *delivery) inProgress(holder *line) error {
	return &Error{Object: d.at, Reason: InProgress, text: "another delivery of the same upload, invocation " +
		strconv.Quote(clip(holder.Invocation, maxID)) + ", is about to submit the task, and did not end in the time there was; " +
		"a retry finds it submitted, or takes over"}
}

// late is the error of a delivery that could claim the task at last, with hardly any time left to submit it.
func (d *delivery) late() error {
	return &Error{Object: d.at, Reason: InProgress, text: "after waiting for other deliveries of the same upload there was too " +
		"little time left to submit the task; a retry does it"}
}

func (d *delivery) unreachable(err error) error {
	return &Error{Object: d.at, Reason: Unreachable, err: err, text: "it could not be read or written: " + err.Error() +
		" (the function's role needs oss:GetObject and oss:PutObject there)"}
}

func (d *delivery) unusable(err error) error {
	return &Error{Object: d.at, Reason: Unusable, err: err, text: "the object is no log of claims (" + err.Error() +
		"), so nothing was submitted; if it should not be there, delete it, and replay the event"}
}

func (d *delivery) full() error {
	return &Error{Object: d.at, Reason: Unusable, text: "the log is full: many deliveries claimed the task, and none could " +
		"submit it; delete it, and replay the event"}
}
