package claims

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	mathrand "math/rand/v2"
	"time"

	"onput/process"
)

// Settings is the part of a rule file that is about claims.
type Settings struct {
	Bucket    string // where claims are; "" for the bucket of the upload
	Prefix    string // of their keys: ".onput/"
	ByContent bool   // uploads of the same bytes to the same key are one upload
	Fire      bool   // where claims cannot be reached, submit without
}

// Claims claims tasks. It is safe for concurrent use.
type Claims struct {
	store    Store
	settings Settings

	now    func() time.Time // only ever compared with deadlines of contexts
	wait   func(context.Context, time.Duration) error
	jitter func() float64 // in [0, 1)
	token  func() string  // a different one each time, for ever
}

// New returns Claims that are kept in store.
func New(store Store, s Settings) *Claims {
	return &Claims{store: store, settings: s, now: time.Now, wait: wait, jitter: mathrand.Float64, token: rand.Text}
}

// Submit asks OSS to take a task. Its error says that OSS did not take it, or, where errors.Is finds ErrInDoubt, that it
// may have. It sends nothing once its context has ended: another delivery may have the task by then.
type Submit func(context.Context) (Receipt, error)

// Receipt is what identifies a submission that OSS took. Any of it may be missing.
type Receipt struct {
	TaskID           string `json:"taskId,omitempty"`
	EventID          string `json:"eventId,omitempty"`
	RequestID        string `json:"requestId,omitempty"`        // OSS's, of the submission
	ProcessRequestID string `json:"processRequestId,omitempty"` // IMM's
}

// Outcome is what became of a task.
type Outcome struct {
	Receipt   Receipt  // the submission's own; of a duplicate the first one's
	Duplicate bool     // another delivery submitted the task before; this one did not
	Warnings  []string // what did not go as it should, and what may come of it; also beside an error
}

// Do submits a task unless another delivery of the same upload has. It returns when OSS has taken the task and the claim
// says so; when another delivery is known to have got that far; or with an error, which is submit's own, as it is, or an
// *Error if submit was not called. While another delivery is about to submit the task, Do waits. It ends before the
// deadline of ctx, and without one after a minute.
//
// A panic of submit leaves the claim as that of an invocation that was killed.
func (c *Claims) Do(ctx context.Context, t Task, submit Submit) (Outcome, error) {
	at, err := c.location(&t)
	if err != nil {
		return Outcome{}, err
	}
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	d := &delivery{Claims: c, task: &t, at: at, token: c.token()}

	first, err := d.claim(ctx)
	switch {
	case first != nil:
		return Outcome{Receipt: *first, Duplicate: true}, nil
	case hasReason(err, Unreachable) && c.settings.Fire:
		receipt, failure := submit(ctx)
		return Outcome{Receipt: receipt, Warnings: []string{
			"not claimed, so that another delivery may fire the task again: " + err.Error(),
		}}, failure
	case err != nil:
		return Outcome{}, err
	}

	o := Outcome{}
	if o.Receipt, err = d.submit(ctx, submit); err != nil {
		if e := d.release(ctx, err); e != nil {
			o.Warnings = append(o.Warnings, "the claim stays until the time of this invocation has passed: "+e.Error())
		}
		return o, err
	}
	if e := d.record(ctx, o.Receipt); e != nil {
		o.Warnings = append(o.Warnings, "the task was submitted, and its claim does not say so: another delivery may fire it again: "+e.Error())
	}
	if t.Notify != "" {
		if e := d.leaveNote(ctx, o.Receipt); e != nil {
			o.Warnings = append(o.Warnings, "the completion message will not find its upload: "+e.Error())
		}
	}
	return o, nil
}

// delivery is one delivery of a task on its way through the protocol.
type delivery struct {
	*Claims
	task  *Task
	at    process.Location // the claim
	token string           // of the lines that this delivery writes
	end   int64            // where its own claim ends
}

// submit hands the task to OSS, and leaves time to record what came of it.
func (d *delivery) submit(ctx context.Context, submit Submit) (Receipt, error) {
	ctx, cancel := d.forSubmission(ctx)
	defer cancel()
	return submit(ctx)
}

// record says in the log that the task was submitted. It gives up only when ctx leaves no time: until the line is there,
// another delivery would fire the task again.
func (d *delivery) record(ctx context.Context, r Receipt) error {
	return d.write(ctx, math.MaxInt, line{State: submitted, Token: d.token, Receipt: Receipt{
		TaskID:           clip(r.TaskID, maxID),
		EventID:          clip(r.EventID, maxID),
		RequestID:        clip(r.RequestID, maxID),
		ProcessRequestID: clip(r.ProcessRequestID, maxID),
	}})
}

// release lets the next delivery try. Where the line does not get there, that one has to wait.
func (d *delivery) release(ctx context.Context, failure error) error {
	return d.write(ctx, maxTroubles, line{State: released, Token: d.token, InDoubt: errors.Is(failure, ErrInDoubt),
		Error: clip(failure.Error(), maxText)})
}
