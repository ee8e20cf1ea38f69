// Package clock waits, says how long to wait before a retry, and reads deadlines.
package clock

import (
	"context"
	"time"
)

// Wait blocks for d, or until ctx ends. It returns the error of ctx in that case.
func Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Left returns the time from now until a deadline, by the wall clock or by the monotonic clock, whichever leaves less.
// A machine that is suspended stops the monotonic clock, and the wall clock may be set back.
func Left(deadline, now time.Time) time.Duration {
	return min(deadline.Sub(now), deadline.Round(0).Sub(now.Round(0)))
}

// IsOver reports whether ctx has ended, or should have: the timer that ends it runs late in a process that stood still.
func IsOver(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && Left(deadline, time.Now()) <= 0
}

// Backoff returns the pause before the nth retry, counted from 1. Pauses double from first to longest.
// Equal jitter takes off up to half of a pause, so that callers do not stay in step; jitter returns numbers in [0, 1).
func Backoff(n int, first, longest time.Duration, jitter func() float64) time.Duration {
	half := min(first<<min(n-1, 10), longest) / 2
	return half + time.Duration(jitter()*float64(half))
}
