package clock_test

import (
	"context"
	"testing"
	"time"
	"unsafe"

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

// wallAhead returns a time that is whole seconds later by the wall clock, and the same by the monotonic clock, as after the
// machine was suspended or its clock was set.
func wallAhead(t time.Time, seconds int64) time.Time {
	const nanosecondBits = 30 // of the first word, below the wall clock's seconds
	*(*uint64)(unsafe.Pointer(&t)) += uint64(seconds << nanosecondBits)
	return t
}

func TestLeft(t *testing.T) {
	start := time.Now()
	deadline := start.Add(time.Minute)
	for _, test := range []struct {
		name string
		now  time.Time
		want time.Duration
	}{
		{"at the start", start, time.Minute},
		{"running", start.Add(50 * time.Second), 10 * time.Second},
		{"at the deadline", deadline, 0},
		{"late", start.Add(2 * time.Minute), -time.Minute},
		{"suspended", wallAhead(start, 3600), time.Minute - time.Hour},
		{"the wall clock was set back", wallAhead(start.Add(2*time.Minute), -3600), -time.Minute},
		{"without a monotonic clock", start.Round(0).Add(2 * time.Minute), -time.Minute},
	} {
		if got := clock.Left(deadline, test.now); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
	if now := wallAhead(start, 3600); deadline.Sub(now) != time.Minute {
		t.Errorf("the test sets the monotonic clock: %v", deadline.Sub(now))
	}
}

// pausedContext is the context of an instance that was paused: its timer has not run.
type pausedContext struct {
	context.Context
	deadline time.Time
}

func (c pausedContext) Deadline() (time.Time, bool) { return c.deadline, true }

func TestIsOver(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		want bool
	}{
		{"no deadline", t.Context(), false},
		{"canceled", canceled, true},
		{"in time", pausedContext{t.Context(), time.Now().Add(time.Hour)}, false},
		{"canceled in time", pausedContext{canceled, time.Now().Add(time.Hour)}, true},
		{"the timer has not run", pausedContext{t.Context(), time.Now()}, true},
	} {
		if got := clock.IsOver(test.ctx); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
