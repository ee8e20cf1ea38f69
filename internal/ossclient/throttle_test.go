package ossclient

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"onput/process"
	"onput/rules"
)

// TestThrottle submits one task after the other and checks the pauses, also the ones before first attempts.
func TestThrottle(t *testing.T) {
	const ms = time.Millisecond
	busy := refuse(503, "ServiceUnavailable", "x")
	throttle := refuse(400, "Imm Client", "Throttling.User, Request was denied due to user flow control.")
	denied := refuse(403, "AccessDenied", "x")
	always := func(a http.HandlerFunc, times int) []http.HandlerFunc {
		return slices.Repeat([]http.HandlerFunc{a}, times)
	}
	retries := []time.Duration{150 * ms, 300 * ms, 600 * ms, 1200 * ms} // of one submission
	for _, test := range []struct {
		name   string
		script []http.HandlerFunc
		tasks  int
		pauses []time.Duration
	}{
		{"full speed", always(take, 3), 3, nil},
		{"rejections do not throttle", always(denied, 3), 3, nil},
		{"a throttle that ends", []http.HandlerFunc{throttle, take, take}, 2, retries[:1]},
		{"a throttle that lasts", append(always(throttle, 5), take, take), 3,
			slices.Concat(retries, []time.Duration{750 * ms})}, // the second task waits, the third does not
		{"not the accepted, but the rejected", append(always(refuse(429, "TooManyRequests", "x"), 5), denied, denied, take, take), 5,
			slices.Concat(retries, []time.Duration{750 * ms, 750 * ms, 750 * ms})},
		{"never more than a second", always(busy, 15), 3,
			slices.Concat(retries, []time.Duration{750 * ms}, retries, []time.Duration{750 * ms}, retries)},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.script...)
			c, pauses := newTestClient(t, s.URL)
			ctx, cancel := context.WithTimeout(withCaller(t), time.Hour)
			defer cancel()
			for range test.tasks {
				c.Submit(ctx, &rules.Upload{}, task()) // TestSubmit checks the result
			}
			if !slices.Equal(*pauses, test.pauses) || s.Requests() != len(test.script) {
				t.Errorf("pauses are %v after %d requests; want %v, %d", *pauses, s.Requests(), test.pauses, len(test.script))
			}
		})
	}
}

// TestThrottleOfOthers checks that a throttled instance stays within the invocation's time and does not throttle claims.
func TestThrottleOfOthers(t *testing.T) {
	s := serve(t, refuse(503, "ServiceUnavailable", "x"), refuse(503, "ServiceUnavailable", "x"), take)
	c, pauses := newTestClient(t, s.URL)
	hurry, cancel := context.WithTimeout(withCaller(t), 100*time.Millisecond) // no time for a second try
	defer cancel()
	for n := range 2 {
		c.Submit(hurry, &rules.Upload{}, task())
		if n == 0 && len(*pauses) > 0 {
			t.Errorf("pauses are %v", *pauses)
		}
	}
	if len(*pauses) != 1 || (*pauses)[0] > 50*time.Millisecond || c.submissions.refusals.Load() != 2 {
		t.Errorf("pauses are %v after %d refusals; want one, of half the time that was left at most", *pauses, c.submissions.refusals.Load())
	}
	at := process.Location{Bucket: "acme-state", Key: ".onput/claims/x"}
	if err := c.Append(withCaller(t), "", at, 0, []byte("x")); err != nil || len(*pauses) != 1 {
		t.Errorf("%v, pauses are %v; want none before claims", err, *pauses)
	}
	if c.submissions.refusals.Load() != 2 {
		t.Error("a claim that OSS took ended the slowness of submissions")
	}

	// A refused connection says nothing about the number of requests.
	c, pauses = newTestClient(t, "http://127.0.0.1:1")
	for range 2 {
		c.Submit(withCaller(t), &rules.Upload{}, task())
	}
	if c.submissions.refusals.Load() != 0 || len(*pauses) != 2*(maxAttempts-1) {
		t.Errorf("%d refusals, pauses are %v", c.submissions.refusals.Load(), *pauses)
	}
}
