package main

import (
	"net/http"
	"sync/atomic"
	"time"
)

// pacedPolls is a transport under the FC SDK's client of the Runtime API. The SDK asks for its next invocation again and
// again, without a pause, where nobody answers, thousands of times a second, and logs each; here a failed poll takes its
// time, longer with every further one.
type pacedPolls struct {
	next  http.RoundTripper
	pause func(*http.Request, time.Duration) // until the time is over or the request is given up

	failures atomic.Int32 // polls in a row
}

// Pauses after a failed poll. The first is that short because a connection that broke while the instance was frozen is
// nothing to wait for.
const (
	firstPollPause = time.Millisecond
	maxPollPause   = time.Second
)

// paced returns a transport that pauses before it returns from a poll that failed: a GET without a 200.
func paced(next http.RoundTripper) *pacedPolls {
	return &pacedPolls{next: next, pause: func(r *http.Request, d time.Duration) {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	}}
}

// RoundTrip sends a request. Answers and errors to it are not changed.
func (p *pacedPolls) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := p.next.RoundTrip(r)
	switch {
	case r.Method != http.MethodGet: // an invocation's result
	case err == nil && response.StatusCode == http.StatusOK:
		p.failures.Store(0)
	default:
		p.pause(r, min(firstPollPause<<min(p.failures.Add(1)-1, 20), maxPollPause))
	}
	return response, err
}
