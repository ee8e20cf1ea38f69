package main

import (
	"bufio"
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Each failed poll in a row takes longer, and nothing else takes any time.
func TestPacedPolls(t *testing.T) {
	gone := errors.New("nobody answers")
	var answer *http.Response
	var fails error
	var paused []time.Duration
	p := paced(roundTrip(func(*http.Request) (*http.Response, error) { return answer, fails }), func() {})
	p.pause = func(_ *http.Request, d time.Duration) { paused = append(paused, d) }
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
			if got, err := p.RoundTrip(r); got != answer || err != fails {
				t.Errorf("%+v: %v, %v", step, got, err)
			}
		}
		if diff := cmp.Diff(step.pauses, paused); diff != "" {
			t.Errorf("%+v:\n%s", step, diff)
		}
	}
}

// Loading begins once, when a poll has been written, before it is answered: not where nobody listens, not with a result,
// and not again with the next poll.
func TestPollAsked(t *testing.T) {
	asked, answer, done := make(chan struct{}, 10), make(chan struct{}), make(chan error)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-answer }))
	defer server.Close()
	defer close(answer)
	p := paced(&http.Transport{}, func() { asked <- struct{}{} })
	p.pause = func(*http.Request, time.Duration) {}
	send := func(method, url string) {
		r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			done <- err
			return
		}
		response, err := p.RoundTrip(r)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}
	go send("GET", "http://"+freeAddress(t))
	if err := <-done; err == nil {
		t.Fatal("somebody listens")
	}
	for _, step := range []struct {
		method string
		asks   int
	}{{"POST", 0}, {"GET", 1}, {"GET", 0}, {"POST", 0}} {
		go send(step.method, server.URL)
		for range step.asks {
			<-asked // and there is no answer yet
		}
		answer <- struct{}{}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(asked) > 0 {
			t.Errorf("%+v: asked too often", step)
		}
	}
}

func repeated(d time.Duration, times int) []time.Duration {
	all := make([]time.Duration, times)
	for i := range all {
		all[i] = d
	}
	return all
}

// A Runtime API that is gone is not asked thousands of times a second: ten polls take the ten pauses. Where there is a
// Runtime API, a port counts for nothing.
func TestRuntimeAPIGone(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	cmd.Env = []string{"FC_RUNTIME_API=" + freeAddress(t), "FC_SERVER_PORT=9000", "FC_CUSTOM_LISTEN_PORT=9000"}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(stderr)
	for range 10 {
		if !lines.Scan() || !strings.Contains(lines.Text(), "failed to get the next invoke") {
			t.Fatalf("%q, %v", lines.Text(), lines.Err())
		}
	}
	if took := time.Since(began); took < 1023*time.Millisecond {
		t.Errorf("ten polls in %v", took)
	}
}
