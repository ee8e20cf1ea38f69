package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/rules"
)

var update = flag.Bool("update", false, "write the golden files anew")

const ruleFile = `
version: 1
sources: [acme-uploads]
defaults:
  target: {bucket: acme-derived}
rules:
  - name: docx-to-png
    match: "*.docx"
    process: doc/convert,target_png,source_docx
    target: previews/{dirname}/{barename}/{index}.png
  - name: ladder
    match: "*.mov"
    outputs:
      - {process: "video/convert,f_mp4,vcodec_h264,s_1920x", target: "1080p/{barename}.mp4"}
      - {process: "video/snapshots,f_jpg,num_1", target: "poster/{barename}.jpg"}
  - name: dry
    match: "*.dry"
    mode: log
    process: doc/convert,target_pdf,source_docx
    target: dry/{barename}.pdf
  - name: dry-by-extension
    match: "dry/**"
    mode: log
    process: "doc/convert,target_png,source_{ext}"
    target: dry/{barename}/{index}.png
  - name: by-extension
    match: "ext/**"
    process: "doc/convert,target_png,source_{ext}"
    target: ext/{barename}/{index}.png
`

// newTestHandler returns a handler that sends to url and logs into the buffer.
func newTestHandler(t *testing.T, url string) (*Handler, *bytes.Buffer) {
	log := new(bytes.Buffer)
	return &Handler{
		Rules:     fixed{set: parseRules(t, ruleFile)},
		Submitter: newTestClient(t, url),
		Log:       slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutTimes})),
	}, log
}

// withoutTimes removes attributes that differ from run to run.
func withoutTimes(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case slog.TimeKey:
		return slog.Attr{}
	case "ms":
		return slog.Int64("ms", 0)
	case "stack":
		return slog.Bool("stack", strings.Contains(a.Value.String(), "panic"))
	}
	return a
}

// perKey answers each request by the object's key.
func perKey(answers map[string]http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if a, ok := answers[key]; ok {
			a(w, r)
			return
		}
		take(w, r)
	}
}

// TestInvoke compares answer, error and log of whole invocations with golden files. Log lines are sorted, since tasks run
// concurrently.
func TestInvoke(t *testing.T) {
	tests := []struct {
		name    string
		payload string
		answers map[string]http.HandlerFunc
		logOnly bool
		want    error
	}{
		{name: "one", payload: native(record("in/a.docx"))},
		{name: "outputs", payload: native(record("in/a.mov"))},
		{name: "nothing-fires", payload: native(record("a.txt"), record("folder/"),
			strings.ReplaceAll(record("a.docx"), "PutObject", "UploadPart"), strings.ReplaceAll(record("a.docx"), "acme-uploads", "elsewhere"))},
		{name: "mode-log-of-a-rule", payload: native(record("a.dry"))},
		{name: "mode-log", payload: native(record("a.docx"), record("a.mov")), logOnly: true},
		{name: "one-of-two-fails", payload: native(record("bad.docx"), record("good.docx")), want: &PermanentError{},
			answers: map[string]http.HandlerFunc{"bad.docx": refuse(403, "AccessDenied", "You have no right to access this object.")}},
		{name: "one-of-two-outputs", payload: native(record("in/a.mov")), want: &PermanentError{},
			answers: map[string]http.HandlerFunc{"in/a.mov": byProcess("video/snapshots", refuse(400, "Imm Client", "InvalidArgument, no frames"))}},
		{name: "transient-wins", payload: native(record("a.docx"), record("b.docx"), record("c.docx"), "{}"), want: &TransientError{},
			answers: map[string]http.HandlerFunc{
				"a.docx": refuse(404, "NoSuchKey", "The specified key does not exist."),
				"b.docx": refuse(503, "ServiceUnavailable", "Please reduce your rate."),
			}},
		{name: "event-before-permanent", payload: native(record("a.docx"), "{}"), want: &EventError{},
			answers: map[string]http.HandlerFunc{"a.docx": refuse(404, "NoSuchKey", "The specified key does not exist.")}},
		{name: "a-bad-record", payload: native(record("a.docx"), `{"oss":{}}`), want: &EventError{}},
		{name: "no-event", payload: "hello", want: &EventError{}},
		{name: "hostile-parameter", payload: native(record("ext/x.docx,target_txt"), record("ext/x.docx|sys"), record("ext/y.docx")), want: &PermanentError{}},
		{name: "hostile-key", payload: native(record("x\n{\"level\":\"ERROR\"}\u202e\x1b[31m\".docx")), want: &PermanentError{},
			answers: map[string]http.HandlerFunc{"x\n{\"level\":\"ERROR\"}\u202e\x1b[31m\".docx": refuse(403, "AccessDenied", "no")}},
		{name: "no-task-id", payload: native(record("a.docx")),
			answers: map[string]http.HandlerFunc{"a.docx": answer("text/html", `{"EventId":"181-1kZ"}`)}},
		{name: "no-task", payload: native(record("a.docx")), want: &TransientError{},
			answers: map[string]http.HandlerFunc{"a.docx": answer("text/html", "<html>")}},
		{name: "mode-log-would-fail", payload: native(record("ext/x.docx,target_txt"), record("dry/x.docx,target_txt")), logOnly: true},
		{name: "mode-log-of-a-rule-would-fail", payload: native(record("dry/x.docx,target_txt"))},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, perKey(test.answers))
			h, log := newTestHandler(t, s.URL)
			h.LogOnly = test.logOnly
			got, err := h.Invoke(fcContext(t.Context()), []byte(test.payload))
			if fmt.Sprintf("%T", err) != fmt.Sprintf("%T", test.want) {
				t.Errorf("error is a %T; want %T", err, test.want)
			}
			answer, jsonErr := json.MarshalIndent(got, "", "  ")
			if jsonErr != nil {
				t.Fatal(jsonErr)
			}
			text := "no error"
			if err != nil {
				text = err.Error()
			}
			golden(t, "invoke-"+test.name+".txt", fmt.Sprintf("%s\n\n%s\n\n%s", answer, text, sorted(log.String())))
		})
	}
}

// byProcess gives an answer to requests of one operation, and takes all others.
func byProcess(operation string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.HasPrefix(string(body), "x-oss-async-process="+operation) {
			answer(w, r)
			return
		}
		take(w, r)
	}
}

func sorted(lines string) string {
	return strings.Join(slices.Sorted(strings.Lines(lines)), "")
}

// golden compares got with a file under testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

// TestAnswerJSON checks the answer for Function Compute byte for byte.
func TestAnswerJSON(t *testing.T) {
	s := serve(t, take)
	h, _ := newTestHandler(t, s.URL)
	got, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx"), record("a.txt"), record("b/"))))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"requestId":"1-65","uploads":[{"bucket":"acme-uploads","key":"a.docx","event":"ObjectCreated:PutObject","tasks":[` +
		`{"rule":"docx-to-png","status":"submitted","process":"doc/convert,target_png,source_docx",` +
		`"target":"oss://acme-derived/previews/a/{index}.png","taskId":"MediaConvert-e4a7","eventId":"181-1kZ","requestId":"534B"}]},` +
		`{"bucket":"acme-uploads","key":"a.txt","event":"ObjectCreated:PutObject","tasks":[]},` +
		`{"bucket":"acme-uploads","key":"b/","event":"ObjectCreated:PutObject","skipped":"the key ends in /: a folder","tasks":[]}]}`
	if string(b) != want {
		t.Errorf("answer is\n%s\nwant\n%s", b, want)
	}
}

// TestInvokeEnvelopes checks that every envelope fires the same tasks.
func TestInvokeEnvelopes(t *testing.T) {
	for _, e := range envelopes {
		s := serve(t, take)
		h, _ := newTestHandler(t, s.URL)
		if _, err := h.Invoke(fcContext(t.Context()), []byte(e.Wrap([]string{record("in/a.docx")}))); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		want := []string{"x-oss-async-process=doc/convert,target_png,source_docx|sys/saveas,b_YWNtZS1kZXJpdmVk,o_cHJldmlld3MvaW4vYS97aW5kZXh9LnBuZw"}
		if diff := cmp.Diff(want, s.Received()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name, diff)
		}
	}
}

// TestInvokeRegion checks that an upload without a region gets the invocation's.
func TestInvokeRegion(t *testing.T) {
	var regions []string
	h, _ := newTestHandler(t, "http://127.0.0.1:1")
	h.Submitter = submitter(func(_ context.Context, u *rules.Upload, _ *rules.Task) (ossclient.Receipt, error) {
		regions = append(regions, u.Region)
		return ossclient.Receipt{}, nil
	})
	without := `{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":"acme-uploads"},"object":{"key":"a.docx"}}}`
	for _, payload := range []string{without, strings.Replace(without, "{", `{"region":"cn-beijing",`, 1)} {
		if _, err := h.Invoke(fcContext(t.Context()), []byte(payload)); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff([]string{"cn-hangzhou", "cn-beijing"}, regions); diff != "" {
		t.Error(diff)
	}
}

type submitter func(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error)

func (f submitter) Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (ossclient.Receipt, error) {
	return f(ctx, u, t)
}

// TestInvokeAtOnce checks that at most sixteen tasks run at the same time, and that all of them run.
func TestInvokeAtOnce(t *testing.T) {
	h, _ := newTestHandler(t, "http://127.0.0.1:1")
	var records []string
	for i := range 40 {
		records = append(records, record(fmt.Sprint(i, ".docx")))
	}
	synctest.Test(t, func(t *testing.T) {
		var running, all atomic.Int64
		gate := make(chan struct{})
		h.Submitter = submitter(func(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
			running.Add(1)
			<-gate
			running.Add(-1)
			all.Add(1)
			return ossclient.Receipt{TaskID: "x"}, nil
		})
		go func() {
			synctest.Wait() // until every goroutine waits
			if n := running.Load(); n != 16 {
				t.Errorf("%d at once; want 16", n)
			}
			close(gate)
		}()
		got, err := h.Invoke(fcContext(t.Context()), []byte(native(records...)))
		if err != nil || all.Load() != 40 {
			t.Errorf("%d in all, %v", all.Load(), err)
		}
		for i, u := range got.Uploads {
			if u.Key != fmt.Sprint(i, ".docx") || u.Tasks[0].Status != Submitted {
				t.Errorf("upload %d: %+v", i, u)
			}
		}
	})
}

// TestInvokePanic checks that a panic fails its own task only.
func TestInvokePanic(t *testing.T) {
	h, log := newTestHandler(t, "http://127.0.0.1:1")
	h.Submitter = submitter(func(_ context.Context, u *rules.Upload, _ *rules.Task) (ossclient.Receipt, error) {
		if u.Key == "b.docx" {
			panic(fmt.Errorf("the Submitter\nof this test"))
		}
		if u.Key == "c.docx" {
			panic("OSS4-HMAC-SHA256 Credential=x")
		}
		return ossclient.Receipt{TaskID: "x"}, nil
	})
	got, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx"), record("b.docx"), record("c.docx"), record("d.docx"))))
	var transient *TransientError
	if !errors.As(err, &transient) || !transient.InDoubt || !strings.HasPrefix(err.Error(), "2 of 4 tasks failed:\nAsyncProcessObject oss://acme-uploads/b.docx, rule docx-to-png") {
		t.Errorf("error is %T %v", err, err)
	}
	for i, want := range []Status{Submitted, Failed, Failed, Submitted} {
		if s := got.Uploads[i].Tasks[0].Status; s != want {
			t.Errorf("task %d is %s; want %s", i, s, want)
		}
	}
	for _, want := range []string{`"panic":"the Submitter of this test","stack":true`, `"panic":"(it repeats what was signed)","stack":true`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log has no %s:\n%s", want, log)
		}
	}
}

// TestInvocationError checks that the order of failures changes neither the type of the error nor the doubt.
func TestInvocationError(t *testing.T) {
	task := &rules.Task{}
	inDoubt, transient := &TransientError{Text: "t", InDoubt: true}, &TransientError{Text: "t"}
	permanent, unknown := &PermanentError{Text: "p"}, errors.New("u")
	event := &EventError{Text: "e"}
	for _, test := range []struct {
		errs     []error
		decoding error
		want     error
	}{
		{[]error{nil, nil}, nil, nil},
		{[]error{nil}, event, event},
		{[]error{permanent, permanent}, nil, &PermanentError{Text: "2 of 2 tasks failed:\np\np"}},
		{[]error{permanent, nil}, event, &EventError{Text: "1 of 2 tasks failed:\np\ne"}},
		{[]error{inDoubt, permanent}, nil, &TransientError{Text: "2 of 2 tasks failed:\nt\np", InDoubt: true}},
		{[]error{permanent, inDoubt}, nil, &TransientError{Text: "2 of 2 tasks failed:\np\nt", InDoubt: true}},
		{[]error{inDoubt, transient}, event, &TransientError{Text: "2 of 2 tasks failed:\nt\nt\ne", InDoubt: true}},
		{[]error{transient, permanent}, event, &TransientError{Text: "2 of 2 tasks failed:\nt\np\ne"}},
		{[]error{unknown, permanent}, nil, &TransientError{Text: "2 of 2 tasks failed:\nu\np"}},
	} {
		var jobs []job
		for _, err := range test.errs {
			jobs = append(jobs, job{task: task, err: err})
		}
		if got := invocationError(jobs, test.decoding, failureList{}); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v, %v: %#v; want %#v", test.errs, test.decoding, got, test.want)
		}
	}
}

// TestErrorBounds checks that no error has more than 16 KB, and that each of its parts still counts what it lists.
func TestErrorBounds(t *testing.T) {
	long := strings.Repeat("x", maxErrorLine)
	list := func(title string, total int) failureList {
		l := failureList{title: title, of: 2 * total}
		for range total {
			l.add(long)
		}
		return l
	}
	var jobs []job
	for range 300 {
		jobs = append(jobs, job{err: &PermanentError{Text: long}})
	}
	for _, tt := range []struct {
		jobs     []job
		decoding error
		finished failureList
		want     string // with the counts that depend on the room
	}{
		{jobs, nil, failureList{}, "300 of 300 tasks failed:\n(x+\n)+and \\d+ more, all in the log"},
		{nil, nil, list(" finished:", 400), "400 of 800 finished:\n(x+\n)+and \\d+ more, all in the log"},
		{jobs, &EventError{Text: "event " + long}, list(" finished:", 400), "300 of 300 tasks failed:\n(x+\n)+and \\d+ more, all in the log\nevent x+\n" +
			"400 of 800 finished:\n(x+\n)+and \\d+ more, all in the log"},
		{jobs[:2], nil, list(" finished:", 1), "2 of 2 tasks failed:\n(x+\n){2}1 of 2 finished:\nx+"},
	} {
		message := invocationError(tt.jobs, tt.decoding, tt.finished).Error()
		if !regexp.MustCompile("^"+tt.want+"$").MatchString(message) || len(message) > text.MaxError {
			t.Errorf("%d bytes: %s", len(message), message)
		}
	}
	lines := strings.Repeat(long+"\n", 100)
	for _, err := range []error{&TransientError{Text: lines}, &PermanentError{Text: lines}, &EventError{Text: lines}, &RulesError{text: lines}, &TaskFailed{text: lines}} {
		if message := err.Error(); len(message) > text.MaxError || len(message) < text.MaxError-1000 || !strings.HasSuffix(message, "x\nand 73 more lines") && !strings.HasSuffix(message, "x\nand 74 more lines") {
			t.Errorf("%T: %d bytes: …%s", err, len(message), message[len(message)-50:])
		}
	}
}

// TestInvokeManyFail checks that the error and the event fit into a message of 64 KB, and that the answer has every task.
func TestInvokeManyFail(t *testing.T) {
	s := serve(t, refuse(403, "AccessDenied", strings.Repeat("no ", 1000)))
	h, log := newTestHandler(t, s.URL)
	var records []string
	for range 200 {
		records = append(records, record(strings.Repeat("\u202e", 300)+".docx")) // 1 KB, and twice as much where it is quoted
	}
	got, err := h.Invoke(fcContext(t.Context()), []byte(native(records...)))
	var permanent *PermanentError
	if !errors.As(err, &permanent) {
		t.Fatalf("%T %v", err, err)
	}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		if len(line) > 610 || i > 0 && i < len(lines)-1 && !strings.Contains(line, "…, rule docx-to-png, doc/convert: 403 AccessDenied: no no") {
			t.Errorf("line %d has %d bytes: %s", i, len(line), line)
		}
	}
	if n := len(err.Error()); n < 15<<10 || n > text.MaxError || lines[0] != "200 of 200 tasks failed:" ||
		lines[len(lines)-1] != fmt.Sprintf("and %d more, all in the log", 200-(len(lines)-2)) {
		t.Errorf("the error has %d bytes, %d lines, and ends with %s", n, len(lines), lines[len(lines)-1])
	}
	for _, u := range got.Uploads {
		if u.Tasks[0].Status != Failed || !strings.HasSuffix(u.Tasks[0].Error, "(request id 647E, EC 0003-01)") {
			t.Fatalf("%+v", u)
		}
	}
	if n := strings.Count(log.String(), `"status":"failed"`); n != 200 {
		t.Errorf("%d tasks in the log", n)
	}
}

// TestInvokeBudget checks that a submission ends before the invocation does.
func TestInvokeBudget(t *testing.T) {
	h, _ := newTestHandler(t, "http://127.0.0.1:1")
	var got time.Time
	h.Submitter = submitter(func(ctx context.Context, _ *rules.Upload, _ *rules.Task) (ossclient.Receipt, error) {
		got, _ = ctx.Deadline()
		return ossclient.Receipt{}, nil
	})
	for left, reserve := range map[time.Duration]time.Duration{time.Hour: time.Second, 5 * time.Second: 500 * time.Millisecond} {
		deadline := time.Now().Add(left)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		if _, err := h.Invoke(fcContext(ctx), []byte(record("a.docx"))); err != nil {
			t.Error(err)
		}
		cancel()
		if r := deadline.Sub(got); r > reserve || r < reserve*8/10 {
			t.Errorf("%v left: %v in reserve; want about %v", left, r, reserve)
		}
	}
	if _, err := h.Invoke(t.Context(), []byte(record("a.docx"))); err != nil || time.Until(got) > defaultTimeout {
		t.Errorf("without a deadline: %v, %v", err, time.Until(got))
	}
}

// TestInvokeLate checks that an invocation without time left sends nothing.
func TestInvokeLate(t *testing.T) {
	s := serve(t, take)
	h, _ := newTestHandler(t, s.URL)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := h.Invoke(fcContext(ctx), []byte(native(record("a.docx"), record("b.docx"))))
	var transient *TransientError
	if !errors.As(err, &transient) || transient.InDoubt || strings.Count(err.Error(), "nothing was sent") != 2 || s.Requests() != 0 {
		t.Errorf("%T %v, %d requests", err, err, s.Requests())
	}
}

// TestInvokeSecrets checks that logs, answers and errors hide secrets that OSS repeats.
func TestInvokeSecrets(t *testing.T) {
	echo := func(r *http.Request, root string) string {
		return fmt.Sprintf("<%s><Code>SignatureDoesNotMatch</Code><Message>The request signature does not match.</Message>"+
			"<StringToSign>%v</StringToSign><SignatureProvided>%s</SignatureProvided><Token>%s</Token></%s>",
			root, r.Header, r.Header.Get("Authorization"), r.Header.Get("x-oss-security-token"), root)
	}
	// said repeats a part of the request in OSS's error document.
	said := func(code, message string, part func(http.Header) string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var escapedCode, escapedMessage strings.Builder
			xml.EscapeText(&escapedCode, []byte(strings.ReplaceAll(code, "%", part(r.Header))))
			xml.EscapeText(&escapedMessage, []byte(strings.ReplaceAll(message, "%", part(r.Header))))
			refuse(403, escapedCode.String(), escapedMessage.String())(w, r)
		}
	}
	all := func(h http.Header) string { return fmt.Sprint(h) }
	authorization := func(h http.Header) string { return h.Get("Authorization") }
	signature := func(h http.Header) string { _, s, _ := strings.Cut(h.Get("Authorization"), "Signature="); return s }
	securityToken := func(h http.Header) string { return h.Get("x-oss-security-token") }
	stringToSign := func(http.Header) string {
		return "OSS4-HMAC-SHA256 20260101T000000Z 20260101/cn-hangzhou/oss/aliyun_v4_request 0123"
	}
	accessKeyID := func(http.Header) string { return keyID }
	for name, script := range map[string]http.HandlerFunc{
		"message with all":            said("A", "you sent %", all),
		"message with authorization":  said("A", "you sent %", authorization),
		"message with signature":      said("A", "it is not % but", signature),
		"message with token":          said("A", "%", securityToken),
		"message with token, cut":     said("A", strings.Repeat("x", 490)+"%", securityToken),
		"message with access key id":  said("A", "% is unknown", accessKeyID),
		"message with string to sign": said("A", "signed %", stringToSign),
		"code with authorization":     said("%", "m", authorization),
		"code with token, cut":        said(strings.Repeat("x", 90)+"%", "m", securityToken),
		"request id and EC with token": func(w http.ResponseWriter, r *http.Request) {
			raw(403, "<Error><Code>A</Code></Error>", "x-oss-request-id", securityToken(r.Header), "x-oss-ec", signature(r.Header))(w, r)
		},
		"ids": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("x-oss-request-id", securityToken(r.Header))
			json.NewEncoder(w).Encode(map[string]string{"TaskId": authorization(r.Header), "EventId": all(r.Header), "RequestId": securityToken(r.Header)})
		},
		"error document": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403); io.WriteString(w, echo(r, "Error")) },
		"broken document": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(403)
			io.WriteString(w, strings.TrimSuffix(echo(r, "Error"), "</Error>"))
		},
		"another document": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(400); fmt.Fprint(w, r.Header) },
		"accepted":         func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, echo(r, "Result")) },
		"hang up":          hangUp(true),
		"no HTTP": func(w http.ResponseWriter, r *http.Request) {
			conn, _, _ := w.(http.Hijacker).Hijack()
			fmt.Fprintf(conn, "%v\r\n\r\n", r.Header)
			conn.Close()
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/?"+token, 302) },
	} {
		t.Run(name, func(t *testing.T) {
			sent := make(chan string, 10) // signatures
			s := serve(t, func(w http.ResponseWriter, r *http.Request) { sent <- signature(r.Header); script(w, r) })
			h, log := newTestHandler(t, s.URL)
			answer, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx"))))
			b, _ := json.Marshal(answer)
			out := fmt.Sprintf("%s\n%s\n%v", log, b, err)
			for _, word := range []string{secret, token, token[:9], keyID, <-sent, "Authorization", "Signature=", "OSS4-HMAC", "StringToSign"} {
				if strings.Contains(out, word) {
					t.Errorf("%s is in\n%s", word, out)
				}
			}
		})
	}
}

// TestInvokeLogLines checks that every line of the log is one JSON object, whatever keys and messages hold.
func TestInvokeLogLines(t *testing.T) {
	s := serve(t, refuse(403, "A\nB", "x\n{\"level\":\"INFO\",\"msg\":\"forged\"}"))
	h, log := newTestHandler(t, s.URL)
	_, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a\n{\"msg\":\"forged\"}\n\"'\u2028.docx"), record("\x00.txt"))))
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("error is %v", err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n") {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] == "forged" || entry["invocation"] != "1-65" {
			t.Errorf("%v: %s", err, line)
		}
	}
}

// BenchmarkInvoke measures an invocation with one record and one task, without OSS.
func BenchmarkInvoke(b *testing.B) {
	h := &Handler{
		Rules: fixed{set: parseRules(b, ruleFile)},
		Submitter: submitter(func(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
			return ossclient.Receipt{TaskID: "x"}, nil
		}),
		Log: slog.New(slog.NewJSONHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	payload := []byte(native(record("in/a.docx")))
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Invoke(ctx, payload); err != nil {
			b.Fatal(err)
		}
	}
}
