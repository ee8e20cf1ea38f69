// Package clock waits.
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
