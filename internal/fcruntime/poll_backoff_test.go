package fcruntime

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Each failed poll in a row pauses longer, and nothing else pauses.
func TestPollBackoff(t *testing.T) {
	gone := errors.New("nobody answers")
	var answer *http.Response
	var fails error
	var paused []time.Duration
	b := newPollBackoff(roundTrip(func(*http.Request) (*http.Response, error) { return answer, fails }), func() {})
	b.wait = func(_ context.Context, d time.Duration) error { paused = append(paused, d); return nil }
	ms := func(all ...time.Duration) []time.Duration {
		for i := range all {
			all[i] *= time.Millisecond
		}
		return all
	}
	for _, step := range []struct {
		method string
		status int // 0: nobody answers
		times  int
		pauses []time.Duration
	}{
		{"GET", 200, 3, nil},
		{"POST", 0, 3, nil},
		{"GET", 0, 13, ms(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000, 1000)},
		{"POST", 200, 1, nil}, // a result that arrives says nothing about polls
		{"GET", 0, 100, ms(append([]time.Duration{}, repeated(1000, 100)...)...)},
		{"GET", 200, 1, nil},
		{"GET", 503, 2, ms(1, 2)},
		{"GET", 0, 1, ms(4)},
		{"GET", 200, 1, nil},
		{"GET", 0, 1, ms(1)},
	} {
		paused = nil
		answer, fails = &http.Response{StatusCode: step.status}, nil
		if step.status == 0 {
			answer, fails = nil, gone
		}
		for range step.times {
			r, err := http.NewRequestWithContext(t.Context(), step.method, "http://127.0.0.1/2020-11-11/runtime/invocation/next", nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := b.RoundTrip(r); got != answer || err != fails {
				t.Errorf("%+v: %v, %v", step, got, err)
			}
		}
		if diff := cmp.Diff(step.pauses, paused); diff != "" {
			t.Errorf("%+v:\n%s", step, diff)
		}
	}
}

// onPoll is called once, when a poll is written and before it is answered: not if nobody listens, not for a result, and
// not again for the next poll.
func TestOnPoll(t *testing.T) {
	polled, answer, done := make(chan struct{}, 10), make(chan struct{}), make(chan error)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-answer }))
	defer server.Close()
	defer close(answer)
	b := newPollBackoff(&http.Transport{}, func() { polled <- struct{}{} })
	b.wait = func(context.Context, time.Duration) error { return nil }
	send := func(method, url string) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			done <- err
			return
		}
		response, err := b.RoundTrip(r)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}
	go send("GET", "http://"+unusedAddress(t))
	if err := <-done; err == nil {
		t.Fatal("somebody listens")
	}
	for _, step := range []struct {
		method string
		calls  int
	}{{"POST", 0}, {"GET", 1}, {"GET", 0}, {"POST", 0}} {
		go send(step.method, server.URL)
		for range step.calls {
			<-polled // and there is no answer yet
		}
		answer <- struct{}{}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(polled) > 0 {
			t.Errorf("%+v: called too often", step)
		}
	}
}

// unusedAddress returns an address at which nobody listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	return listener.Addr().String()
}

func repeated(d time.Duration, times int) []time.Duration {
	all := make([]time.Duration, times)
	for i := range all {
		all[i] = d
	}
	return all
}
