package fcruntime

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fc"
	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/google/go-cmp/cmp"

	"onput/handler"
	"onput/internal/event"
)

type handleFunc = func(context.Context, []byte) (*handler.Answer, error)

// output collects what several goroutines write, in whole lines.
type output struct {
	mu   sync.Mutex
	more *sync.Cond
	text strings.Builder
}

func newOutput() *output {
	o := &output{}
	o.more = sync.NewCond(&o.mu)
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.more.Broadcast()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await blocks until text was written at least times times.
func (o *output) await(text string, times int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for strings.Count(o.text.String(), text) < times {
		o.more.Wait()
	}
}

// serveHandler serves handle as the custom runtime does. It returns the URL and the output.
func serveHandler(t *testing.T, handle handleFunc) (url string, written *output) {
	written = newOutput()
	reading := func(ctx context.Context, _ int64, read func(func(int64) error) ([]byte, error), reply func(*handler.Answer, error)) {
		payload, err := read(func(int64) error { return nil })
		if err != nil {
			reply(nil, err)
			return
		}
		reply(handle(ctx, payload))
	}
	c := &custom{handle: reading, log: slog.New(slog.NewJSONHandler(written, nil)), stdout: written, drain: newDrain()}
	server := httptest.NewUnstartedServer(nil)
	server.Config = c.server()
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, written
}

// request sends an invocation or a hook, as Function Compute does. Headers are name, value, name…
// Without an answer the status is 0 and answer is the error.
func request(t *testing.T, method, url, body string, headers ...string) (status int, fcStatus, answer string) {
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err.Error()
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, "", err.Error()
	}
	return resp.StatusCode, resp.Header.Get("x-fc-status"), string(b)
}

func TestCustomInvocation(t *testing.T) {
	var inv *fccontext.FcContext
	var left time.Duration
	var got []byte
	url, log := serveHandler(t, func(ctx context.Context, payload []byte) (*handler.Answer, error) {
		inv, _ = fccontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		left, got = time.Until(deadline), payload
		return &handler.Answer{RequestID: inv.RequestID, Uploads: []handler.UploadAnswer{}}, nil
	})
	status, fcStatus, answer := request(t, "POST", url+"/invoke", "the event",
		"x-fc-request-id", "1-a", "x-fc-access-key-id", "STS.a", "x-fc-access-key-secret", "secret", "x-fc-security-token", "token",
		"x-fc-function-name", "onput", "x-fc-function-handler", "main", "x-fc-function-memory", "128", "x-fc-function-timeout", "60",
		"x-fc-function-deadline", fmt.Sprint(time.Now().Add(30*time.Second).UnixMilli()), "x-fc-region", "cn-hangzhou",
		"x-fc-account-id", "1", "x-fc-qualifier", "LATEST", "x-fc-version-id", "2", "x-fc-service-logproject", "acme-onput",
		"x-fc-service-logstore", "onput", "x-fc-retry-count", "3")
	if want := `{"requestId":"1-a","uploads":[]}`; status != 200 || fcStatus != "200" || answer != want {
		t.Errorf("%d, x-fc-status %s, %s; want %s", status, fcStatus, answer, want)
	}
	if string(got) != "the event" || left <= 0 || left > 30*time.Second {
		t.Errorf("handled %q with %v left", got, left)
	}
	call := *inv
	want := fccontext.FcContext{
		RequestID:   "1-a",
		Credentials: fccontext.Credentials{AccessKeyId: "STS.a", AccessKeySecret: "secret", SecurityToken: "token"},
		Function:    fccontext.Function{Name: "onput", Handler: "main", Memory: "128", Timeout: 60},
		Service:     fccontext.Service{LogProject: "acme-onput", LogStore: "onput", Qualifier: "LATEST", VersionId: "2"},
		Region:      "cn-hangzhou", AccountId: "1", RetryCount: 3,
	}
	if diff := cmp.Diff(want, call, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "logger" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if want := "FC Invoke Start RequestId: 1-a\nFC Invoke End RequestId: 1-a\n"; log.String() != want {
		t.Errorf("log: %s", log)
	}
}

func TestDeadline(t *testing.T) {
	arrived := time.UnixMilli(1_700_000_000_000)
	for _, tt := range []struct {
		deadline, timeout string
		want              time.Duration // after arrival; 0 for none
	}{
		{"1700000020500", "60", 20500 * time.Millisecond},
		{"1700000020500", "", 20500 * time.Millisecond},
		{"1699999999000", "60", -time.Second},
		{"", "60", time.Minute},
		{"soon", "60", time.Minute},
		{"", "86400", 24 * time.Hour},
		{"", "", 0},
		{"", "0", 0},
		{"", "-1", 0},
		{"", "99999999999999", 0},
		{"", "1m", 0},
	} {
		h := http.Header{}
		h.Set("x-fc-function-deadline", tt.deadline)
		h.Set("x-fc-function-timeout", tt.timeout)
		if got, ok := deadlineOf(h, arrived); ok != (tt.want != 0) || ok && got.Sub(arrived) != tt.want {
			t.Errorf("%+v: %v, %v", tt, got.Sub(arrived), ok)
		}
	}
}

// Without a deadline in the headers the context has none, since the handler has its own bound. The end of the request does
// not end the invocation, either.
func TestCustomWithoutDeadline(t *testing.T) {
	url, _ := serveHandler(t, func(ctx context.Context, _ []byte) (*handler.Answer, error) {
		if ctx.Done() != nil {
			t.Error("something may end the invocation")
		}
		return nil, nil
	})
	if status, _, answer := request(t, "POST", url+"/invoke", ""); status != 200 || answer != "null" {
		t.Errorf("%d %s", status, answer)
	}
}

func TestCustomPaths(t *testing.T) {
	url, log := serveHandler(t, func(context.Context, []byte) (*handler.Answer, error) {
		t.Error("handled")
		return nil, nil
	})
	for _, tt := range []struct {
		method, path string
		status       int
		log          string
	}{
		{"POST", "/initialize", 200, "FC Initialize Start RequestId: 1-a\nFC Initialize End RequestId: 1-a\n"},
		{"GET", "/pre-freeze", 200, "FC PreFreeze Start RequestId: 1-a\nFC PreFreeze End RequestId: 1-a\n"},
		{"POST", "/pre-freeze", 200, "FC PreFreeze Start RequestId: 1-a\nFC PreFreeze End RequestId: 1-a\n"},
		{"GET", "/invoke", 405, ""},
		{"PUT", "/invoke", 405, ""},
		{"GET", "/initialize", 405, ""},
		{"DELETE", "/pre-stop", 405, ""},
		{"POST", "/", 404, ""},
		{"GET", "/", 404, ""},
		{"POST", "/invoke/", 404, ""},
		{"POST", "/2020-11-11/runtime/invocation/next", 404, ""},
	} {
		before := len(log.String())
		status, fcStatus, _ := request(t, tt.method, url+tt.path, "", "x-fc-request-id", "1-a")
		if status != tt.status || (fcStatus == "200") != (status == 200) || log.String()[before:] != tt.log {
			t.Errorf("%s %s: %d, x-fc-status %q, log %q", tt.method, tt.path, status, fcStatus, log.String()[before:])
		}
	}
}

type valueError struct{ code int }

func (valueError) Error() string { return "a value" }

// A failed invocation answers the same document as the FC SDK's.
func TestFailureIsTheSDKs(t *testing.T) {
	log.SetOutput(io.Discard) // the SDK's own lines
	defer log.SetOutput(os.Stderr)
	var none map[string]int
	for name, handle := range map[string]handleFunc{
		"an error of ours": func(context.Context, []byte) (*handler.Answer, error) { return nil, &handler.TransientError{} },
		"with an answer": func(context.Context, []byte) (*handler.Answer, error) {
			return &handler.Answer{}, &handler.EventError{}
		},
		"errors.New":         func(context.Context, []byte) (*handler.Answer, error) { return nil, errors.New(`a "quoted" <error>`) },
		"a value":            func(context.Context, []byte) (*handler.Answer, error) { return nil, valueError{1} },
		"wrapped":            func(context.Context, []byte) (*handler.Answer, error) { return nil, fmt.Errorf("wrapped: %w", io.EOF) },
		"joined":             func(context.Context, []byte) (*handler.Answer, error) { return nil, errors.Join(io.EOF, io.EOF) },
		"a panic":            func(context.Context, []byte) (*handler.Answer, error) { panic("aargh") },
		"a panic of a value": func(context.Context, []byte) (*handler.Answer, error) { panic(valueError{1}) },
		"a panic of an error": func(context.Context, []byte) (*handler.Answer, error) {
			panic(&handler.PermanentError{})
		},
		"a panic of nothing": func(context.Context, []byte) (*handler.Answer, error) { panic(nil) },
		"a runtime error":    func(context.Context, []byte) (*handler.Answer, error) { none["a"] = 1; return nil, nil },
		"a panic further down": func(context.Context, []byte) (*handler.Answer, error) {
			return &handler.Answer{RequestID: strings.Repeat("-", -1)}, nil
		},
	} {
		var sdk messages.InvokeResponse
		const event, invoke = 101, 0 // the SDK's numbers for the kind of function, and what is asked of it
		fc.NewFunction(handle, event).Invoke(&messages.InvokeRequest{}, &sdk, invoke)
		want := *sdk.Error
		want.StackTrace, want.ShouldExit = since(want.StackTrace), false

		url, written := serveHandler(t, handle)
		status, fcStatus, answer := request(t, "POST", url+"/invoke", "", "x-fc-request-id", "1-a")
		var got messages.InvokeResponse_Error
		if err := json.Unmarshal([]byte(answer), &got); err != nil || status != 404 || fcStatus != "404" {
			t.Errorf("%s: %d, x-fc-status %s, %s", name, status, fcStatus, answer)
		}
		got.StackTrace = since(got.StackTrace)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the SDK's (-), ours (+):\n%s", name, diff)
		}
		if !strings.HasSuffix(written.String(), "FC Invoke End RequestId: 1-a, Error: Unhandled function error\n") {
			t.Errorf("%s: log: %s", name, written)
		}
		if logged := strings.Contains(written.String(), `"msg":"panic","invocation":"1-a"`); logged != strings.Contains(name, "panic") && name != "a runtime error" {
			t.Errorf("%s: log: %s", name, written)
		}
	}
}

// since returns the frames from the panic to the handler. The others belong to the runtime that called it.
func since(stack []*messages.InvokeResponse_Error_StackFrame) []*messages.InvokeResponse_Error_StackFrame {
	for i, f := range stack {
		if f.Label == "gopanic" {
			stack = stack[i+1:]
			break
		}
	}
	for i, f := range stack {
		if strings.HasPrefix(f.Label, "TestFailureIsTheSDKs.") {
			return stack[:i+1]
		}
	}
	return stack
}

// A panic fails its own invocation and no other.
func TestPanicIsOneInvocations(t *testing.T) {
	panicked := make(chan struct{})
	waiting := make(chan struct{})
	url, _ := serveHandler(t, func(_ context.Context, payload []byte) (*handler.Answer, error) {
		if string(payload) == "panic" {
			<-waiting
			panic("aargh")
		}
		close(waiting)
		<-panicked
		return &handler.Answer{}, nil
	})
	var other sync.WaitGroup
	other.Go(func() {
		if status, _, answer := request(t, "POST", url+"/invoke", "go on"); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	})
	if status, _, answer := request(t, "POST", url+"/invoke", "panic"); status != 404 || !strings.Contains(answer, `"errorMessage":"aargh","errorType":"string","stackTrace":[{"path":`) {
		t.Errorf("%d %s", status, answer)
	}
	close(panicked)
	other.Wait()
}

// TestPanicHidesSecrets checks that neither the answer nor the log of a panic has the secrets of its invocation.
func TestPanicHidesSecrets(t *testing.T) {
	var value string
	url, written := serveHandler(t, func(context.Context, []byte) (*handler.Answer, error) { panic("request with " + value) })
	headers := []string{"x-fc-access-key-id", "KEY-ID", "x-fc-access-key-secret", "KEY-SECRET", "x-fc-security-token", "KEY-TOKEN"}
	for _, value = range []string{"KEY-ID", "KEY-SECRET", "KEY-TOKEN", "OSS4-HMAC-SHA256 Credential=x"} {
		if _, _, answer := request(t, "POST", url+"/invoke", "", headers...); strings.Contains(answer, value) ||
			!strings.Contains(answer, `"errorMessage":"(it repeats what was signed)","errorType":"string","stackTrace":[{`) {
			t.Errorf("%s: answer: %s", value, answer)
		}
		if log := written.String(); strings.Contains(log, value) || !strings.Contains(log, `"panic":"(it repeats what was signed)"`) {
			t.Errorf("%s: log: %s", value, log)
		}
	}
}

// Of a payload that is too long the handler gets one byte more than it accepts. One that broke off never reaches it.
func TestCustomPayload(t *testing.T) {
	var got int
	var calls int
	url, _ := serveHandler(t, func(_ context.Context, payload []byte) (*handler.Answer, error) {
		got, calls = len(payload), calls+1
		return nil, nil
	})
	for _, tt := range []struct{ sent, want int }{
		{0, 0}, {1, 1}, {event.MaxPayload, event.MaxPayload}, {event.MaxPayload + 1, event.MaxPayload + 1}, {16 << 20, event.MaxPayload + 1},
	} {
		for _, body := range []io.Reader{bytes.NewReader(make([]byte, tt.sent)), io.MultiReader(bytes.NewReader(make([]byte, tt.sent)))} { // the second has no Content-Length
			got = -1
			resp, err := http.Post(url+"/invoke", "application/octet-stream", body)
			if err != nil {
				t.Fatalf("%d bytes: %v", tt.sent, err)
			}
			resp.Body.Close()
			if got != tt.want || resp.StatusCode != 200 {
				t.Errorf("%d bytes: handled %d, %d", tt.sent, got, resp.StatusCode)
			}
		}
	}
	// A client that writes everything before it reads gets the answer, too.
	dial := func() *net.TCPConn {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn.(*net.TCPConn)
	}
	conn := dial()
	fmt.Fprintf(conn, "POST /invoke HTTP/1.1\r\nHost: fc\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", 16<<20)
	if _, err := conn.Write(make([]byte, 16<<20)); err != nil {
		t.Error(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) {
		t.Errorf("%v, %s", err, answer)
	}

	calls = 0
	conn = dial()
	fmt.Fprint(conn, "POST /invoke HTTP/1.1\r\nHost: fc\r\nContent-Length: 10\r\n\r\nbroken")
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `{"errorMessage":"nothing was done: the payload was cut off: unexpected EOF","errorType":"TransientError"}`) || calls != 0 {
		t.Errorf("%v, %d calls, %s", err, calls, answer)
	}
}

// A payload that never ends is read until the invocation's deadline.
func TestCustomPayloadHangs(t *testing.T) {
	url, _ := serveHandler(t, func(context.Context, []byte) (*handler.Answer, error) {
		t.Error("handled")
		return nil, nil
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /invoke HTTP/1.1\r\nHost: fc\r\nX-Fc-Function-Deadline: %d\r\nContent-Length: 10\r\n\r\nhangs", time.Now().UnixMilli())
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), `{"errorMessage":"nothing was done: the payload was cut off: `) {
		t.Errorf("%v, %s", err, answer)
	}
}

// pre-stop answers after the invocations in flight, and later invocations are refused.
func TestPreStop(t *testing.T) {
	leave := make(chan struct{})
	url, log := serveHandler(t, func(_ context.Context, payload []byte) (*handler.Answer, error) {
		if string(payload) == "first" {
			<-leave
		}
		return &handler.Answer{}, nil
	})
	var flight sync.WaitGroup
	flight.Go(func() {
		if status, _, answer := request(t, "POST", url+"/invoke", "first", "x-fc-request-id", "1-first"); status != 200 {
			t.Errorf("%d %s", status, answer)
		}
	})
	log.await("FC Invoke Start RequestId: 1-first\n", 1)
	for range 2 { // Function Compute calls it once; a second call is no different
		flight.Go(func() {
			if status, _, _ := request(t, "GET", url+"/pre-stop", "", "x-fc-request-id", "1-stop"); status != 200 {
				t.Errorf("pre-stop: %d", status)
			}
			if !strings.Contains(log.String(), "FC Invoke End RequestId: 1-first\n") {
				t.Error("pre-stop was answered before the invocation was")
			}
		})
	}
	log.await("FC PreStop Start RequestId: 1-stop\n", 2)
	for {
		status, fcStatus, answer := request(t, "POST", url+"/invoke", "second", "x-fc-request-id", "1-second")
		if status == 200 { // it arrived before the hook had closed the drain
			continue
		}
		if status != 404 || fcStatus != "404" || answer != `{"errorMessage":"nothing was done: the instance is about to end","errorType":"TransientError"}` {
			t.Errorf("after pre-stop: %d, x-fc-status %s, %s", status, fcStatus, answer)
		}
		break
	}
	close(leave)
	flight.Wait()
}

// An invocation that hangs is waited for until a second after its deadline.
func TestPreStopHangs(t *testing.T) {
	hang := make(chan struct{})
	url, log := serveHandler(t, func(context.Context, []byte) (*handler.Answer, error) {
		<-hang
		return nil, nil
	})
	var flight sync.WaitGroup
	defer flight.Wait()
	defer close(hang)
	deadline := time.Now()
	flight.Go(func() {
		request(t, "POST", url+"/invoke", "", "x-fc-function-deadline", fmt.Sprint(deadline.UnixMilli()))
	})
	log.await("FC Invoke Start RequestId: \n", 1)
	if status, _, answer := request(t, "GET", url+"/pre-stop", ""); status != 200 || time.Since(deadline) < time.Second-time.Millisecond {
		t.Errorf("%d %s, %v after the deadline", status, answer, time.Since(deadline))
	}
}

// An answer is flushed before its invocation leaves the drain, because the process may end then.
func TestCustomAnswerIsOut(t *testing.T) {
	for name, failure := range map[string]error{"an answer": nil, "an error": &handler.EventError{}} {
		c := &custom{drain: newDrain(), stdout: io.Discard, handle: func(_ context.Context, _ int64, _ func(func(int64) error) ([]byte, error), reply func(*handler.Answer, error)) {
			reply(&handler.Answer{RequestID: strings.Repeat("long", 10_000)}, failure)
		}}
		w := &flushed{ResponseRecorder: httptest.NewRecorder()}
		w.flush = func() {
			if got := w.Header().Get("Content-Length"); got != fmt.Sprint(w.Body.Len()) || w.Body.Len() == 0 {
				t.Errorf("%s: %d bytes went out, the header says %s", name, w.Body.Len(), got)
			}
			select {
			case <-c.drain.close():
				t.Errorf("%s: the invocation counts as ended before its answer is out", name)
			default:
			}
		}
		c.server().Handler.ServeHTTP(w, httptest.NewRequest("POST", "/invoke", nil))
		if !w.Flushed {
			t.Errorf("%s: not sent", name)
			continue
		}
		<-c.drain.empty
	}
}

// A client that does not read its answer holds the memory of an invocation until a second after the deadline.
func TestCustomAnswerIsNotRead(t *testing.T) {
	replied := make(chan struct{})
	c := &custom{drain: newDrain(), stdout: io.Discard, handle: func(_ context.Context, _ int64, _ func(func(int64) error) ([]byte, error), reply func(*handler.Answer, error)) {
		reply(&handler.Answer{RequestID: strings.Repeat("long", 10<<20)}, nil)
		close(replied)
	}}
	server := httptest.NewUnstartedServer(nil)
	server.Config = c.server()
	server.Start()
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /invoke HTTP/1.1\r\nHost: fc\r\nX-Fc-Function-Deadline: %d\r\nContent-Length: 0\r\n\r\n", time.Now().UnixMilli())
	select {
	case <-replied:
	case <-time.After(time.Minute):
		t.Error("the invocation waits for its client")
	}
}

// A payload grows by what it may hold, and no more than its bytes need.
func TestCustomPayloadGrows(t *testing.T) {
	var grown []int64
	c := &custom{drain: newDrain(), stdout: io.Discard, handle: func(_ context.Context, _ int64, read func(func(int64) error) ([]byte, error), reply func(*handler.Answer, error)) {
		grown = nil
		_, err := read(func(n int64) error { grown = append(grown, n); return nil })
		reply(nil, err)
	}}
	for _, tt := range []struct {
		size     int
		declared bool
		want     string
	}{
		{4 << 10, true, "[]"},
		{5 << 10, true, "[5120]"},
		{5 << 10, false, "[262144]"},
		{600 << 10, true, "[262144 524288 614400]"},
	} {
		r := httptest.NewRequest("POST", "/invoke", bytes.NewReader(make([]byte, tt.size)))
		if !tt.declared {
			r.ContentLength = -1
		}
		c.server().Handler.ServeHTTP(httptest.NewRecorder(), r)
		if got := fmt.Sprint(grown); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// flushed is a response recorder that calls flush when the response is sent.
type flushed struct {
	*httptest.ResponseRecorder
	flush func()
}

func (f *flushed) Flush() {
	f.flush()
	f.ResponseRecorder.Flush()
}

// The server closes no idle connection.
func TestCustomConnections(t *testing.T) {
	c := &custom{drain: newDrain()}
	s := c.server()
	if s.IdleTimeout != 0 || s.ReadTimeout != 0 || s.WriteTimeout != 0 || s.ReadHeaderTimeout == 0 {
		t.Errorf("timeouts: idle %v, read %v, write %v, headers %v", s.IdleTimeout, s.ReadTimeout, s.WriteTimeout, s.ReadHeaderTimeout)
	}
}
