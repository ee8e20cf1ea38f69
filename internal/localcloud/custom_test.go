package localcloud

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// An instance of the custom runtime serves Concurrency invocations at once in one process, and each gets the log lines
// with its request id.
func TestConcurrency(t *testing.T) {
	const many = MaxConcurrency
	c, seen := startFunction(t, Function{Runtime: "custom", Concurrency: many})
	var arrived sync.WaitGroup
	arrived.Add(many)
	barrier := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived.Done()
		arrived.Wait()
	}))
	defer barrier.Close()
	var flight sync.WaitGroup
	results := make([]Result, many)
	for i := range results {
		flight.Go(func() {
			var err error
			if results[i], err = c.Invoke(t.Context(), fmt.Appendf(nil, `{"do":"meet","url":%q}`, barrier.URL)); err != nil {
				t.Error(err)
			}
		})
	}
	flight.Wait()
	for _, r := range results {
		if r.FunctionError != "" || r.Instance != 1 {
			t.Errorf("%+v", r)
		}
		for _, line := range []string{"FC Invoke Start RequestId: ", "FC Invoke End RequestId: "} {
			if !slices.Contains(r.Log, line+r.RequestID) {
				t.Errorf("%s: no line %q in %q", r.RequestID, line, r.Log)
			}
		}
		for _, line := range r.Log {
			if strings.Contains(line, "RequestId: ") && !strings.Contains(line, r.RequestID) {
				t.Errorf("%s has another's line: %s", r.RequestID, line)
			}
		}
	}
	if n := len(of[FunctionStarted](seen)); n != 1 {
		t.Errorf("%d processes", n)
	}
}

// The timeout of one invocation kills the process and fails the others in it.
func TestTimeoutOfOneOfTwo(t *testing.T) {
	c, seen := startFunction(t, Function{Runtime: "custom", Concurrency: 2, Timeout: time.Second})
	var flight sync.WaitGroup
	var first, second Result
	flight.Go(func() { first = invoke(t, c, "hang on") })
	seen.await("half of the time is over", 1)
	flight.Go(func() { second = invoke(t, c, "hang") })
	flight.Wait()
	if first.ErrorType != "FunctionTimedOut" || second.ErrorType != "FunctionExited" || second.FunctionError != Unhandled {
		t.Errorf("%+v\n%+v", first, second)
	}
}

// The invocations in flight in a killed process fail and are retried in another.
func TestKill(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		many := map[string]int{"go1": 1, "custom": 3}[runtime]
		c, seen := startFunction(t, Function{Runtime: runtime, Concurrency: many, RetryPause: 1})
		if err := c.Kill(1); err == nil || err.Error() != "function: instance 1 has no process" {
			t.Errorf("before the first invocation: %v", err)
		}
		for range many {
			if _, err := c.Deliver([]byte(`{"do":"hang once"}`)); err != nil {
				t.Fatal(err)
			}
		}
		seen.await("to do: hang once", many)
		if err := c.Kill(1); err != nil {
			t.Fatal(err)
		}
		if exited := of[FunctionExited](seen); len(exited) != 1 || exited[0].Status != "signal: killed" {
			t.Errorf("%+v", exited)
		}
		if err := c.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		failed, ended := 0, of[InvocationEnded](seen)
		for _, e := range ended {
			if r := e.Result; r.ErrorType == "FunctionExited" && r.FunctionError == Unhandled && r.Retry == 0 {
				failed++
			} else if r.FunctionError != "" || r.Retry != 1 {
				t.Errorf("%+v", r)
			}
		}
		if failed != many || len(ended) != 2*many || len(of[FunctionStarted](seen)) != 2 || len(c.Failures()) > 0 {
			t.Errorf("%d of %d tries failed; %+v", failed, len(ended), c.Failures())
		}
		for _, instance := range []int{0, -1, 2} {
			if err := c.Kill(instance); err == nil || !strings.Contains(err.Error(), "only 1 to 1") {
				t.Errorf("instance %d: %v", instance, err)
			}
		}
	})
}

// Closing an instance calls its hook and sends SIGTERM, and SIGKILL if that does not help.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ do, status string }{
		{"answer", "signal: terminated"},
		{"hold out", "signal: killed"},
	} {
		c, seen := startFunction(t, Function{Runtime: "custom"})
		invoke(t, c, tt.do)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if exited := of[FunctionExited](seen); len(exited) != 1 || exited[0].Status != tt.status {
			t.Errorf("%s: %+v", tt.do, exited)
		}
		if !slices.ContainsFunc(of[LogLine](seen), func(l LogLine) bool { return l.Text == "hook: GET /pre-stop" }) {
			t.Errorf("%s: no hook: %+v", tt.do, of[LogLine](seen))
		}
	}
}

// A response with an error status is a failure even without FC's error document.
func TestAnswerOfAnotherKind(t *testing.T) {
	c, _ := startFunction(t, Function{Runtime: "custom"})
	if r := invoke(t, c, "503"); r.FunctionError != Handled || string(r.Answer) != "not now" {
		t.Errorf("%+v", r)
	}
}

// An invocation reaches its process even if another program listened on the port for a moment before.
func TestPortWasTaken(t *testing.T) {
	d := &deployment{Function: Function{Timeout: time.Minute}, oss: startOSS(t, Options{})}
	c := &child{instance: &instance{deployment: d}}
	c.alive, c.markGone = context.WithCancel(t.Context())
	defer c.markGone()
	created, _, err := newCustom(c)
	if err != nil {
		t.Fatal(err)
	}
	r := created.(*custom)
	other, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	<-r.listening // so it seems
	other.Close()
	j := &job{invocation: &invocation{}, replies: make(chan reply, 1)}
	go r.post(j)
	runtime.Gosched()
	process, err := net.Listen("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer process.Close()
	go http.Serve(process, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "done") }))
	if a := <-j.replies; string(a.body) != "done" {
		t.Errorf("%s", a.body)
	}
}
