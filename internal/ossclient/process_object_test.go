package ossclient

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/process"
	"onput/rules"
)

func thumbnail() *rules.Task {
	return &rules.Task{
		Rule:        "thumbnail",
		Source:      process.Location{Bucket: "acme-uploads", Key: "in/a b+%2F文.jpg"},
		Target:      process.Location{Bucket: "acme-derived", Key: "a.webp"},
		Process:     "image/resize,w_200/format,webp",
		Synchronous: true,
	}
}

// stored is OSS's answer to a synchronous task.
const stored = `{
    "bucket": "",
    "fileSize": 3267,
    "object": "a.webp",
    "status": "OK"}`

func TestProcessObject(t *testing.T) {
	const ms = time.Millisecond
	done := Receipt{Status: 200, RequestID: "534B", Size: 3267, Attempts: 1}
	withAttempts := func(n int) Receipt { r := done; r.Attempts = n; return r }
	withoutSize := Receipt{Status: 200, RequestID: "534B", Attempts: 1}
	failed := func(status, n int) Receipt { return Receipt{Status: status, RequestID: "647E", Attempts: n} }
	do := answer("application/json", stored)
	const unnamed = "OSS answered 200 without the status OK: it may have stored the result (request id 534B)"
	const head = `ProcessObject "oss://acme-uploads/in/a b+%2F文.jpg", rule thumbnail, image/resize: `
	for _, test := range []struct {
		name    string
		script  []http.HandlerFunc
		want    Receipt
		pauses  []time.Duration
		kind    error // of the error; nil for none
		text    string
		inDoubt bool
	}{
		{name: "done", script: []http.HandlerFunc{do}, want: done},
		{name: "a Content-Type that the SDK does not read", script: []http.HandlerFunc{answer("application/json; charset=utf-8", stored)}, want: done},
		{name: "no size", script: []http.HandlerFunc{answer("application/json", `{"status":"OK"}`)}, want: withoutSize},
		{name: "a size that is none", script: []http.HandlerFunc{answer("application/json", `{"status":"OK","fileSize":-5}`)}, want: withoutSize},
		{name: "another status", script: []http.HandlerFunc{answer("application/json", strings.Replace(stored, "OK", "Failed", 1))}, want: withoutSize,
			kind: &TransientError{}, inDoubt: true, text: unnamed},
		{name: "an empty answer", script: []http.HandlerFunc{answer("application/json", "")}, want: withoutSize, kind: &TransientError{}, inDoubt: true, text: unnamed},
		{name: "the picture itself", script: []http.HandlerFunc{answer("image/webp", "RIFF")}, want: withoutSize, kind: &TransientError{}, inDoubt: true, text: unnamed},

		{name: "CpuLimitExceeded, then done", script: []http.HandlerFunc{refuse(503, "CpuLimitExceeded", "x"), do}, want: withAttempts(2), pauses: []time.Duration{150 * ms}},
		{name: "429, then done", script: []http.HandlerFunc{refuse(429, "TooManyRequests", "x"), do}, want: withAttempts(2), pauses: []time.Duration{150 * ms}},
		{name: "a lost answer, then done", script: []http.HandlerFunc{hangUp(true), do}, want: withAttempts(2), pauses: []time.Duration{150 * ms}},
		{name: "a closed connection, then done", script: []http.HandlerFunc{hangUp(false), hangUp(false), do}, want: withAttempts(3), pauses: []time.Duration{150 * ms, 300 * ms}},
		{name: "an answer that breaks off, then done", script: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			do(w, r)
		}, do}, want: withAttempts(2), pauses: []time.Duration{150 * ms}},
		{name: "lost answers for ever", script: []http.HandlerFunc{hangUp(false)}, want: Receipt{Attempts: 5},
			pauses: []time.Duration{150 * ms, 300 * ms, 600 * ms, 1200 * ms}, kind: &TransientError{}, inDoubt: true,
			text: "the request went out and no answer came back: OSS may have taken it (EOF), after 5 attempts"},
		{name: "503 for ever", script: []http.HandlerFunc{refuse(503, "ServiceUnavailable", "x")}, want: failed(503, 5),
			pauses: []time.Duration{150 * ms, 300 * ms, 600 * ms, 1200 * ms}, kind: &TransientError{},
			text: "503 ServiceUnavailable: x (request id 647E, EC 0003-01), after 5 attempts"},

		{name: "500, then done", script: []http.HandlerFunc{refuse(500, "InternalError", "x"), do}, want: withAttempts(2), pauses: []time.Duration{150 * ms}},
		{name: "500 for ever", script: []http.HandlerFunc{refuse(500, "InternalError", "x")}, want: failed(500, 5),
			pauses: []time.Duration{150 * ms, 300 * ms, 600 * ms, 1200 * ms}, kind: &TransientError{}, inDoubt: true,
			text: "500 InternalError: x (request id 647E, EC 0003-01), after 5 attempts"},

		// One request only: the SDK would repeat BadRequest.
		{name: "BadRequest", script: []http.HandlerFunc{refuse(400, "BadRequest", "Input is not base64 decoding.")}, want: failed(400, 1), kind: &PermanentError{},
			text: "400 BadRequest: Input is not base64 decoding. (request id 647E, EC 0003-01)"},
		{name: "ImageTooLarge", script: []http.HandlerFunc{refuse(400, "ImageTooLarge", "x")}, want: failed(400, 1), kind: &PermanentError{},
			text: "400 ImageTooLarge: x (request id 647E, EC 0003-01)"},
		{name: "403", script: []http.HandlerFunc{refuse(403, "AccessDenied", "x")}, want: failed(403, 1), kind: &PermanentError{}, text: "403 AccessDenied: x …"},
		{name: "404", script: []http.HandlerFunc{refuse(404, "NoSuchStyle", "x")}, want: failed(404, 1), kind: &PermanentError{}, text: "404 NoSuchStyle: x …"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, test.script...)
			c, pauses := newTestClient(t, s.URL)
			got, err := c.Submit(withCaller(t), &rules.Upload{}, thumbnail())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("receipt (-want +got):\n%s", diff)
			}
			if s.Requests() != test.want.Attempts {
				t.Errorf("OSS saw %d requests", s.Requests())
			}
			if !slices.Equal(*pauses, test.pauses) {
				t.Errorf("pauses are %v; want %v", *pauses, test.pauses)
			}
			checkError(t, err, test.kind, head, test.text, test.inDoubt)
		})
	}
}

// OSS gets the process in the body, as its documentation has it.
func TestProcessObjectRequest(t *testing.T) {
	requests := make(chan *http.Request, 1)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		requests <- r
		answer("application/json", stored)(w, r)
	})
	c, _ := newTestClient(t, s.URL)
	if _, err := c.Submit(withCaller(t), &rules.Upload{Region: "cn-beijing"}, thumbnail()); err != nil {
		t.Fatal(err)
	}
	got := <-requests
	if got.Method != "POST" || got.URL.Path != "/acme-uploads/in/a b+%2F文.jpg" || strings.TrimSuffix(got.URL.RawQuery, "=") != "x-oss-process" {
		t.Errorf("%s %s?%s", got.Method, got.URL.Path, got.URL.RawQuery)
	}
	if body := s.Received()[0]; body != "x-oss-process=image/resize,w_200/format,webp|sys/saveas,b_YWNtZS1kZXJpdmVk,o_YS53ZWJw" {
		t.Errorf("body is %s", body)
	}
}

// A throttle of IMM does not delay pictures, nor do theirs delay the tasks of IMM.
func TestProcessObjectHasItsOwnPace(t *testing.T) {
	for _, test := range []struct{ first, second *rules.Task }{{task(), thumbnail()}, {thumbnail(), task()}} {
		s := serve(t, refuse(400, "QpsLimitExceeded", "x", "Retry-After", "7200"), func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("x-oss-process") {
				answer("application/json", stored)(w, r)
			} else {
				take(w, r)
			}
		})
		c, pauses := newTestClient(t, s.URL)
		ctx, cancel := context.WithTimeout(withCaller(t), time.Hour)
		defer cancel()
		c.Submit(ctx, &rules.Upload{}, test.first)
		if _, err := c.Submit(ctx, &rules.Upload{}, test.second); err != nil || len(*pauses) != 0 {
			t.Errorf("%v, pauses %v", err, *pauses)
		}
		if c.Submit(ctx, &rules.Upload{}, test.first); len(*pauses) != 1 {
			t.Errorf("pauses %v; want one", *pauses)
		}
	}
}

// A missing answer is awaited until the context ends, and then nothing is repeated.
func TestProcessObjectHangs(t *testing.T) {
	ctx, cancel := context.WithCancel(withCaller(t))
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	c, pauses := newTestClient(t, s.URL)
	_, err := c.Submit(ctx, &rules.Upload{}, thumbnail())
	checkError(t, err, &TransientError{}, DescribeTask(thumbnail())+": ",
		"the request went out and no answer came back: OSS may have taken it (the invocation's time was used up)", true)
	if s.Requests() != 1 || len(*pauses) != 0 {
		t.Errorf("%d requests, pauses %v", s.Requests(), *pauses)
	}
}
