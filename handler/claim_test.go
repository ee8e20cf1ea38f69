package handler

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onput/internal/ossclient"
	"onput/rules"
)

// TestClaimRegions checks regions: the invocation's for a claims bucket that the rules name, else the upload's. Failure records
// go to the same bucket as claims.
func TestClaimRegions(t *testing.T) {
	payload := []byte(native(strings.ReplaceAll(record("denied.doc"), "cn-hangzhou", "cn-beijing")))
	for _, test := range []struct{ rules, claims string }{
		{hostileRules, "acme-state.oss.test/.onput/ cn-hangzhou"},
		{strings.Replace(hostileRules, "{bucket: acme-state}", "{}", 1), "acme-uploads.oss.test/.onput/ cn-beijing"},
	} {
		h, memory, _ := newHostile(t)
		h.Rules = fixed{set: parseRules(t, strings.Replace(test.rules, `match: "*.*"`, "match: never", 1))}
		seen := &regions{memory: memory, requests: map[string]int{}}
		h.Submitter.(*ossclient.Client).Transport = seen
		if _, err := h.Invoke(fcContext(t.Context()), payload); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{
			"POST " + test.claims:                              2, // claimed, released
			"PUT " + test.claims:                               1,
			"POST acme-uploads.oss.test/denied.doc cn-beijing": 1,
		}
		for request, n := range seen.requests {
			if want[request] != n {
				t.Errorf("%d of %q; want %v", n, request, want)
			}
		}
		if len(seen.requests) != len(want) {
			t.Errorf("%v; want %v", seen.requests, want)
		}
	}
}

// regions counts requests by path and by the region that they are signed for.
type regions struct {
	memory   *memoryOSS
	mu       sync.Mutex
	requests map[string]int
}

func (s *regions) RoundTrip(r *http.Request) (*http.Response, error) {
	path := r.URL.Host + r.URL.Path
	if i := strings.Index(path, ".onput/"); i >= 0 {
		path = path[:i+len(".onput/")]
	}
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	s.mu.Lock()
	s.requests[r.Method+" "+path+" "+strings.Split(scope, "/")[2]]++
	s.mu.Unlock()
	return s.memory.RoundTrip(r)
}

// TestClaimLog checks the log line of a duplicate, of a claim that another delivery holds, and of a claim that gets lost.
// Time is the fake time of testing/synctest.
func TestClaimLog(t *testing.T) { synctest.Test(t, testClaimLog) }

func testClaimLog(t *testing.T) {
	h, memory, log := newHostile(t)
	h.Rules = fixed{set: parseRules(t, strings.Replace(hostileRules, `match: "*.*"`, "match: never", 1))}
	type line struct {
		Level, Status, TaskID, EventID, RequestID, Claim, Error string
		Attempts                                                int
	}
	invoke := func(ctx context.Context, key string) (l line, err error) {
		log.Reset()
		_, err = h.Invoke(fcContext(ctx), []byte(native(record(key))))
		text, _, _ := strings.Cut(log.String(), "\n")
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return l, err
	}
	first := line{Level: "INFO", Status: "submitted", TaskID: "doc-1", EventID: "1", RequestID: "534B", Attempts: 1}
	if got, err := invoke(t.Context(), "a.doc"); got != first || err != nil {
		t.Errorf("%+v, %v", got, err)
	}
	again := first
	again.Status, again.Attempts = "duplicate", 0
	if got, err := invoke(t.Context(), "a.doc"); got != again || err != nil {
		t.Errorf("%+v, %v", got, err)
	}

	// The claim of a delivery with a minute left.
	for path, content := range memory.objects {
		claimed, _, _ := strings.Cut(string(content), "\n")
		memory.objects[path] = []byte(claimed + "\n")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := invoke(ctx, "a.doc")
	var transient *TransientError
	const held = `another delivery of the same upload, invocation "1-65", is about to submit the task`
	if !errors.As(err, &transient) || transient.InDoubt || got.Status != "failed" || got.Level != "ERROR" || !strings.Contains(got.Error, held) ||
		!strings.HasPrefix(got.Error, "AsyncProcessObject oss://acme-uploads/a.doc, rule all, doc/convert: claim ") {
		t.Errorf("%+v, %T %v", got, err, err)
	}

	// A delivery that cannot record its submission has submitted the task all the same.
	h.Submitter = forgetting{h.Submitter.(*ossclient.Client), memory}
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if got, err := invoke(ctx, "b.doc"); err != nil || got.Status != "submitted" || got.Level != "WARN" || !strings.Contains(got.Claim, "another delivery may fire it again") {
		t.Errorf("%+v, %v", got, err)
	}
}

// forgetting is an OSS that loses claims as soon as their task is submitted.
type forgetting struct {
	*ossclient.Client
	memory *memoryOSS
}

func (f forgetting) Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (ossclient.Receipt, error) {
	r, err := f.Client.Submit(ctx, u, t)
	f.memory.mu.Lock()
	defer f.memory.mu.Unlock()
	clear(f.memory.objects)
	return r, err
}

// TestTargetBelowClaims checks that a target below the claims prefix is a permanent failure: nothing is sent, and nothing is
// claimed. No object has such an eTag, which is why the rules load.
func TestTargetBelowClaims(t *testing.T) {
	h, memory, _ := newHostile(t)
	const file = "version: 1\nclaims: {bucket: derived}\nrules:\n" +
		"  - {name: r, match: \"*.docx\", process: \"doc/convert,target_png\", target: {bucket: derived, key: \"{etag}/{index}.png\"}}\n"
	h.Rules = fixed{set: parseRules(t, file)}
	payload := strings.ReplaceAll(record("in/a.docx"), `"eTag":"`, `"eTag":".onput/failed`)
	answer, err := h.Invoke(fcContext(t.Context()), []byte(native(payload)))
	var permanent *PermanentError
	if !errors.As(err, &permanent) || !strings.Contains(err.Error(), "nothing was sent: the target would be below the prefix of claims, .onput/") ||
		answer.Uploads[0].Tasks[0].Status != Failed {
		t.Errorf("%T %v, %+v", err, err, answer.Uploads)
	}
	if len(memory.objects)+len(memory.taken) > 0 {
		t.Errorf("OSS took %q and has %q", memory.taken, memory.objects)
	}
}
