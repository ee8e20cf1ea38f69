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
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"onput/rules"
)

const brokenRules = "version: 1\nrules:\n  - name: Not a name\n    match: [\n"

// names returns the rules of a set that fire for a.docx. It identifies a set.
func names(set *rules.Set) string {
	var names []string
	for _, task := range set.Match(&rules.Upload{Event: "ObjectCreated:PutObject", Bucket: "acme-uploads", Key: "a.docx", Size: -1}) {
		names = append(names, task.Rule)
	}
	return strings.Join(names, " ")
}

func ruleNamed(name string) string {
	return "version: 1\nsources: [acme-uploads]\nrules:\n  - name: " + name +
		"\n    match: \"*.docx\"\n    process: doc/convert,target_png,source_docx\n    target: {bucket: acme-derived, key: \"{barename}/{index}.png\"}\n"
}

func TestRulesFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(path, []byte(ruleNamed("one")), 0o666); err != nil {
		t.Fatal(err)
	}
	set, _, err := OpenRules(path, nil, nil, nil, nil).Current(t.Context())
	if err != nil || names(set) != "one" {
		t.Errorf("%v, %v", set, err)
	}

	if err := os.WriteFile(path, []byte(brokenRules), 0o666); err != nil {
		t.Fatal(err)
	}
	_, want := rules.Parse(path, []byte(brokenRules))
	var diagnostics rules.Diagnostics
	var rulesErr *RulesError
	source := OpenRules(path, nil, nil, nil, nil)
	for range 2 {
		_, _, err := source.Current(t.Context())
		if !errors.As(err, &rulesErr) || err.Error() != want.Error() || !errors.As(err, &diagnostics) {
			t.Errorf("error is %T %v; want the full text:\n%v", err, err, want)
		}
	}
	if _, _, err := OpenRules(path+".none", nil, nil, nil, nil).Current(t.Context()); !errors.As(err, &rulesErr) || !strings.Contains(err.Error(), path+".none") {
		t.Errorf("no file: %T %v", err, err)
	}
	var settings *SettingsError
	for _, place := range []string{"oss://", "oss://bucket", "oss://bucket/", "oss:///key"} {
		if _, _, err := OpenRules(place, nil, nil, nil, nil).Current(t.Context()); !errors.As(err, &settings) {
			t.Errorf("%s: %T %v", place, err, err)
		}
	}
}

// TestRulesFileStillLoading checks that Current waits for the file, at most until its context ends, and that OpenRules does
// not wait.
func TestRulesFileStillLoading(t *testing.T) {
	mkfifo, err := exec.LookPath("mkfifo")
	if err != nil {
		t.Skip("without mkfifo no file can be made to wait for its content")
	}
	path := filepath.Join(t.TempDir(), "rules.yaml")
	if out, err := exec.Command(mkfifo, path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	source := OpenRules(path, nil, nil, nil, nil)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var transient *TransientError
	want := "rules not read: " + path + " was still being loaded when the invocation's time was used up"
	if _, _, err := source.Current(ended); !errors.As(err, &transient) || err.Error() != want {
		t.Errorf("%T %v; want %s", err, err, want)
	}
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() {
			if set, _, err := source.Current(t.Context()); err != nil || names(set) != "one" {
				t.Errorf("%v", err)
			}
		})
	}
	if err := os.WriteFile(path, []byte(ruleNamed("one")), 0o666); err != nil {
		t.Fatal(err)
	}
	waiting.Wait()
	for range 100 { // loaded rules are returned also without time left
		if set, _, err := source.Current(ended); err != nil || names(set) != "one" {
			t.Fatalf("%v", err)
		}
	}
}

// TestInvokeBrokenRules checks that every invocation fails with the full text and logs it.
func TestInvokeBrokenRules(t *testing.T) {
	h, log := newTestHandler(t, "http://127.0.0.1:1")
	_, cause := rules.Parse("rules.yaml", []byte(brokenRules))
	h.Rules = ErrorRules(&RulesError{text: cause.Error(), err: cause})
	for range 2 {
		answer, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx"))))
		var rulesErr *RulesError
		if !errors.As(err, &rulesErr) || err.Error() != cause.Error() || len(answer.Uploads) != 0 {
			t.Errorf("%T %v", err, err)
		}
	}
	if strings.Count(log.String(), `"level":"ERROR","msg":"invocation"`) != 2 {
		t.Errorf("log:\n%s", log)
	}
}

// storedObject is an OSS with one object. It accepts the invocation's credentials and counts requests.
type storedObject struct {
	mu             sync.Mutex
	content, etag  string
	failure        http.HandlerFunc // answers instead
	gets, complete int
}

func (o *storedObject) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gets++
	switch {
	case r.Header.Get("x-oss-security-token") != token:
		w.WriteHeader(http.StatusForbidden)
	case r.Method != "GET" || r.URL.Path != "/acme-config/rules/onput.yaml":
		w.WriteHeader(http.StatusNotFound)
	case o.failure != nil:
		o.failure(w, r)
	case r.Header.Get("If-None-Match") == o.etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		o.complete++
		w.Header().Set("ETag", o.etag)
		io.WriteString(w, o.content)
	}
}

func (o *storedObject) set(content, etag string, failure http.HandlerFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.content, o.etag, o.failure = content, etag, failure
}

// counts returns the number of requests, and of those that got the object.
func (o *storedObject) counts() (gets, complete int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.gets, o.complete
}

// TestRulesObject goes through the life of a rule object step by step. Before each step the clock moves by minutes.
func TestRulesObject(t *testing.T) {
	object := &storedObject{}
	s := serve(t, object.ServeHTTP)
	o := newTestClient(t, s.URL)
	log := new(bytes.Buffer)
	source := OpenRules("oss://acme-config/rules/onput.yaml", o, newLog(log, slog.LevelInfo), nil, nil).(*rulesObject)
	now := time.Now()
	source.now = func() time.Time { return now }

	steps := []struct {
		name           string
		minutes        float64
		content, etag  string
		failure        http.HandlerFunc
		want           string // the rule in force
		kind           error
		gets, complete int    // in this step
		log            string // in the log of this step
	}{
		{name: "no answer", failure: refuse(503, "ServiceUnavailable", "x"), kind: &TransientError{}, gets: 5},
		{name: "no answer again, at once", failure: hangUp(true), kind: &TransientError{}, gets: 1},
		{name: "not there", failure: refuse(404, "NoSuchKey", "The specified key does not exist."), kind: &RulesError{}, gets: 1},
		{name: "still not there", minutes: 0.9, content: ruleNamed("one"), etag: `"1"`, kind: &RulesError{}},
		{name: "invalid", minutes: 0.2, content: brokenRules, etag: `"0"`, kind: &RulesError{}, gets: 1, complete: 1},
		{name: "still invalid", minutes: 1, content: brokenRules, etag: `"0"`, kind: &RulesError{}, gets: 1},
		{name: "first version", minutes: 1, content: ruleNamed("one"), etag: `"1"`, want: "one", gets: 1, complete: 1, log: `"etag":"\"1\""`},
		{name: "in the same minute", minutes: 0.9, content: ruleNamed("two"), etag: `"2"`, want: "one"},
		{name: "unchanged", minutes: 0.2, content: ruleNamed("one"), etag: `"1"`, want: "one", gets: 1},
		{name: "unchanged again", minutes: 1, content: ruleNamed("one"), etag: `"1"`, want: "one", gets: 1},
		{name: "second version", minutes: 1, content: ruleNamed("two"), etag: `"2"`, want: "two", gets: 1, complete: 1, log: `"etag":"\"2\""`},
		{name: "then invalid", minutes: 1, content: brokenRules, etag: `"3"`, want: "two", gets: 1, complete: 1,
			log: `last good version stays in force","object":"oss://acme-config/rules/onput.yaml","etag":"\"2\""`},
		{name: "then gone", minutes: 1, failure: refuse(404, "NoSuchKey", "x"), want: "two", gets: 1, log: `"etag":"\"2\"","error":"rules not read: GetObject oss://acme-config/rules/onput.yaml: 404 NoSuchKey: x`},
		{name: "then out of reach", minutes: 1, failure: refuse(503, "Busy", "x"), want: "two", gets: 5, log: `"etag":"\"2\"","error":"rules not read: GetObject`},
		{name: "not refreshed again at once", minutes: 0.5, failure: refuse(503, "Busy", "x"), want: "two"},
		{name: "cut off", minutes: 1, want: "two", gets: 1, log: "the answer was cut off", failure: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100000")
			io.WriteString(w, ruleNamed("cut"))
		}},
		{name: "third version", minutes: 1, content: ruleNamed("three"), etag: `"4"`, want: "three", gets: 1, complete: 1, log: `"etag":"\"4\""`},
	}
	for _, step := range steps {
		now = now.Add(time.Duration(step.minutes * float64(time.Minute)))
		object.set(step.content, step.etag, step.failure)
		gets, complete := object.counts()
		log.Reset()
		set, _, err := source.Current(withCaller(t))
		switch step.kind.(type) {
		case nil:
			if err != nil || names(set) != step.want {
				t.Fatalf("%s: %v; want rules %s", step.name, err, step.want)
			}
		case *TransientError:
			var transient *TransientError
			if !errors.As(err, &transient) {
				t.Errorf("%s: %T %v", step.name, err, err)
			}
		case *RulesError:
			var rulesErr *RulesError
			if !errors.As(err, &rulesErr) {
				t.Errorf("%s: %T %v", step.name, err, err)
			}
		}
		if g, c := object.counts(); g-gets != step.gets || c-complete != step.complete {
			t.Errorf("%s: %d requests, %d of them with the object; want %d, %d", step.name, g-gets, c-complete, step.gets, step.complete)
		}
		if !strings.Contains(log.String(), step.log) || step.log == "" && log.Len() > 0 {
			t.Errorf("%s: log is %s", step.name, log)
		}
	}
}

// TestRulesObjectLittleTime checks that rules whose loop check needs more time than is left are checked again by the next
// invocation.
func TestRulesObjectLittleTime(t *testing.T) {
	var file strings.Builder
	file.WriteString("version: 1\nrules:\n")
	for i := range 1000 { // checking them takes some 20 million steps
		fmt.Fprintf(&file, "  - {name: r%d, match: {key: 't%d/**/*.docx', not: 't%d/**/pdf/*'}, process: 'doc/convert,target_pdf', target: '{dirname}/pdf/{barename}.pdf.docx'}\n", i, i, i)
	}
	object := &storedObject{}
	object.set(file.String(), `"1"`, nil)
	s := serve(t, object.ServeHTTP)
	source := OpenRules("oss://acme-config/rules/onput.yaml", newTestClient(t, s.URL), slog.New(slog.DiscardHandler), nil, nil)
	ctx, cancel := context.WithTimeout(withCaller(t), time.Second)
	defer cancel()
	var transient *TransientError
	if _, _, err := source.Current(ctx); !errors.As(err, &transient) {
		t.Errorf("with little time: %T %v", err, err)
	} else if want := "rules not read: too little time was left to check oss://acme-config/rules/onput.yaml for loops"; ctx.Err() == nil && err.Error() != want {
		t.Errorf("with little time: %v", err)
	}
	if _, _, err := source.Current(withCaller(t)); err != nil {
		t.Errorf("with enough time: %v", err)
	}
}

// TestRulesObjectOneReader checks that other invocations use the last version while one reads a newer one.
func TestRulesObjectOneReader(t *testing.T) {
	reading, answer := make(chan struct{}), make(chan struct{})
	s := serve(t,
		func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, ruleNamed("one")) },
		func(w http.ResponseWriter, r *http.Request) {
			close(reading)
			<-answer
			io.WriteString(w, ruleNamed("two"))
		})
	o := newTestClient(t, s.URL)
	source := OpenRules("oss://acme-config/rules.yaml", o, slog.New(slog.DiscardHandler), nil, nil).(*rulesObject)
	var clock sync.Mutex
	now := time.Now()
	source.now = func() time.Time { clock.Lock(); defer clock.Unlock(); return now }

	// Before there is any version, all of them wait for the reader.
	var first sync.WaitGroup
	for range 8 {
		first.Go(func() {
			if set, _, err := source.Current(withCaller(t)); err != nil || names(set) != "one" {
				t.Errorf("%v", err)
			}
		})
	}
	first.Wait()
	if s.Requests() != 1 {
		t.Errorf("%d requests for the first version", s.Requests())
	}

	clock.Lock()
	now = now.Add(time.Minute)
	clock.Unlock()
	done := make(chan string)
	go func() {
		set, _, _ := source.Current(withCaller(t))
		done <- names(set)
	}()
	<-reading
	if set, _, err := source.Current(withCaller(t)); err != nil || names(set) != "one" {
		t.Errorf("%v", err)
	}
	close(answer)
	if got := <-done; got != "two" {
		t.Errorf("the reader has rules %s", got)
	}
	if set, _, err := source.Current(withCaller(t)); err != nil || names(set) != "two" || s.Requests() != 2 {
		t.Errorf("%v, %d requests", err, s.Requests())
	}
}

// TestRulesObjectHangs checks that an invocation uses the last version if a refresh gets no answer in time.
func TestRulesObjectHangs(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, answer("text/yaml", ruleNamed("one")), func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	o := newTestClient(t, s.URL)
	log := new(bytes.Buffer)
	source := OpenRules("oss://acme-config/rules.yaml", o, newLog(log, slog.LevelInfo), nil, nil).(*rulesObject)
	now := time.Now()
	source.now = func() time.Time { return now }
	for range 2 {
		ctx, cancel := context.WithTimeout(withCaller(t), 900*time.Millisecond) // a third of it for the refresh
		defer cancel()
		set, _, err := source.Current(ctx)
		if err != nil || names(set) != "one" || ctx.Err() != nil {
			t.Fatalf("%v, %v", err, ctx.Err())
		}
		now = now.Add(refreshInterval)
	}
	if !strings.Contains(log.String(), "the last good version stays in force") || !strings.Contains(log.String(), "(no answer within the time for reading the rules)") {
		t.Errorf("log is %s", log)
	}
}

// TestRulesObjectWaiting checks that waiting for the first version ends with the context.
func TestRulesObjectWaiting(t *testing.T) {
	source := OpenRules("oss://acme-config/rules.yaml", nil, nil, nil, nil).(*rulesObject)
	source.reading <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var transient *TransientError
	if _, _, err := source.Current(ctx); !errors.As(err, &transient) {
		t.Errorf("%T %v", err, err)
	}
}

// TestSealedFile checks that a rule file's own seal skips the loop check, and that the seal of another file does not.
func TestSealedFile(t *testing.T) {
	const (
		fine    = "version: 1\nsources: [src]\nrules:\n  - {name: a, match: \"*.mp4\", process: \"video/convert,f_mp4\", target: {bucket: dst, key: \"{key}\"}}\n"
		looping = "version: 1\nrules:\n  - {name: a, match: \"*.mp4\", process: \"video/convert,f_mp4\", target: \"{key}\"}\n"
	)
	set, err := rules.Parse("rules.yaml", []byte(fine))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file, seal string
		ok         bool
	}{{fine, set.Seal(), true}, {fine, "", true}, {looping, set.Seal(), false}, {looping, "", false}} {
		path := filepath.Join(t.TempDir(), "rules.yaml")
		if err := os.WriteFile(path, []byte(tt.file+tt.seal), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := OpenRules(path, nil, nil, nil, nil).Current(t.Context()); (err == nil) != tt.ok {
			t.Errorf("%.40q with seal %q: %v", tt.file, tt.seal, err)
		}
	}
}

// TestRulesETag checks that every log line names the version of the rule object in force, whatever happened to later ones.
func TestRulesETag(t *testing.T) {
	object := &storedObject{}
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == "GET" {
			object.ServeHTTP(w, r)
			return
		}
		take(w, r)
	})
	o := newTestClient(t, s.URL)
	log := new(bytes.Buffer)
	logger := newLog(log, slog.LevelDebug)
	source := OpenRules("oss://acme-config/rules/onput.yaml", o, logger, nil, nil).(*rulesObject)
	now := time.Now()
	source.now = func() time.Time { return now }
	h := &Handler{Rules: source, Submitter: o, Log: logger}
	payload := []byte(native(record("a.docx"), record("a.txt"), record("folder/")))
	for _, step := range []struct {
		content, etag string
		failure       http.HandlerFunc
		want          string
	}{
		{ruleNamed("one"), `"1"`, nil, `"1"`},
		{brokenRules, `"2"`, nil, `"1"`},
		{"", "", refuse(404, "NoSuchKey", "x"), `"1"`},
		{ruleNamed("three"), `"3"`, nil, `"3"`},
		{"", "", hangUp(true), `"3"`},
	} {
		object.set(step.content, step.etag, step.failure)
		now = now.Add(2 * time.Minute)
		for range 2 { // with a refresh, and without
			log.Reset()
			if _, err := h.Invoke(fcContext(t.Context()), payload); err != nil {
				t.Fatal(err)
			}
			named := 0
			for line := range strings.Lines(log.String()) {
				var entry struct{ Msg, RulesETag, ETag string }
				if err := json.Unmarshal([]byte(line), &entry); err != nil || entry.RulesETag+entry.ETag != step.want {
					t.Errorf("%v, want %s: %s", err, step.want, line)
				}
				if entry.RulesETag != "" {
					named++
				}
			}
			if named != 4 { // task, unmatched, skipped, invocation
				t.Errorf("%d lines: %s", named, log)
			}
		}
	}
}
