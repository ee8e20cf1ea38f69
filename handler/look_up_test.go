package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"onput/internal/ossclient"
	"onput/rules"
)

const lookUpRules = `
version: 1
sources: [acme-uploads]
defaults: {target: {bucket: acme-derived}}
rules:
  - {name: any, match: "*.docx", process: "doc/convert,target_txt", target: "any/{barename}.txt"}
  - {name: marked, match: {key: "*.docx", meta: {visibility: public}}, process: "doc/convert,target_pdf", target: "marked/{barename}.pdf", stop: true}
  - {name: tried, mode: log, match: {tags: {team: web}}, process: "doc/convert,target_png", target: "tried/{barename}.png"}
  - {name: rest, match: "**", process: "doc/convert,target_jpg", target: "rest/{barename}.jpg"}
`

// askedOSS is an OSS that counts requests by kind: head, tags, submit and put.
type askedOSS struct {
	mu    sync.Mutex
	count map[string]int

	head, tags http.HandlerFunc
}

func (o *askedOSS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, answer := "submit", take
	switch {
	case r.Method == http.MethodHead:
		kind, answer = "head", o.head
	case r.URL.Query().Has("tagging"):
		kind, answer = "tags", o.tags
	case r.Method == http.MethodPut:
		kind = "put"
	}
	o.mu.Lock()
	o.count[kind]++
	o.mu.Unlock()
	answer(w, r)
}

var (
	public  = raw(200, "", "x-oss-request-id", "5", "x-oss-meta-visibility", "public")
	private = raw(200, "", "x-oss-request-id", "5", "x-oss-meta-visibility", "private")
	web     = raw(200, "<Tagging><TagSet><Tag><Key>team</Key><Value>web</Value></Tag></TagSet></Tagging>", "x-oss-request-id", "5")
	denied  = refuse(403, "AccessDenied", "no", "x-oss-request-id", "5")
)

// The facts that rules need are asked for before anything is submitted. If they cannot be known, the tasks that they decide
// fail like ones that could not be submitted, and the others are submitted.
func TestLookUp(t *testing.T) {
	for _, tt := range []struct {
		name       string
		key        string
		head, tags http.HandlerFunc
		logOnly    bool
		failures   string // policy
		want       string // rules and statuses, or the reason why the upload is skipped
		asked      string
		err        string // begins with its type; "" for none
	}{
		{name: "marked", head: public, want: "any submitted, marked submitted", asked: "head:1 submit:2"},
		{name: "not marked", head: private, tags: web, want: "any submitted, tried logged, rest submitted", asked: "head:1 submit:2 tags:1"},
		{name: "another key", key: "a.mov", tags: web, want: "tried logged, rest submitted", asked: "submit:1 tags:1"},
		{name: "mode log", head: public, logOnly: true, want: "any logged, marked logged", asked: "head:1"},
		{name: "gone", head: raw(404, "", "x-oss-request-id", "5"), want: "skipped: the object is gone: it was deleted before its metadata or tags were read", asked: "head:1"},
		{name: "gone later", head: private, tags: refuse(404, "NoSuchKey", "no", "x-oss-request-id", "5"), want: "skipped: the object is gone: it was deleted before its metadata or tags were read", asked: "head:1 tags:1"},
		{name: "denied", head: denied, want: "any submitted, marked failed, tried logged: nothing was sent, rest failed", asked: "head:1 submit:1",
			err: "*ossclient.PermanentError 2 of 4 tasks failed:\nAsyncProcessObject oss://acme-uploads/a.docx, rule marked, doc/convert: nothing was sent: the object's metadata, tags or class decide whether the rule fires: HeadObject oss://acme-uploads/a.docx: 403 "},
		{name: "denied, to be recorded", failures: "record", head: denied, want: "any submitted, marked failed, tried logged: nothing was sent, rest failed", asked: "head:1 put:2 submit:2"},
		{name: "denied, to be logged", failures: "log", head: denied, want: "any submitted, marked failed, tried logged: nothing was sent, rest failed", asked: "head:1 submit:1"},
		{name: "no tags", head: private, tags: denied, want: "any submitted, tried logged: nothing was sent, rest submitted", asked: "head:1 submit:2 tags:1"},
		{name: "no answer", head: refuse(500, "InternalError", "oops"), want: "any submitted, marked failed, tried logged: nothing was sent, rest failed", asked: "head:5 submit:1",
			err: "*ossclient.TransientError 2 of 4 tasks failed:\n"},
		{name: "no answer in mode log", logOnly: true, head: refuse(500, "InternalError", "oops"), asked: "head:5",
			want: "any logged, marked logged: nothing was sent, tried logged: nothing was sent, rest logged: nothing was sent"},
	} {
		o := &askedOSS{count: map[string]int{}, head: tt.head, tags: tt.tags}
		server := serve(t, o.ServeHTTP)
		h, _ := newTestHandler(t, server.URL)
		text := lookUpRules
		if tt.failures != "" {
			text += "claims: {bucket: acme-derived}\nfailures: {permanent: " + tt.failures + "}\n"
		}
		h.Rules, h.LogOnly = fixed{set: parseRules(t, text)}, tt.logOnly
		if tt.failures != "" { // appends to claims, which count as submissions, get other answers
			tt.asked = ""
		}
		key := tt.key
		if key == "" {
			key = "a.docx"
		}
		answer, err := h.Invoke(fcContext(t.Context()), []byte(native(record(key))))
		var got []string
		for _, task := range answer.Uploads[0].Tasks {
			line := task.Rule + " " + string(task.Status)
			if task.Status == Logged && strings.Contains(task.Error, "nothing was sent") {
				line += ": nothing was sent"
			}
			got = append(got, line)
		}
		if s := answer.Uploads[0].Skipped; s != "" {
			got = append(got, "skipped: "+s)
		}
		if s := strings.Join(got, ", "); s != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, s, tt.want)
		}
		var asked []string
		for kind, n := range o.count {
			asked = append(asked, fmt.Sprintf("%s:%d", kind, n))
		}
		slices.Sort(asked)
		if s := strings.Join(asked, " "); tt.asked != "" && s != tt.asked {
			t.Errorf("%s: requests %s, want %s", tt.name, s, tt.asked)
		}
		if (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(fmt.Sprintf("%T %v", err, err), tt.err) {
			t.Errorf("%s: %T %v", tt.name, err, err)
		}
		if transient, ok := errors.AsType[*TransientError](err); ok && transient.InDoubt {
			t.Errorf("%s: in doubt: %v", tt.name, err)
		}
		if tt.failures == "record" && o.count["put"] != 2 {
			t.Errorf("%s: %d records", tt.name, o.count["put"])
		}
	}
}

// A question that is not answered ends with the invocation's time, and fails the tasks that it decides as transient.
func TestLookUpDeadline(t *testing.T) {
	o := &askedOSS{count: map[string]int{}, head: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
	h, _ := newTestHandler(t, serve(t, o.ServeHTTP).URL)
	h.Rules = fixed{set: parseRules(t, lookUpRules)}
	ctx, cancel := context.WithTimeout(fcContext(t.Context()), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := h.Invoke(ctx, []byte(native(record("a.docx"))))
	if _, ok := errors.AsType[*TransientError](err); !ok || time.Since(start) > 5*time.Second {
		t.Errorf("after %v: %T %v", time.Since(start), err, err)
	}
}

// askingSubmitter is a Submitter that answers questions.
type askingSubmitter struct {
	submitter
	lookUp func(*rules.Upload) error
}

func (s askingSubmitter) LookUp(_ context.Context, _ *rules.Set, u *rules.Upload) error {
	return s.lookUp(u)
}

// A panic while asking fails the upload's own tasks only, and a Submitter that cannot be asked is a permanent failure.
func TestLookUpPanic(t *testing.T) {
	submit := submitter(func(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
		return ossclient.Receipt{TaskID: "x"}, nil
	})
	h, _ := newTestHandler(t, "http://127.0.0.1:1")
	h.Rules = fixed{set: parseRules(t, lookUpRules)}
	h.Submitter = askingSubmitter{submit, func(u *rules.Upload) error {
		if u.Key == "b.docx" {
			panic("OSS4-HMAC-SHA256 Credential=x")
		}
		u.Known, u.Meta = rules.GivenByOSS, map[string]string{"visibility": "public"}
		return nil
	}}
	answer, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx"), record("b.docx"))))
	text, _ := json.Marshal(answer)
	if _, ok := errors.AsType[*TransientError](err); !ok || strings.Contains(err.Error()+string(text), "HMAC") || answer.Uploads[0].Tasks[1].Status != Submitted || answer.Uploads[1].Tasks[1].Status != Failed {
		t.Errorf("%T %v\n%s", err, err, text)
	}
	h.Submitter = submit
	if _, err := h.Invoke(fcContext(t.Context()), []byte(native(record("a.docx")))); fmt.Sprintf("%T", err) != "*ossclient.PermanentError" {
		t.Errorf("%T %v", err, err)
	}
}
