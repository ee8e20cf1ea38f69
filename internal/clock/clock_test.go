package clock_test

import (
	"context"
	"testing"
	"time"

	"onput/internal/clock"
)

func TestWait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := clock.Wait(ctx, time.Hour); err != context.Canceled {
		t.Error(err)
	}
	if err := clock.Wait(t.Context(), 0); err != nil {
		t.Error(err)
	}
}
