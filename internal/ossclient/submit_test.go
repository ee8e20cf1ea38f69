package ossclient

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/rules"
)

func TestSubmit(t *testing.T) {
	const ms = time.Millisecond
	accepted := Receipt{Status: 200, RequestID: "534B", EventID: "181-1kZ", TaskID: "MediaConvert-e4a7", ProcessRequestID: "1D99637F", Attempts: 1}
	withAttempts := func(n int) Receipt { r := accepted; r.Attempts = n; return r }
	withoutIDs := Receipt{Status: 200, RequestID: "534B", Attempts: 1}
	const unnamed = "OSS answered 200 without naming a task: it may have taken it (request id 534B)"
	throttle := refuse(400, "Imm Client", "Throttling.User, Request was denied due to user flow control. 9D31")
	const head = `AsyncProcessObject "oss://acme-uploads/in/a b+%2F文.docx", rule docx-to-png, doc/convert: `
	tests := []struct {
		name     string
		script   []http.HandlerFunc
		requests int
		want     Receipt
		pauses   []time.Duration
		kind     error  // an error of the type that is expected
		text     string // what follows head; "…" stands for anything at the end
		inDoubt  bool
	}{
		{name: "accepted", script: []http.HandlerFunc{take}, requests: 1, want: accepted},
		{name: "charset", script: []http.HandlerFunc{answer("application/json; charset=utf-8", ids)}, requests: 1, want: accepted},
		{name: "charset without a space", script: []http.HandlerFunc{answer("application/json;charset=utf-8", ids)}, requests: 1, want: accepted},
		{name: "JSON called XML", script: []http.HandlerFunc{answer("application/xml", ids)}, requests: 1, want: accepted},
		{name: "no Content-Type", script: []http.HandlerFunc{answer("", ids)}, requests: 1, want: accepted},
		{name: "no JSON", script: []http.HandlerFunc{answer("application/json", "<ok/>")}, requests: 1, want: withoutIDs,
			kind: &TransientError{}, inDoubt: true, text: unnamed},
		{name: "no body", script: []http.HandlerFunc{answer("application/json", "")}, requests: 1, want: withoutIDs,
			kind: &TransientError{}, inDoubt: true, text: unnamed},
		{name: "a body of something else", script: []http.HandlerFunc{answer("application/json", `{"TaskId":{"a":1},"EventId":7}`)}, requests: 1, want: withoutIDs,
			kind: &TransientError{}, inDoubt: true, text: unnamed},
		{name: "a hostile body", script: []http.HandlerFunc{answer("application/json", strings.Repeat("[", 2<<20))}, requests: 1, want: withoutIDs,
			kind: &TransientError{}, inDoubt: true, text: unnamed},
		{name: "the page of a proxy", script: []http.HandlerFunc{raw(200, "<html>")}, requests: 1, want: Receipt{Status: 200, Attempts: 1},
			kind: &TransientError{}, inDoubt: true, text: "OSS answered 200 without naming a task: it may have taken it (request id none)"},
		{name: "an event id alone", script: []http.HandlerFunc{answer("text/html", `{"EventId":"1"}`)}, requests: 1,
			want: Receipt{Status: 200, RequestID: "534B", EventID: "1", Attempts: 1}},
		{name: "a task id alone", script: []http.HandlerFunc{answer("text/html", `{"TaskId":"1"}`)}, requests: 1,
			want: Receipt{Status: 200, RequestID: "534B", TaskID: "1", Attempts: 1}},
		{name: "a request id alone", script: []http.HandlerFunc{answer("text/html", `{"RequestId":"1"}`)}, requests: 1,
			want: Receipt{Status: 200, RequestID: "534B", ProcessRequestID: "1", Attempts: 1}},
		{name: "the body breaks off", requests: 1, want: withoutIDs, kind: &TransientError{}, inDoubt: true, text: unnamed, script: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			answer("application/json", ids[:30])(w, r)
		}}},

		{name: "429, then accepted", requests: 2, want: withAttempts(2), pauses: []time.Duration{150 * ms},
			script: []http.HandlerFunc{refuse(429, "TooManyRequests", "slow down"), take}},
		{name: "503 twice, then accepted", requests: 3, want: withAttempts(3), pauses: []time.Duration{150 * ms, 300 * ms},
			script: []http.HandlerFunc{refuse(503, "ServiceUnavailable", "x"), refuse(503, "ServiceUnavailable", "x"), take}},
		{name: "Imm Client throttles, then accepted", requests: 2, want: withAttempts(2), pauses: []time.Duration{150 * ms},
			script: []http.HandlerFunc{throttle, take}},
		{name: "QPS limit", requests: 2, want: withAttempts(2), pauses: []time.Duration{150 * ms},
			script: []http.HandlerFunc{refuse(403, "QpsLimitExceeded", "x"), take}},
		{name: "Retry-After", requests: 2, want: withAttempts(2), pauses: []time.Duration{7 * time.Second},
			script: []http.HandlerFunc{refuse(503, "x", "x", "Retry-After", "7"), take}},
		{name: "Retry-After that does not fit", requests: 1, want: Receipt{Status: 503, RequestID: "647E", Attempts: 1},
			script: []http.HandlerFunc{refuse(503, "Busy", "later", "Retry-After", "7200")}, kind: &TransientError{},
			text: "503 Busy: later (request id 647E, EC 0003-01); another try in 2h0m0s does not fit into the invocation's time"},
		{name: "Retry-After beyond all bounds", requests: 1, want: Receipt{Status: 503, RequestID: "647E", Attempts: 1},
			script: []http.HandlerFunc{refuse(503, "Busy", "later", "Retry-After", "99999999999999999999")}, kind: &TransientError{},
			text: "503 Busy: later (request id 647E, EC 0003-01); another try in 596523h14m7s does not fit into the invocation's time"},
		{name: "Retry-After that is no number", requests: 2, want: withAttempts(2), pauses: []time.Duration{150 * ms},
			script: []http.HandlerFunc{refuse(503, "x", "x", "Retry-After", "-1"), take}},
		{name: "Retry-After that is a date", requests: 2, want: withAttempts(2), pauses: []time.Duration{7 * time.Second},
			script: []http.HandlerFunc{refuse(503, "x", "x", "Date", "Fri, 27 Nov 2026 23:59:58 GMT", "Retry-After", "Sat, 28 Nov 2026 00:00:05 GMT"), take}},
		{name: "Retry-After that is a date in the past", requests: 2, want: withAttempts(2), pauses: []time.Duration{150 * ms},
			script: []http.HandlerFunc{refuse(503, "x", "x", "Date", "Fri, 27 Nov 2026 23:59:58 GMT", "Retry-After", "Fri, 27 Nov 2026 23:59:57 GMT"), take}},
		{name: "503 for ever", requests: 5, want: Receipt{Status: 503, RequestID: "647E", Attempts: 5},
			pauses: []time.Duration{150 * ms, 300 * ms, 600 * ms, 1200 * ms},
			script: []http.HandlerFunc{refuse(503, "ServiceUnavailable", "Please retry")}, kind: &TransientError{},
			text: "503 ServiceUnavailable: Please retry (request id 647E, EC 0003-01), after 5 attempts"},

		// One request only: the SDK does not retry on its own.
		{name: "500", requests: 1, want: Receipt{Status: 500, RequestID: "647E", Attempts: 1}, inDoubt: true,
			script: []http.HandlerFunc{refuse(500, "InternalError", "x")}, kind: &TransientError{}, text: "500 InternalError: x (request id 647E, EC 0003-01)"},
		{name: "502 of a gateway", requests: 1, want: Receipt{Status: 502, RequestID: "", Attempts: 1}, inDoubt: true, kind: &TransientError{},
			script: []http.HandlerFunc{raw(502, "<html>")},
			text:   "502 Bad Gateway: the answer is not an OSS error document (request id none)"},
		{name: "RequestTimeTooSkewed", requests: 1, want: Receipt{Status: 403, RequestID: "647E", Attempts: 1}, kind: &TransientError{},
			script: []http.HandlerFunc{refuse(403, "RequestTimeTooSkewed", "x")}, text: "403 RequestTimeTooSkewed: x (request id 647E, EC 0003-01)"},
		{name: "RequestTimeout", requests: 1, want: Receipt{Status: 400, RequestID: "647E", Attempts: 1}, kind: &TransientError{},
			script: []http.HandlerFunc{refuse(400, "RequestTimeout", "x")}, text: "400 RequestTimeout: x (request id 647E, EC 0003-01)"},
		{name: "408", requests: 1, want: Receipt{Status: 408, RequestID: "647E", Attempts: 1}, kind: &TransientError{},
			script: []http.HandlerFunc{refuse(408, "x", "x")}, text: "408 x: x (request id 647E, EC 0003-01)"},
		{name: "reset", requests: 1, want: Receipt{Attempts: 1}, inDoubt: true, kind: &TransientError{},
			script: []http.HandlerFunc{hangUp(true)}, text: "the request went out and no answer came back: OSS may have taken it (…"},
		{name: "closed", requests: 1, want: Receipt{Attempts: 1}, inDoubt: true, kind: &TransientError{},
			script: []http.HandlerFunc{hangUp(false)}, text: "the request went out and no answer came back: OSS may have taken it (EOF)"},

		{name: "403", requests: 1, want: Receipt{Status: 403, RequestID: "647E", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{refuse(403, "AccessDenied", "You have no right.")},
			text:   "403 AccessDenied: You have no right. (request id 647E, EC 0003-01)"},
		{name: "404", requests: 1, want: Receipt{Status: 404, RequestID: "647E", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{refuse(404, "Imm Client", "ResourceNotFound, The specified resource Attachment is not found.")},
			text:   "404 Imm Client: ResourceNotFound, The specified resource Attachment is not found. (request id 647E, EC 0003-01)"},
		{name: "a key called Throttling", requests: 1, want: Receipt{Status: 400, RequestID: "647E", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{refuse(400, "Imm Client", "InvalidArgument, oss://b/Throttling.docx is no document")}, text: "400 Imm Client: InvalidArgument, …"},
		{name: "an error in JSON", requests: 1, want: Receipt{Status: 400, RequestID: "", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{raw(400, `{"Error":{"Code":"Imm Client","Message":"InvalidArgument, x","RequestId":"9D31","EC":"1"}}`)},
			text:   "400 Imm Client: InvalidArgument, x (request id 9D31, EC 1)"},
		{name: "an error in a header", requests: 1, want: Receipt{Status: 403, RequestID: "", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{raw(403, "", "x-oss-err", base64.StdEncoding.EncodeToString([]byte("<Error><Code>A</Code><Message>m</Message></Error>")), "x-oss-ec", "2")},
			text:   "403 A: m (request id none, EC 2)"},
		{name: "a broken error document", requests: 1, want: Receipt{Status: 403, RequestID: "", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{raw(403, "<Error><Code>A</Code><StringToSign>x</StringToSign>&#x1b;</Error>")},
			text:   "403 Forbidden: the answer is not an OSS error document (request id none)"},
		{name: "no redirect is followed", requests: 1, want: Receipt{Status: 307, RequestID: "647E", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{refuse(307, "TemporaryRedirect", "elsewhere", "Location", "http://127.0.0.1:1/")}, text: "307 TemporaryRedirect: elsewhere …"},
		{name: "a message that forges lines", requests: 1, want: Receipt{Status: 403, RequestID: "647E", Attempts: 1}, kind: &PermanentError{},
			script: []http.HandlerFunc{refuse(403, "A", "x\n{\"level\"}&#x202e; "+strings.Repeat("y", 1000))},
			text:   `403 A: x {"level"} ` + strings.Repeat("y", 485) + "… (request id 647E, EC 0003-01)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.script...)
			c, pauses := newTestClient(t, s.URL)
			ctx, cancel := context.WithTimeout(withCaller(t), time.Hour)
			defer cancel()
			got, err := c.Submit(ctx, &rules.Upload{}, task())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("receipt (-want +got):\n%s", diff)
			}
			if s.Requests() != test.requests {
				t.Errorf("OSS saw %d requests; want %d", s.Requests(), test.requests)
			}
			if !slices.Equal(*pauses, test.pauses) {
				t.Errorf("pauses are %v; want %v", *pauses, test.pauses)
			}
			checkError(t, err, test.kind, head, test.text, test.inDoubt)
		})
	}
}

// TestSubmitRequest checks the request that OSS gets.
func TestSubmitRequest(t *testing.T) {
	requests := make(chan *http.Request, 1)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { requests <- r; take(w, r) })
	c, _ := newTestClient(t, s.URL)
	if _, err := c.Submit(withCaller(t), &rules.Upload{Region: "cn-beijing"}, task()); err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.Method != "POST" || got.URL.Path != "/acme-uploads/in/a b+%2F文.docx" || strings.TrimSuffix(got.URL.RawQuery, "=") != "x-oss-async-process" {
		t.Errorf("%s %s?%s", got.Method, got.URL.Path, got.URL.RawQuery)
	}
	if body, want := s.Received()[0], "x-oss-async-process="+task().Request(); body != want {
		t.Errorf("body is %s\nwant %s", body, want)
	}
	if got.Header.Get("x-oss-security-token") != token {
		t.Error("not the invocation's token")
	}
	if a := got.Header.Get("Authorization"); !strings.Contains(a, keyID) || !strings.Contains(a, "/cn-beijing/") {
		t.Errorf("signed with another key or for another region: %s", a)
	}
}

// TestSubmitHangs checks that a missing answer is awaited until the context ends, and that the request is not repeated.
func TestSubmitHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(withCaller(t))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	c, pauses := newTestClient(t, s.URL)
	_, err := c.Submit(ctx, &rules.Upload{}, task())
	checkError(t, err, &TransientError{}, DescribeTask(task())+": ",
		"the request went out and no answer came back: OSS may have taken it (the invocation's time was used up)", true)
	if s.Requests() != 1 || len(*pauses) != 0 {
		t.Errorf("%d requests, pauses %v", s.Requests(), *pauses)
	}
}

func TestSubmitWithoutTime(t *testing.T) {
	ctx, cancel := context.WithCancel(withCaller(t))
	cancel()
	s := serve(t, take)
	c, _ := newTestClient(t, s.URL)
	_, err := c.Submit(ctx, &rules.Upload{}, task())
	checkError(t, err, &TransientError{}, DescribeTask(task())+": ", "nothing was sent: the invocation's time was used up", false)
	if s.Requests() != 0 {
		t.Errorf("%d requests", s.Requests())
	}
}

// TestSubmitRefusedConnection submits to an address without a listener, and then with one.
func TestSubmitRefusedConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	c, pauses := newTestClient(t, "http://"+address)

	_, err = c.Submit(withCaller(t), &rules.Upload{}, task())
	checkError(t, err, &TransientError{}, DescribeTask(task())+": ",
		"nothing was sent: dial tcp "+address+": connect: connection refused, after 5 attempts", false)

	s := newServer(take)
	defer s.Close()
	*pauses = nil
	c.Wait = func(context.Context, time.Duration) error {
		if s.Listener.Close(); s.URL == "" {
			if s.Listener, err = net.Listen("tcp", address); err != nil {
				t.Fatal(err)
			}
			s.Start()
		}
		return nil
	}
	receipt, err := c.Submit(withCaller(t), &rules.Upload{}, task())
	if err != nil || receipt.Attempts != 2 || s.Requests() != 1 {
		t.Errorf("%+v, %v, %d requests", receipt, err, s.Requests())
	}
}

// closeNotice closes a channel when the connection is closed on this side.
type closeNotice struct {
	net.Conn
	closed chan struct{}
	once   *sync.Once
}

func (c closeNotice) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// TestSubmitStaleConnection checks that a dead connection causes neither doubt nor a failure.
func TestSubmitStaleConnection(t *testing.T) {
	t.Run("nothing written", func(t *testing.T) {
		s := serve(t, take)
		c, pauses := newTestClient(t, s.URL)
		var dials atomic.Int64
		c.Transport.(*http.Transport).DialContext = counted(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if dials.Add(1) == 1 {
				conn = brokenConn{conn}
			}
			return conn, err
		})
		receipt, err := c.Submit(withCaller(t), &rules.Upload{}, task())
		if err != nil || receipt.Attempts != 2 || s.Requests() != 1 || len(*pauses) != 1 {
			t.Errorf("%+v, %v, %d requests", receipt, err, s.Requests())
		}
	})
	t.Run("nothing written after a request", func(t *testing.T) {
		s := serve(t, take)
		c, _ := newTestClient(t, s.URL)
		var broken atomic.Bool
		c.Transport.(*http.Transport).DialContext = counted(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return breakingConn{conn, &broken}, err
		})
		if _, err := c.Submit(withCaller(t), &rules.Upload{}, task()); err != nil {
			t.Fatal(err)
		}
		broken.Store(true)
		_, err := c.Submit(withCaller(t), &rules.Upload{}, task())
		checkError(t, err, &TransientError{}, DescribeTask(task())+": ", "nothing was sent: …", false)
		if s.Requests() != 1 {
			t.Errorf("%d requests", s.Requests())
		}
	})
	t.Run("closed while idle", func(t *testing.T) {
		s := serve(t, take)
		c, _ := newTestClient(t, s.URL)
		closed := make(chan struct{})
		var dials atomic.Int64
		c.Transport.(*http.Transport).DialContext = counted(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			if dials.Add(1) == 1 {
				conn = closeNotice{conn, closed, new(sync.Once)}
			}
			return conn, err
		})
		for range 2 { // on one connection
			if receipt, err := c.Submit(withCaller(t), &rules.Upload{}, task()); err != nil || receipt.Attempts != 1 {
				t.Fatalf("%+v, %v", receipt, err)
			}
		}
		if dials.Load() != 1 {
			t.Errorf("%d connections for two requests", dials.Load())
		}
		s.CloseClientConnections()
		<-closed
		if receipt, err := c.Submit(withCaller(t), &rules.Upload{}, task()); err != nil || receipt.Attempts != 1 {
			t.Errorf("%+v, %v", receipt, err)
		}
	})
}

// TestSubmitTLS checks that handshakes do not count as sent bytes, and that requests through TLS do.
func TestSubmitTLS(t *testing.T) {
	s := newServer(take, hangUp(true))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	c, _ := newTestClient(t, s.URL)
	_, err := c.Submit(withCaller(t), &rules.Upload{}, task())
	checkError(t, err, &TransientError{}, DescribeTask(task())+": ", "nothing was sent: tls: failed to verify certificate: …", false)

	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c.Transport = newTransport(&tls.Config{RootCAs: roots})
	defer c.Transport.(*http.Transport).CloseIdleConnections()
	if receipt, err := c.Submit(withCaller(t), &rules.Upload{}, task()); err != nil || receipt.TaskID == "" {
		t.Errorf("%+v, %v", receipt, err)
	}
	_, err = c.Submit(withCaller(t), &rules.Upload{}, task())
	checkError(t, err, &TransientError{}, DescribeTask(task())+": ", "the request went out and no answer came back: …", true)
	if s.Requests() != 2 {
		t.Errorf("%d requests", s.Requests())
	}
}

// TestSubmitNotSent checks that a request that cannot be sent fails as permanent, with the reason. Another invocation may have
// credentials.
func TestSubmitNotSent(t *testing.T) {
	t.Setenv("OSS_ACCESS_KEY_ID", "")
	s := serve(t, take)
	invalidBucket := task()
	invalidBucket.Source.Bucket = "No.Bucket"
	tests := []struct {
		name   string
		ctx    context.Context
		region string
		task   *rules.Task
		want   error
		text   string
	}{
		{"no credentials", t.Context(), "cn-hangzhou", task(), &TransientError{}, "nothing was sent: no credentials: …"},
		{"no region", t.Context(), "", task(), &PermanentError{}, "nothing was sent: no region: neither the event nor the invocation names one; set OSS_REGION"},
		{"a region that is none", withCaller(t), "evil.example/", task(), &PermanentError{}, `nothing was sent: invalid region "evil.example/"`},
		{"a bucket that is none", withCaller(t), "", invalidBucket, &PermanentError{}, "nothing was sent: the OSS SDK does not accept OperationInput.Bucket"},
	}
	for _, test := range tests {
		c, _ := newTestClient(t, s.URL)
		_, err := c.Submit(test.ctx, &rules.Upload{Region: test.region}, test.task)
		checkError(t, err, test.want, DescribeTask(test.task)+": ", test.text, false)
	}
	if s.Requests() != 0 {
		t.Errorf("%d requests", s.Requests())
	}
	t.Setenv("OSS_ACCESS_KEY_ID", keyID)
	t.Setenv("OSS_ACCESS_KEY_SECRET", secret)
	c, _ := newTestClient(t, s.URL)
	if _, err := c.Submit(t.Context(), &rules.Upload{Region: "cn-hangzhou"}, task()); err != nil {
		t.Errorf("with the environment's credentials: %v", err)
	}
}
