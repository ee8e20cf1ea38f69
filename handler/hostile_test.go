package handler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"onput/internal/ossclient"
	"onput/rules"
)

// hostileRules fire for every key and use every feature of an invocation.
const hostileRules = `
version: 1
sources: ["[!d]*"]
claims: {bucket: acme-state}
failures: {permanent: record}
defaults: {events: ["*"], target: {bucket: derived}}
rules:
  - {name: all, match: "**", process: "doc/convert,target_pdf,source_docx", target: "{key}.pdf"}
  - {name: ext, match: "*.*", process: "doc/convert,target_png,source_{ext}", target: "{dirname}/{barename}/{index}.png", notify: done}
`

var hostileSet = sync.OnceValue(func() *rules.Set {
	set, err := rules.Parse("rules.yaml", []byte(hostileRules))
	if err != nil {
		panic(err)
	}
	return set
})

// memoryOSS is an OSS in memory, reached without a network. It takes processes, except for keys that contain "denied".
type memoryOSS struct {
	mu      sync.Mutex
	objects map[string][]byte
	taken   []string // path and process
}

func (o *memoryOSS) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	w.Header().Set("x-oss-request-id", "534B")
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	query, path := r.URL.Query(), r.URL.Host+r.URL.EscapedPath()
	old, found := o.objects[path]
	switch position, _ := strconv.Atoi(query.Get("position")); {
	case query.Has("append") && position != len(old):
		refuse(409, "PositionNotEqualToLength", "x")(w, r)
	case query.Has("append"):
		o.objects[path] = append(old[:position:position], body...)
		w.Header().Set("x-oss-next-append-position", strconv.Itoa(len(o.objects[path])))
	case query.Has("x-oss-async-process") && strings.Contains(path, "denied"):
		refuse(403, "AccessDenied", "you sent "+strings.ReplaceAll(fmt.Sprint(r.Header), "&", ""))(w, r)
	case query.Has("x-oss-async-process"):
		o.taken = append(o.taken, path+" "+string(body))
		fmt.Fprintf(w, `{"TaskId":"doc-%d","EventId":"1"}`, len(o.taken))
	case r.Method == "PUT":
		o.objects[path] = body
	case !found:
		refuse(404, "NoSuchKey", "x")(w, r)
	default:
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		w.Write(old)
	}
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// newHostile returns a handler with hostileRules, its OSS and its log.
func newHostile(t testing.TB) (*Handler, *memoryOSS, *bytes.Buffer) {
	o, err := ossclient.New("http://oss.test", "")
	if err != nil {
		t.Fatal(err)
	}
	o.Wait = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	memory := &memoryOSS{objects: map[string][]byte{}}
	o.Transport = memory
	log := new(bytes.Buffer)
	return &Handler{Rules: fixed{set: hostileSet()}, Submitter: o,
		Log: newLog(log, slog.LevelDebug)}, memory, log
}

// checkOutput checks that everything an invocation writes is well-formed and without secrets.
func checkOutput(t *testing.T, log string, answer *Answer, err error, objects map[string][]byte) {
	t.Helper()
	b, jsonErr := json.Marshal(answer)
	if jsonErr != nil {
		t.Fatal(jsonErr)
	}
	output := log + string(b)
	for line := range strings.Lines(log) {
		var entry struct{ Msg, Invocation, Status, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.Invocation != "1-65" ||
			!slices.Contains([]string{"task", "skipped", "unmatched", "invocation", "completed", "failed"}, entry.Msg) {
			t.Errorf("a line of the log: %v: %q", err, line)
		}
	}
	if err != nil {
		output += err.Error()
		if strings.ContainsFunc(err.Error(), func(r rune) bool { return r != '\n' && !strconv.IsPrint(r) }) || len(err.Error()) > 32<<10 {
			t.Errorf("error is %q", err)
		}
		var event *EventError
		var transient *TransientError
		var permanent *PermanentError
		var failed *TaskFailed
		if !errors.As(err, &failed) && !errors.As(err, &event) && !errors.As(err, &transient) && !errors.As(err, &permanent) {
			t.Errorf("error is a %T", err)
		}
	}
	for path, content := range objects {
		output += string(content)
		if !json.Valid(bytes.ReplaceAll(bytes.TrimSpace(content), []byte("\n"), []byte(","))) && !json.Valid([]byte("["+strings.ReplaceAll(strings.TrimSpace(string(content)), "\n", ",")+"]")) {
			t.Errorf("%s is no JSON: %q", path, content)
		}
	}
	for _, word := range []string{secret, token, keyID, "OSS4-HMAC", "Authorization"} {
		if strings.Contains(output, word) {
			t.Errorf("%s is in %q", word, output)
		}
	}
}

// FuzzInvoke checks that an invocation of any payload ends and leaks nothing, and that a second one fires nothing again.
func FuzzInvoke(f *testing.F) {
	files, err := filepath.Glob("../internal/event/testdata/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no sample events", err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	for _, e := range envelopes {
		f.Add([]byte(e.Wrap([]string{record("a.docx"), record("b/ü.mp4"), record("denied\n{\"msg\":\"x\"}.doc,x")})))
	}
	f.Add([]byte(native(record("a.docx"), strings.Replace(record("a.docx"), `"requestId":"58F9"`, "", 1))))
	f.Add([]byte(native(`{"oss":{"bucket":{"name":"acme-uploads"},"object":{"key":"a.docx"}}}`)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		h, memory, log := newHostile(t)
		ctx, cancel := context.WithTimeout(fcContext(t.Context()), time.Minute)
		defer cancel()
		var taken []string
		ids := map[string]string{} // of tasks, by what identifies one in an answer
		for n := range 2 {
			log.Reset()
			answer, err := h.Invoke(ctx, payload)
			checkOutput(t, log.String(), answer, err, memory.objects)
			if n == 1 && !slices.Equal(memory.taken, taken) {
				t.Errorf("the second time fires %q after %q", memory.taken, taken)
			}
			taken = slices.Clone(memory.taken)
			for i, u := range answer.Uploads {
				for k, task := range u.Tasks {
					id := fmt.Sprint(i, k)
					switch task.Status {
					case Submitted, Duplicate:
						// A task that failed at first may be a duplicate later, if the payload has its upload twice.
						if n == 1 && task.Status != Duplicate || ids[id] != "" && task.TaskID != ids[id] || task.TaskID == "" {
							t.Errorf("answer %d of %q: %+v after %s", n, u.Key, task, ids[id])
						}
						ids[id] = task.TaskID
					case Failed:
						if task.Error == "" || strings.Contains(task.Error, "panicked") || task.TaskID != "" || ids[id] != "" {
							t.Errorf("%+v after %s", task, ids[id])
						}
					default:
						t.Errorf("%+v", task)
					}
				}
			}
		}
	})
}

// TestManyRecords invokes with the largest number of records: all different, one too many, and many of the same upload.
func TestManyRecords(t *testing.T) {
	h, log := newTestHandler(t, "http://127.0.0.1:1")
	h.Submitter = submitter(func(_ context.Context, u *rules.Upload, _ *rules.Task) (ossclient.Receipt, error) {
		return ossclient.Receipt{TaskID: u.Key}, nil
	})
	records := make([]string, 10_000)
	for i := range records {
		records[i] = record(fmt.Sprint(i, ".docx"))
	}
	answer, err := h.Invoke(fcContext(t.Context()), []byte(native(records...)))
	if err != nil || len(answer.Uploads) != 10_000 || strings.Count(log.String(), "\n") != 10_000+1 {
		t.Fatalf("%d uploads, %.500v", len(answer.Uploads), err)
	}
	for i, u := range answer.Uploads {
		if len(u.Tasks) != 1 || u.Tasks[0].TaskID != fmt.Sprint(i, ".docx") {
			t.Fatalf("upload %d: %+v", i, u)
		}
	}
	answer, err = h.Invoke(fcContext(t.Context()), []byte(native(append(records, record("c.docx"))...)))
	if err == nil || !strings.Contains(err.Error(), "more than 10000 records") || len(answer.Uploads) != 10_000 {
		t.Errorf("a record more: %d uploads, %.500v", len(answer.Uploads), err)
	}

	h, memory, _ := newHostile(t)
	for i := range records {
		records[i] = record([]string{"a.docx", "b.docx"}[i%2])
	}
	answer, err = h.Invoke(fcContext(t.Context()), []byte(native(records[:200]...)))
	statuses := map[Status]int{}
	for _, u := range answer.Uploads {
		for _, task := range u.Tasks {
			statuses[task.Status]++
		}
	}
	if err != nil || statuses[Submitted] != 4 || statuses[Duplicate] != 396 || len(memory.taken) != 4 {
		t.Errorf("%v, OSS took %d, %.500v", statuses, len(memory.taken), err)
	}
}

// panics is an OSS whose submissions panic.
type panics struct{ *ossclient.Client }

func (panics) Submit(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
	panic("in a submission")
}

// TestPanicKeepsClaim checks that a panic leaves the claim in place, as a killed process does.
func TestPanicKeepsClaim(t *testing.T) {
	h, memory, _ := newHostile(t)
	h.Submitter = panics{h.Submitter.(*ossclient.Client)}
	_, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx"))))
	var transient *TransientError
	if !errors.As(err, &transient) || !strings.Contains(err.Error(), "the function panicked") {
		t.Errorf("%T %v", err, err)
	}
	for path, log := range memory.objects {
		if !strings.HasPrefix(string(log), `{"claim":"claimed"`) || strings.Count(string(log), "\n") != 1 {
			t.Errorf("%s is %s", path, log)
		}
	}
	if len(memory.objects) != 2 { // a rule each
		t.Errorf("%d claims", len(memory.objects))
	}
}

// TestClaimsNeedObjects checks that nothing is submitted without a store for claims.
func TestClaimsNeedObjects(t *testing.T) {
	h, _, _ := newHostile(t)
	h.Submitter = submitter(func(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
		t.Error("submitted")
		return ossclient.Receipt{}, nil
	})
	if _, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx")))); err == nil {
		t.Error("no error")
	}
}
