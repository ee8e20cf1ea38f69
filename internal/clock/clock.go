// Package clock waits, and says how long to wait before a retry.
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

// Backoff returns the pause before the nth retry, counted from 1. Pauses double from first to longest.
// Equal jitter takes off up to half of a pause, so that callers do not stay in step; jitter returns numbers in [0, 1).
func Backoff(n int, first, longest time.Duration, jitter func() float64) time.Duration {
	half := min(first<<min(n-1, 10), longest) / 2
	return half + time.Duration(jitter()*float64(half))
}
