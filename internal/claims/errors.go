package claims

import (
	"errors"
	"fmt"
	"strconv"

	"onput/internal/text"
	"onput/process"
)

// Error reports that a task was not submitted, because of its claim.
type Error struct {
	Object process.Location // of the claim
	Reason Reason
	text   string
	err    error // of the Store, or nil
}

// Reason is the kind of an [Error].
type Reason int

const (
	InProgress   Reason = iota + 1 // another delivery owned the claim until there was no time left to wait
	Unreachable                    // claims could not be read or written
	Unusable                       // the object is not a claim log, or full; an operator has to delete it
	Unidentified                   // the event does not identify its upload among others of the same key
	OutOfTime                      // the invocation's time was over before the task could be submitted
)

// Permanent reports whether retries fail until an operator changes something.
// Unreachable is not permanent, even if a permission is missing, because nothing is wrong with the task.
func (e *Error) Permanent() bool { return e.Reason == Unusable || e.Reason == Unidentified }

// Error names the claim, the problem, and the remedy.
func (e *Error) Error() string { return "claim " + strconv.Quote(e.Object.String()) + ": " + e.text }

func (e *Error) Unwrap() error { return e.err }

// hasReason reports whether err is an [*Error] with reason r.
func hasReason(err error, r Reason) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Reason == r
}

// timeUsedUp returns the error of an operation that had no time for another attempt. failure is the error of the last
// attempt, or nil.
func timeUsedUp(failure error) error {
	if failure == nil {
		return errTimeUsedUp
	}
	return fmt.Errorf("%w; %w", failure, errTimeUsedUp)
}

var errTimeUsedUp = errors.New("the invocation's time was used up")

// errInProgress returns the error of a delivery that waited for another one until its time was over.
// The owner's id comes from the log, which is untrusted input.
func (d *delivery) errInProgress(owner *line) error {
	return &Error{Object: d.at, Reason: InProgress, text: "another delivery of the same upload, invocation " +
		strconv.Quote(text.Truncate(owner.Invocation, maxID)) + ", is about to submit the task and did not finish in time; " +
		"a retry finds it submitted, or takes over"}
}

// errTooLate returns the error of a delivery that may claim the task now, but has too little time left to submit it.
func (d *delivery) errTooLate() error {
	return &Error{Object: d.at, Reason: InProgress, text: "after waiting for other deliveries of the same upload there was too " +
		"little time left to submit the task; a retry submits it"}
}

// errOutOfTime returns the error of a delivery that made its claim too late, such as one whose instance was paused.
func (d *delivery) errOutOfTime() error {
	return &Error{Object: d.at, Reason: OutOfTime, text: errTimeUsedUp.Error() + " before the task was submitted; a retry submits it"}
}

func (d *delivery) errUnreachable(err error) error {
	return &Error{Object: d.at, Reason: Unreachable, err: err, text: "it could not be read or written: " + err.Error() +
		" (the function's role needs oss:GetObject and oss:PutObject there)"}
}

func (d *delivery) errUnusable(err error) error {
	return &Error{Object: d.at, Reason: Unusable, err: err, text: "the object is not a claim log (" + err.Error() +
		"), so nothing was submitted; if it should not be there, delete it, and replay the event"}
}

func (d *delivery) errFull() error {
	return &Error{Object: d.at, Reason: Unusable, text: "the log is full: many deliveries claimed the task, but none could " +
		"submit it; delete it, and replay the event"}
}
