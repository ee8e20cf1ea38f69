//go:build unix

package localcloud

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// A paused process outlives the timeout of its invocation, which is retried in another one. It ends the invocation when it
// goes on, and is killed then.
func TestPause(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		t.Parallel()
		c, seen := startFunction(t, Function{Runtime: runtime, Timeout: time.Second})
		if _, err := c.Pause(1); err == nil || err.Error() != "function: instance 1 has no process" {
			t.Errorf("before the first invocation: %v", err)
		}
		var calls atomic.Int64
		paused := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			if calls.Add(1) == 1 {
				<-paused
			}
		}))
		defer server.Close()
		if _, err := c.Deliver(fmt.Appendf(nil, `{"do":"meet","url":%q}`, server.URL)); err != nil {
			t.Fatal(err)
		}
		seen.await("to do: meet", 1)
		resume, err := c.Pause(1)
		close(paused)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Pause(1); err == nil || err.Error() != "function: instance 1 is paused already" {
			t.Errorf("a second pause: %v", err)
		}
		if err := c.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := of[InvocationEnded](seen)
		if len(ended) != 2 {
			t.Fatalf("%+v", ended)
		}
		if r := ended[0].Result; r.ErrorType != "FunctionTimedOut" || !r.Abandoned || r.Retry != 0 {
			t.Errorf("the first try: %+v", r)
		}
		if r := ended[1].Result; r.FunctionError != "" || r.Abandoned || r.Retry != 1 {
			t.Errorf("the second try: %+v", r)
		}
		last := "FC Invoke End RequestId: " + ended[0].Result.RequestID
		tries := func() (tries []int) {
			for _, line := range of[LogLine](seen) {
				if line.Text == last {
					tries = append(tries, line.Retry)
				}
			}
			return tries
		}
		if got := fmt.Sprint(tries()); got != "[1]" || len(of[FunctionExited](seen)) > 0 {
			t.Errorf("during the pause, tries %s ended, and %+v", got, of[FunctionExited](seen))
		}
		resume()
		exited := of[FunctionExited](seen)
		if got := fmt.Sprint(tries()); got != "[1 0]" || len(exited) != 1 || exited[0].PID != of[FunctionStarted](seen)[0].PID {
			t.Errorf("after the pause, tries %s ended, and %+v", got, exited)
		}
	})
}

// A kill ends a paused process, whose invocation is not abandoned then, even if its timeout comes before the process's end.
func TestKillDuringPause(t *testing.T) {
	c, seen := startFunction(t, Function{Retries: -1})
	if _, err := c.Deliver([]byte(`{"do":"hang"}`)); err != nil {
		t.Fatal(err)
	}
	seen.await("to do: hang", 1)
	resume, err := c.Pause(1)
	if err != nil {
		t.Fatal(err)
	}
	p, _ := c.process(1)
	if err := c.Kill(1); err != nil {
		t.Fatal(err)
	}
	if p.abandon(&job{}) {
		t.Error("a killed process abandons an invocation")
	}
	resume()
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ended := of[InvocationEnded](seen); len(ended) != 1 || ended[0].Result.ErrorType != "FunctionExited" || ended[0].Result.Abandoned {
		t.Errorf("%+v", ended)
	}
}

// A process that goes on in time ends its invocation as any other. Closing the cloud ends one that does not go on.
func TestShortPause(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, runtime string) {
		t.Parallel()
		c, seen := startFunction(t, Function{Runtime: runtime})
		before := invoke(t, c, "nothing")
		resume, err := c.Pause(1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Deliver([]byte(`{"do":"nothing"}`)); err != nil {
			t.Fatal(err)
		}
		resume()
		if err := c.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if ended := of[InvocationEnded](seen); len(ended) != 2 || string(ended[1].Result.Answer) != string(before.Answer) || len(of[FunctionExited](seen)) > 0 {
			t.Errorf("%+v", ended)
		}
	})
	c, seen := startFunction(t, Function{Timeout: time.Second, Retries: -1})
	if _, err := c.Deliver([]byte(`{"do":"hang"}`)); err != nil {
		t.Fatal(err)
	}
	seen.await("to do: hang", 1)
	if _, err := c.Pause(1); err != nil {
		t.Fatal(err)
	}
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(of[FunctionExited](seen)); n > 0 {
		t.Errorf("%d processes ended", n)
	}
	c.Close()
	if exited := of[FunctionExited](seen); len(exited) != 1 || exited[0].Status != "signal: killed" {
		t.Errorf("%+v", exited)
	}
}
