package claims

import (
	"context"
	"errors"
	"time"

	"onput/internal/clock"
)

// Limits on time. All are measured against the deadline of the invocation.
const (
	defaultTimeout = time.Minute            // if a context has no deadline
	firstPause     = 100 * time.Millisecond // before the log is read again; doubled each time
	maxPause       = 2 * time.Second
	maxRequest     = 5 * time.Second        // for one request for a claim
	minRetryTime   = 100 * time.Millisecond // with less time left nothing is tried again
	minSubmitTime  = time.Second            // with less time left a task that was waited for is not claimed
	maxRecordTime  = time.Second            // left after the submission, to record it
)

// withDeadline gives ctx a deadline if it has none, and an earlier one if it is further away than any function's timeout.
func (c *Claimer) withDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); !ok {
		return context.WithDeadline(ctx, c.now().Add(defaultTimeout))
	}
	return context.WithDeadline(ctx, c.now().Add(maxLeft)) // an earlier deadline stays
}

// left returns the time until the deadline of ctx. It reads the clock, because the timer of ctx runs late in an instance that
// was paused.
func (c *Claimer) left(ctx context.Context) time.Duration {
	deadline, _ := ctx.Deadline()
	return clock.Left(deadline, c.now())
}

// remainingMillis returns left in milliseconds, rounded up so that no claim ends before its owner's time.
func (c *Claimer) remainingMillis(ctx context.Context) int64 {
	return int64(max(0, c.left(ctx)+time.Millisecond-1) / time.Millisecond)
}

// forRequest returns the context of one request for a claim, with at most a third of the time left for it, so that a
// hanging request leaves time for another. Its cause is errNoAnswer if it ends.
func (c *Claimer) forRequest(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := min(maxRequest, c.left(ctx)/3)
	return context.WithDeadlineCause(ctx, c.now().Add(limit), errNoAnswer)
}

var errNoAnswer = errors.New("the time for a claim request was used up")

// forSubmission returns the context of the submission. A submission that hangs leaves time to release the claim.
func (c *Claimer) forSubmission(ctx context.Context) (context.Context, context.CancelFunc) {
	left := c.left(ctx)
	return context.WithDeadline(ctx, c.now().Add(left-min(left/10, maxRecordTime)))
}

// pause waits before the nth retry, counted from 1. It reports false if there is no time left for one.
// Pauses get shorter towards the deadline.
func (c *Claimer) pause(ctx context.Context, n int) bool {
	left := c.left(ctx)
	if left < minRetryTime {
		return false
	}
	return c.wait(ctx, min(clock.Backoff(n, firstPause, maxPause, c.jitter), left/2)) == nil
}
