package claims

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	mathrand "math/rand/v2"
	"time"

	"onput/internal/clock"
	"onput/internal/text"
	"onput/process"
)

// Settings holds the claims section of a rule file.
type Settings struct {
	Bucket    string // of the claims; "" for the bucket of the upload
	Prefix    string // of the claims' keys, such as ".onput/"
	ByContent bool   // uploads of the same bytes to the same key count as one upload

	// SubmitUnclaimed submits a task without a claim if claims cannot be reached, and none of another delivery was read.
	SubmitUnclaimed bool
}

// Claimer claims tasks and submits them. It is safe for concurrent use.
type Claimer struct {
	store    Store
	settings Settings

	now    func() time.Time // compared with deadlines of contexts only
	wait   func(context.Context, time.Duration) error
	jitter func() float64 // in [0, 1)
	token  func() string  // returns a unique token
}

// New returns a Claimer that keeps the claims in store.
func New(store Store, s Settings) *Claimer {
	return &Claimer{store: store, settings: s, now: time.Now, wait: clock.Wait, jitter: mathrand.Float64, token: rand.Text}
}

// Submit asks OSS to take a task. If it fails, OSS did not take the task, or may have if the error is [ErrInDoubt].
// It must send nothing after its context has ended, because another delivery may own the task by then.
type Submit func(context.Context) (Receipt, error)

// Receipt holds the ids of a submission that OSS took. Any of them may be "".
type Receipt struct {
	TaskID           string `json:"taskId,omitempty"`
	EventID          string `json:"eventId,omitempty"`
	RequestID        string `json:"requestId,omitempty"`        // OSS's, of the submission
	ProcessRequestID string `json:"processRequestId,omitempty"` // IMM's
}

// Outcome reports how [Claimer.Do] ended.
type Outcome struct {
	Receipt   Receipt  // of this submission; for a duplicate, of the first one
	Duplicate bool     // another delivery submitted the task before; this one did not
	Warnings  []string // failures around the submission and their consequences; an error may come with warnings
}

// Do submits a task unless another delivery of the same upload has submitted it.
// It returns once the submission is recorded, by this delivery or another. While another delivery is about to submit the
// task, Do waits. It returns before the deadline of ctx, or after a minute if there is none.
//
// The error is the one that submit returned, or an [*Error] if submit was not called.
// If submit panics, the claim stays like the claim of an invocation that was killed.
func (c *Claimer) Do(ctx context.Context, t Task, submit Submit) (Outcome, error) {
	at, err := c.location(&t)
	if err != nil {
		return Outcome{}, err
	}
	ctx, cancel := c.withDeadline(ctx)
	defer cancel()
	d := &delivery{Claimer: c, task: &t, at: at, token: c.token()}

	first, err := d.claim(ctx)
	unclaimed := hasReason(err, Unreachable) && c.settings.SubmitUnclaimed && !d.sawOwner
	switch {
	case first != nil:
		return Outcome{Receipt: *first, Duplicate: true}, nil
	case (err == nil || unclaimed) && (ctx.Err() != nil || d.left(ctx) <= 0):
		return Outcome{}, d.errOutOfTime()
	case unclaimed:
		receipt, failure := submit(ctx)
		warning := "not claimed, so another delivery may fire the task again: " + err.Error()
		return Outcome{Receipt: receipt, Warnings: []string{warning}}, failure
	case err != nil:
		return Outcome{}, err
	}

	var o Outcome
	warn := func(consequence string, err error) {
		if err != nil {
			o.Warnings = append(o.Warnings, consequence+": "+err.Error())
		}
	}
	submission, end := d.forSubmission(ctx)
	o.Receipt, err = submit(submission)
	end()
	if err != nil {
		warn("the claim stays until the time of this invocation has passed", d.release(ctx, err))
		return o, err
	}
	warn("the task was submitted, and its claim does not say so: another delivery may fire it again", d.record(ctx, o.Receipt))
	if t.Notify != "" {
		warn("the completion message will not find its upload", d.leaveNote(ctx, o.Receipt))
	}
	return o, nil
}

// delivery is the state of one delivery of a task in the protocol.
type delivery struct {
	*Claimer
	task  *Task
	at    process.Location // of the claim
	token string           // of the lines that this delivery writes
	end   int64            // position after the line of its own claim

	sawOwner bool // the log showed that another delivery was about to submit the task
}

// record appends the line that the task was submitted. It retries as long as ctx has time left, because without the line
// another delivery fires the task again.
func (d *delivery) record(ctx context.Context, r Receipt) error {
	r.clean()
	return d.write(ctx, math.MaxInt, line{State: submitted, Token: d.token, Receipt: r})
}

// release appends the line that lets the next delivery claim the task at once. Without it, that delivery has to wait.
func (d *delivery) release(ctx context.Context, failure error) error {
	return d.write(ctx, maxFailures, line{State: released, Token: d.token, InDoubt: errors.Is(failure, ErrInDoubt),
		Error: text.Truncate(failure.Error(), maxText)})
}
