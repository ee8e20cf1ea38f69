package main

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// pacedPolls is a transport under the FC SDK's client of the Runtime API. The SDK asks for its next invocation again and
// again, without a pause, where nobody answers, thousands of times a second, and logs each; here a failed poll takes its
// time, longer with every further one. It also tells when the first poll is on its way.
type pacedPolls struct {
	next  http.RoundTripper
	pause func(*http.Request, time.Duration) // until the time is over or the request is given up
	asked func()

	told     atomic.Bool  // asked has been called
	failures atomic.Int32 // polls in a row
}

// Pauses after a failed poll. The first is that short because a connection that broke while the instance was frozen is
// nothing to wait for.
const (
	firstPollPause = time.Millisecond
	maxPollPause   = time.Second
)

// paced returns a transport that pauses before it returns from a poll that failed: a GET without a 200. It calls asked
// once, as soon as a poll is written; asked does not wait for anything.
func paced(next http.RoundTripper, asked func()) *pacedPolls {
	return &pacedPolls{next: next, asked: asked, pause: func(r *http.Request, d time.Duration) {
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
	if r.Method == http.MethodGet && !p.told.Load() {
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteRequest: p.wrote}))
	}
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

// wrote is told that a poll has been written, or could not be.
func (p *pacedPolls) wrote(info httptrace.WroteRequestInfo) {
	if info.Err == nil && p.told.CompareAndSwap(false, true) {
		p.asked()
	}
}
