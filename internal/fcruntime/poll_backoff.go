package fcruntime

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"onput/internal/clock"
)

// pollBackoff is an [http.RoundTripper] below the FC SDK's client of the Runtime API. It delays failed polls.
//
// While nothing answers, the SDK polls again without a pause, thousands of times a second, and logs each failure.
// A poll is a GET, and fails without a 200; other requests pass unchanged. Of a payload that is too long the SDK gets one byte
// too many, as the handler does in the custom runtime.
type pollBackoff struct {
	next   http.RoundTripper
	wait   func(context.Context, time.Duration) error
	onPoll func() // called once, when the first poll is written

	fired    atomic.Bool  // onPoll has been called
	failures atomic.Int32 // failed polls in a row
}

// Pauses after a failed poll double from the first to the longest. The first is short because a connection that broke
// while the instance was frozen is no reason to wait.
const (
	firstPollPause = time.Millisecond
	maxPollPause   = time.Second
)

// newPollBackoff returns a transport that sends through next and pauses after each failed poll. onPoll must not block.
func newPollBackoff(next http.RoundTripper, onPoll func()) *pollBackoff {
	return &pollBackoff{next: next, wait: clock.Wait, onPoll: onPoll}
}

// RoundTrip sends a request and returns the response or error as it is, after a pause if a poll failed.
func (b *pollBackoff) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet && !b.fired.Load() {
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteRequest: b.wroteRequest}))
	}
	response, err := b.next.RoundTrip(r)
	switch {
	case r.Method != http.MethodGet: // an invocation's result
	case err == nil && response.StatusCode == http.StatusOK:
		b.failures.Store(0)
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxRead), response.Body}
	default:
		b.wait(r.Context(), min(firstPollPause<<min(b.failures.Add(1)-1, 20), maxPollPause))
	}
	return response, err
}

// wroteRequest calls onPoll after the first poll that was written without an error.
func (b *pollBackoff) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err == nil && b.fired.CompareAndSwap(false, true) {
		b.onPoll()
	}
}
