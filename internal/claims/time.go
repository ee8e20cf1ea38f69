package claims

import (
	"context"
	"errors"
	"time"
)

// Time. An invocation has a deadline, and claims are about who may still do something before it: so everything that
// takes time is measured against it here.
const (
	withoutDeadline = time.Minute            // the time of a context that has no deadline
	firstPause      = 100 * time.Millisecond // before reading a log again; doubled each time
	maxPause        = 2 * time.Second
	maxRequest      = 5 * time.Second        // of one request for a claim
	leastTime       = 100 * time.Millisecond // with less than this left nothing more is tried
	enoughTime      = time.Second            // with less than this left a task that was waited for is not claimed: the submission's answer would hardly come in time
	maxRecordTime   = time.Second            // what submitting leaves for the record
)

// bounded returns a context with a deadline, so that the claims that are made with it end some time.
func (c *Claims) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); !ok {
		return context.WithDeadline(ctx, c.now().Add(withoutDeadline))
	}
	return context.WithDeadline(ctx, c.now().Add(maxLeft)) // an earlier deadline stays
}

// left returns how much time ctx leaves.
func (c *Claims) left(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	return deadline.Sub(c.now())
}

// milliseconds is left as a claim has it: rounded up, so that no claim ends before its owner's time.
func (c *Claims) milliseconds(ctx context.Context) int64 {
	return int64(max(0, c.left(ctx)+time.Millisecond-1) / time.Millisecond)
}

// forRequest returns the context of one request for a claim: one that hangs leaves time for another. Where the request's
// own time ends it, that is the context's cause.
func (c *Claims) forRequest(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := min(maxRequest, c.left(ctx)/3)
	return context.WithDeadlineCause(ctx, c.now().Add(limit), errNoAnswer)
}

var errNoAnswer = errors.New("the time that a request for a claim may take was used up")

// forSubmission returns the context of the submission: one that hangs leaves time to say so in the log.
func (c *Claims) forSubmission(ctx context.Context) (context.Context, context.CancelFunc) {
	left := c.left(ctx)
	return context.WithDeadline(ctx, c.now().Add(left-min(left/10, maxRecordTime)))
}

// pause waits before something is tried again for the nth time, from 1: exponentially, with equal jitter, so that
// deliveries that wait for the same claim do not stay in step. Towards the deadline pauses get shorter. It returns false
// where there is no time for another try.
func (c *Claims) pause(ctx context.Context, n int) bool {
	left := c.left(ctx)
	if left < leastTime {
		return false
	}
	half := min(firstPause<<min(n-1, 10), maxPause) / 2
	return c.wait(ctx, min(half+time.Duration(c.jitter()*float64(half)), left/2)) == nil
}

// wait waits for d, or until ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
