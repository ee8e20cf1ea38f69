package e2e

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/handler"
	"onput/internal/event"
	"onput/internal/localcloud"
)

// Claims and failures, in both runtimes: whatever goes wrong, no task is lost, and none is taken twice unless it cannot be
// known that OSS took it.

const claimedRules = pdfRules + "claims: {bucket: dst}\n"

// clock is OSS's clock. A test can move it forward.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// leap moves the clock past the deadline of every invocation in flight.
func (c *clock) leap() { c.ahead.Add(int64(2 * defaultTimeout)) }

// moment selects a request of the function, and the time before or after OSS handles it.
type moment struct {
	operation string
	record    bool // of AppendObject: the line after the claim
	after     bool // after OSS has done it
}

var (
	atClaim         = moment{operation: "AppendObject"}
	afterClaim      = moment{operation: "AppendObject", after: true}
	atSubmission    = moment{operation: "AsyncProcessObject"}
	afterSubmission = moment{operation: "AsyncProcessObject", after: true}
	atRecord        = moment{operation: "AppendObject", record: true}
	afterRecord     = moment{operation: "AppendObject", record: true, after: true}
	atFailure       = moment{operation: "PutObject"}
)

// injectFault injects the fault that happen returns, at the first times requests that m selects.
func (w *world) injectFault(m moment, times int32, happen func(localcloud.Request) localcloud.Fault) {
	var seen atomic.Int32
	hook := func(r localcloud.Request) localcloud.Fault {
		if r.AccessKeyID != w.role.AccessKeyID || r.Operation != m.operation || m.record != (r.Position > 0) || seen.Add(1) > times {
			return localcloud.Fault{}
		}
		return happen(r)
	}
	if m.after {
		w.SetFaults(localcloud.Faults{After: hook})
	} else {
		w.SetFaults(localcloud.Faults{Before: hook})
	}
}

const always = 1 << 30

func fault(f localcloud.Fault) func(localcloud.Request) localcloud.Fault {
	return func(localcloud.Request) localcloud.Fault { return f }
}

// tasks returns the tasks in the answer of an invocation, or nil if it failed.
func tasks(t testing.TB, r localcloud.Result) []handler.TaskAnswer {
	t.Helper()
	var answer handler.Answer
	if r.FunctionError != "" {
		return nil
	}
	if err := json.Unmarshal(r.Answer, &answer); err != nil {
		t.Fatalf("%v: %s", err, r.Answer)
	}
	var all []handler.TaskAnswer
	for _, u := range answer.Uploads {
		all = append(all, u.Tasks...)
	}
	return all
}

// ended returns how each try of an invocation ended, in order: its error type, or the status of its tasks.
func (w *world) ended() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, r := range w.results {
		if r.FunctionError != "" {
			all = append(all, r.ErrorType)
			continue
		}
		var states []string
		for _, task := range tasks(w.t, r) {
			states = append(states, string(task.Status))
		}
		all = append(all, strings.Join(states, " "))
	}
	return all
}

// logged returns the log lines that contain text.
func (w *world) logged(text string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.log), func(line string) bool { return !strings.Contains(line, text) })
}

// objects returns the keys in a bucket that start with prefix.
func (w *world) objects(bucket, prefix string) []string {
	w.t.Helper()
	list, err := w.client.ListObjectsV2(w.t.Context(), &oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), Prefix: oss.Ptr(prefix)})
	if err != nil {
		w.t.Fatal(err)
	}
	var keys []string
	for _, o := range list.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// object returns the content of an object.
func (w *world) object(bucket, key string) string {
	w.t.Helper()
	o, err := w.client.GetObject(w.t.Context(), &oss.GetObjectRequest{Bucket: oss.Ptr(bucket), Key: oss.Ptr(key)})
	if err != nil {
		w.t.Fatal(err)
	}
	defer o.Body.Close()
	content, err := io.ReadAll(o.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(content)
}

// states returns the states in the log of the only claim.
func (w *world) states() string {
	w.t.Helper()
	var states []string
	for _, key := range w.objects("dst", ".onput/claims/") {
		for line := range strings.Lines(w.object("dst", key)) {
			var l struct {
				Claim   string
				InDoubt bool
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				w.t.Fatal(err)
			}
			if l.InDoubt {
				l.Claim += "(in doubt)"
			}
			states = append(states, l.Claim)
		}
	}
	return strings.Join(states, " ")
}

// Each case is one upload, with a fault or a kill somewhere on its way.
func TestClaims(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		kill := func(w *world, c *clock) func(localcloud.Request) localcloud.Fault {
			return func(localcloud.Request) localcloud.Fault {
				if err := w.Kill(1); err != nil {
					w.t.Error(err)
				}
				c.leap()
				return localcloud.Fault{Drop: true}
			}
		}
		drop := func(*world, *clock) func(localcloud.Request) localcloud.Fault {
			return fault(localcloud.Fault{Drop: true})
		}
		answer := func(status int, code string) func(*world, *clock) func(localcloud.Request) localcloud.Fault {
			return func(*world, *clock) func(localcloud.Request) localcloud.Fault {
				return fault(localcloud.Fault{Status: status, Code: code, Message: "Said OSS."})
			}
		}
		for _, tt := range []struct {
			name   string
			rules  string
			at     moment
			times  int32 // of happen; 1 if 0
			happen func(*world, *clock) func(localcloud.Request) localcloud.Fault
			taken  int      // processes that OSS took
			ended  []string // of each try
			states string   // of the claim
			logged string
		}{
			{name: "nothing happens", taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "killed before the submission", at: atSubmission, happen: kill, taken: 1,
				ended: []string{"FunctionExited", "submitted"}, states: "claimed claimed submitted"},
			{name: "killed between submission and record", at: afterSubmission, happen: kill, taken: 2,
				ended: []string{"FunctionExited", "submitted"}, states: "claimed claimed submitted"},
			{name: "killed at the record", at: atRecord, happen: kill, taken: 2,
				ended: []string{"FunctionExited", "submitted"}, states: "claimed claimed submitted"},
			{name: "killed after the record", at: afterRecord, happen: kill, taken: 1,
				ended: []string{"FunctionExited", "duplicate"}, states: "claimed submitted"},
			{name: "the claim is lost", at: atClaim, happen: drop, taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "the claim's answer is lost", at: afterClaim, happen: drop, taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "the claim fails with 500", at: afterClaim, happen: answer(500, "InternalError"), taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "the claim is refused", at: atClaim, times: 2, happen: answer(503, "ServiceUnavailable"), taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "the record is lost", at: atRecord, happen: drop, taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "the record's answer is lost", at: afterRecord, happen: drop, taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "the record fails for a while", at: atRecord, times: 3, happen: answer(500, "InternalError"), taken: 1, ended: []string{"submitted"}, states: "claimed submitted"},
			{name: "a failure that passes", at: atSubmission, times: 5, happen: answer(503, "ServiceUnavailable"), taken: 1,
				ended: []string{"TransientError", "submitted"}, states: "claimed released claimed submitted"},
			{name: "the submission's answer is lost", at: afterSubmission, happen: drop, taken: 2,
				ended: []string{"TransientError", "submitted"}, states: "claimed released(in doubt) claimed submitted"},
			{name: "rejected, then allowed", at: atSubmission, happen: answer(403, "AccessDenied"), taken: 1,
				ended: []string{"PermanentError", "submitted"}, states: "claimed released claimed submitted"},
			{name: "no access to claims", at: atClaim, times: always, happen: answer(403, "AccessDenied"), taken: 0,
				ended: []string{"TransientError", "TransientError", "TransientError", "TransientError"}, logged: "(the function's role needs oss:GetObject and oss:PutObject there)"},
			{name: "no access to claims, and fire", rules: pdfRules + "claims: {bucket: dst, unreachable: fire}\n", at: atClaim, times: always,
				happen: answer(403, "AccessDenied"), taken: 1, ended: []string{"submitted"}, logged: `"claim":"not claimed, so another delivery may fire the task again`},
			{name: "no such claims bucket", rules: pdfRules + "claims: {bucket: nowhere}\n", taken: 0,
				ended: []string{"TransientError", "TransientError", "TransientError", "TransientError"}, logged: "404 NoSuchBucket"},
			{name: "no such claims bucket, and fire", rules: pdfRules + "claims: {bucket: nowhere, unreachable: fire}\n", taken: 1,
				ended: []string{"submitted"}, logged: "404 NoSuchBucket"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				if tt.rules == "" {
					tt.rules = claimedRules
				}
				c := &clock{}
				w := in.newWorldWith(t, tt.rules, func(o *localcloud.Options, f *localcloud.Function) { o.Now = c.now })
				if tt.happen != nil {
					w.injectFault(tt.at, max(tt.times, 1), tt.happen(w, c))
				}
				w.put("a.docx")
				if n := len(w.Processes()); n != tt.taken {
					t.Errorf("OSS took %d processes, want %d", n, tt.taken)
				}
				if got := w.ended(); !slices.Equal(got, tt.ended) {
					t.Errorf("the tries ended with %q, want %q", got, tt.ended)
				}
				if got := w.states(); got != tt.states {
					t.Errorf("the claim is %q, want %q", got, tt.states)
				}
				if tt.logged != "" && len(w.logged(tt.logged)) == 0 {
					t.Errorf("the log does not say %q: %q", tt.logged, w.log)
				}
			})
		}
	})
}

// Two instances get deliveries of one upload at once: the second waits for the first, which is submitting, and answers with
// its task.
func TestTwoDeliveriesAtOnce(t *testing.T) {
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorldWith(t, claimedRules, func(_ *localcloud.Options, f *localcloud.Function) {
			f.Instances, f.Concurrency, f.Triggers = 2, 1, nil
		})
		w.put("a.docx")
		var claims atomic.Int32
		bothCame := make(chan struct{})
		w.SetFaults(localcloud.Faults{
			Before: func(r localcloud.Request) localcloud.Fault {
				if r.Operation == "AsyncProcessObject" {
					select {
					case <-bothCame:
					case <-t.Context().Done():
					}
				}
				return localcloud.Fault{}
			},
			After: func(r localcloud.Request) localcloud.Fault {
				if r.Operation == "AppendObject" && r.Position == 0 && claims.Add(1) == 2 {
					close(bothCame)
				}
				return localcloud.Fault{}
			},
		})
		for range 2 {
			if _, err := w.Deliver([]byte(`{"events":[` + record("a.docx") + `]}`)); err != nil {
				t.Fatal(err)
			}
		}
		w.drain()
		if got := w.ended(); len(got) != 2 || !slices.Contains(got, "submitted") || !slices.Contains(got, "duplicate") || len(w.Processes()) != 1 {
			t.Fatalf("%q, %d processes", got, len(w.Processes()))
		}
		one, two := tasks(t, w.results[0])[0], tasks(t, w.results[1])[0]
		if one.TaskID == "" || one.TaskID != two.TaskID || one.EventID != two.EventID || one.RequestID != two.RequestID || w.results[0].Instance == w.results[1].Instance {
			t.Errorf("%+v\n%+v", one, two)
		}
	})
}

// deliveries returns a world that holds a.docx, and whose function gets events from the test only.
func (in fcRuntime) deliveries(t *testing.T, rules string) *world {
	t.Helper()
	w := in.newWorldWith(t, rules, func(_ *localcloud.Options, f *localcloud.Function) { f.Triggers = nil })
	w.put("a.docx")
	return w
}

// The fields of an event that identify an upload decide whether two deliveries are one upload.
func TestSameUpload(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		const id, date = `"58F9FF2D3DF792092E12044C"`, `"eventTime":"2026-01-02T03:04:05.000Z",`
		without := func(parts ...string) string {
			r := record("a.docx")
			for _, part := range parts {
				r = strings.Replace(r, part, strings.Repeat(`""`, strings.Count(part, id)), 1)
			}
			return r
		}
		first := record("a.docx")
		for _, tt := range []struct {
			name    string
			rules   string
			records []string
			ended   []string
		}{
			{"again", claimedRules, []string{first, first}, []string{"submitted", "duplicate"}},
			{"another upload of the key", claimedRules, []string{first, strings.Replace(first, "58F9", "58FA", 1)}, []string{"submitted", "submitted"}},
			{"another upload of the same bytes, by content", pdfRules + "claims: {bucket: dst, by: content}\n",
				[]string{first, strings.Replace(first, "58F9", "58FA", 1)}, []string{"submitted", "duplicate"}},
			{"other bytes, by content", pdfRules + "claims: {bucket: dst, by: content}\n",
				[]string{first, strings.Replace(first, `"eTag":"E"`, `"eTag":"F"`, 1)}, []string{"submitted", "submitted"}},
			{"without a request id", claimedRules, []string{without(id), without(id)}, []string{"submitted", "duplicate"}},
			{"without a request id, at another time", claimedRules, []string{without(id), strings.Replace(without(id), "05.000Z", "05.001Z", 1)}, []string{"submitted", "submitted"}},
			{"without a request id and a time", claimedRules, []string{without(id, date)}, []string{"PermanentError"}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := in.deliveries(t, tt.rules)
				for _, r := range tt.records {
					w.invoke(`{"events":[` + r + `]}`)
				}
				if got := w.ended(); !slices.Equal(got, tt.ended) {
					t.Errorf("%q, want %q: %s", got, tt.ended, w.results[len(w.results)-1].ErrorMessage)
				}
				taken := 0
				for _, end := range tt.ended {
					if end == "submitted" {
						taken++
					}
				}
				if n := len(w.Processes()); n != taken {
					t.Errorf("OSS took %d processes, want %d", n, taken)
				}
			})
		}
	})
}

// The same key uploaded again is another upload. Events of claims in the uploads' bucket fire nothing.
func TestUploadedAgain(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, strings.Replace(pdfRules, `"*.docx"`, `"**"`, 1)+"claims: {}\ndefaults: {events: [\"ObjectCreated:*\"]}\n")
		for range 2 {
			w.put("a.docx")
		}
		if n := len(w.Processes()); n != 2 {
			t.Errorf("%d processes of two uploads", n)
		}
		if n := len(w.objects("src", ".onput/claims/")); n != 2 {
			t.Errorf("%d claims", n)
		}
		if n := len(w.logged(`"reason":"the object is under the prefix of claims"`)); n != 4 { // a claim and a record each
			t.Errorf("%d events of claims were skipped: %q", n, w.log)
		}
	})
}

// If the rules change between a delivery and its retry, the retry makes another task, which does not wait for the first.
func TestRulesChangeBeforeTheRetry(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, claimedRules)
		w.injectFault(atSubmission, 1, func(localcloud.Request) localcloud.Fault {
			if err := os.WriteFile(w.rules, []byte(strings.ReplaceAll(claimedRules, "pdf", "txt")), 0o644); err != nil {
				t.Error(err)
			}
			if err := w.Kill(1); err != nil {
				t.Error(err)
			}
			return localcloud.Fault{Drop: true}
		})
		w.put("a.docx")
		if got := w.ended(); !slices.Equal(got, []string{"FunctionExited", "submitted"}) {
			t.Errorf("%q", got)
		}
		if got := w.bodies(); len(got) != 1 || !strings.HasPrefix(got[0], "doc/convert,target_txt|") {
			t.Errorf("%q", got)
		}
		if n := len(w.objects("dst", ".onput/claims/")); n != 2 {
			t.Errorf("%d claims", n)
		}
	})
}

// A foreign object in place of a claim prevents the submission, and the error says so.
func TestForeignClaim(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		for name, write := range map[string]func(*world, string) error{
			"a normal object": func(w *world, key string) error {
				_, err := w.client.PutObject(t.Context(), &oss.PutObjectRequest{Bucket: oss.Ptr("dst"), Key: &key, Body: strings.NewReader("mine")})
				return err
			},
			"a log of something else": func(w *world, key string) error {
				_, err := w.client.AppendObject(t.Context(), &oss.AppendObjectRequest{Bucket: oss.Ptr("dst"), Key: &key, Position: oss.Ptr(int64(0)),
					Body: strings.NewReader("{\"claim\":\"won\",\"token\":\"x\"}\n")})
				return err
			},
			"an endless log": func(w *world, key string) error {
				_, err := w.client.AppendObject(t.Context(), &oss.AppendObjectRequest{Bucket: oss.Ptr("dst"), Key: &key, Position: oss.Ptr(int64(0)),
					Body: strings.NewReader(strings.Repeat("x", 1<<20))})
				return err
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := in.deliveries(t, claimedRules)
				w.injectFault(atClaim, 1, func(r localcloud.Request) localcloud.Fault {
					if err := write(w, r.Key); err != nil {
						t.Error(err)
					}
					return localcloud.Fault{}
				})
				r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
				if r.ErrorType != "PermanentError" || !strings.Contains(r.ErrorMessage, "the object is not a claim log (") || len(w.Processes()) > 0 {
					t.Errorf("%s %s, %d processes", r.ErrorType, r.ErrorMessage, len(w.Processes()))
				}
			})
		}
	})
}

// If OSS hangs on claims, the invocation still ends within its timeout.
func TestHangingClaims(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it waits for most of the function's timeout")
	}
	inEachRuntime(t, func(t *testing.T, in fcRuntime) {
		for _, tt := range []struct {
			name         string
			at           moment
			says, states string
		}{
			{"the claim", atClaim, "the time for a claim request was used up", ""},
			{"the record", atRecord, "", "claimed"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := in.newWorldWith(t, claimedRules, func(_ *localcloud.Options, f *localcloud.Function) {
					f.Timeout, f.Triggers = 5*time.Second, nil
				})
				w.put("a.docx")
				w.injectFault(tt.at, always, fault(localcloud.Fault{Hang: true}))
				r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
				if tt.says == "" {
					if got := w.ended(); got[0] != "submitted" || len(w.logged("another delivery may fire it again")) != 1 {
						t.Errorf("%q: %s\n%q", got, r.ErrorMessage, w.log)
					}
				} else if r.FunctionError != localcloud.Handled || r.ErrorType != "TransientError" || !strings.Contains(r.ErrorMessage, tt.says) {
					t.Errorf("%s %s %s", r.FunctionError, r.ErrorType, r.ErrorMessage)
				}
				if got := w.states(); got != tt.states {
					t.Errorf("the claim is %q, want %q", got, tt.states)
				}
			})
		}
	})
}

// A permanent failure is recorded once, with everything that is needed to fire the task later.
func TestFailureRecord(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.newWorld(t, claimedRules+"failures: {permanent: record}\n")
		if err := w.BindIMM("src", false); err != nil {
			t.Fatal(err)
		}
		w.put("a.docx")
		r := w.results[0]
		if got := w.ended(); !slices.Equal(got, []string{"failed"}) || len(w.Failures()) > 0 {
			t.Fatalf("%q: %s", got, r.ErrorMessage)
		}
		task := tasks(t, r)[0]
		keys := w.objects("dst", ".onput/failed/")
		if len(keys) != 1 || len(w.logged(`"status":"failed"`)) != 1 || len(w.logged(`"record":"oss://dst/`+keys[0]+`"`)) != 1 {
			t.Fatalf("%q, %q", keys, w.log)
		}
		var failure handler.FailureRecord
		content := w.object("dst", keys[0])
		if err := json.Unmarshal([]byte(content), &failure); err != nil {
			t.Fatal(err)
		}
		if failure.Version != 1 || time.Since(failure.Time) > defaultTimeout || failure.RequestID != r.RequestID || failure.Bucket != "src" || failure.Key != "a.docx" || failure.Rule != "pdf" ||
			failure.Process != "doc/convert,target_pdf" || failure.Target != "oss://dst/a.pdf" || failure.ErrorType != "PermanentError" || failure.Error != task.Error ||
			!strings.Contains(failure.Error, "404 Imm Client: ResourceNotFound") {
			t.Errorf("%s", content)
		}
		w.invoke(string(failure.Event)) // fails again
		if again := w.objects("dst", ".onput/failed/"); !slices.Equal(again, keys) {
			t.Errorf("the same failure again: %q", again)
		}
		if err := w.BindIMM("src", true); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"submitted", "duplicate"} {
			if r := w.invoke(string(failure.Event)); len(tasks(t, r)) != 1 || string(tasks(t, r)[0].Status) != want {
				t.Errorf("%s %s, want %s", r.Answer, r.ErrorMessage, want)
			}
		}
		if n := len(w.Processes()); n != 1 {
			t.Errorf("%d processes", n)
		}
	})
}

// The other ways to handle a permanent failure. A transient failure always fails the invocation.
func TestPermanentFailures(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		denied, failing := localcloud.Fault{Status: 403, Code: "AccessDenied"}, localcloud.Fault{Status: 500, Code: "InternalError"}
		for _, tt := range []struct {
			name        string
			rules       string
			fault       localcloud.Fault
			atRecord    localcloud.Fault
			ended, says string
		}{
			{name: "fail", rules: claimedRules + "failures: {permanent: fail}\n", fault: denied, ended: "PermanentError", says: "403 AccessDenied"},
			{name: "log", rules: pdfRules + "failures: {permanent: log}\n", fault: denied, ended: "failed", says: "403 AccessDenied"},
			{name: "log, with claims", rules: claimedRules + "failures: {permanent: log}\n", fault: denied, ended: "failed", says: "403 AccessDenied"},
			{name: "log, and it passes", rules: claimedRules + "failures: {permanent: log}\n", fault: failing, ended: "TransientError", says: "500 InternalError"},
			{name: "record, and it passes", rules: claimedRules + "failures: {permanent: record}\n", fault: failing, ended: "TransientError", says: "500 InternalError"},
			{name: "record, and may not", rules: claimedRules + "failures: {permanent: record}\n", fault: denied, atRecord: denied, ended: "PermanentError",
				says: "the failure could not be recorded: PutObject oss://dst/.onput/failed/"},
			{name: "record, and cannot", rules: claimedRules + "failures: {permanent: record}\n", fault: denied, atRecord: failing, ended: "TransientError",
				says: "the failure could not be recorded: PutObject oss://dst/.onput/failed/"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				w := in.deliveries(t, tt.rules)
				w.SetFaults(localcloud.Faults{Before: func(r localcloud.Request) localcloud.Fault {
					switch {
					case r.Operation == atSubmission.operation:
						return tt.fault
					case r.Operation == atFailure.operation:
						return tt.atRecord
					}
					return localcloud.Fault{}
				}})
				r := w.invoke(`{"events":[` + record("a.docx") + `]}`)
				if got := w.ended(); got[0] != tt.ended || !strings.Contains(r.ErrorMessage+string(r.Answer), tt.says) {
					t.Errorf("%q, want %s, %q: %s %s", got, tt.ended, tt.says, r.Answer, r.ErrorMessage)
				}
				if lines := w.logged(`"status":"failed"`); len(lines) != 1 || !strings.Contains(lines[0], `"level":"ERROR"`) || !strings.Contains(lines[0], tt.says) {
					t.Errorf("the log: %q", w.log)
				}
				if keys := w.objects("dst", ".onput/failed/"); len(keys) > 0 {
					t.Errorf("recorded: %q", keys)
				}
			})
		}
	})
}

// Payloads fire up to the largest that the function reads. An event record that is too large for a failure record fails the
// invocation instead, which ends at the onFailure destination.
func TestLargePayloads(t *testing.T) {
	inAnyRuntime(t, func(t *testing.T, in fcRuntime) {
		w := in.deliveries(t, claimedRules+"failures: {permanent: record}\n")
		padded := func(key string, size int) string {
			head, tail := `{"events":[{"padding":"`, `",`+record(key)[1:]+`]}`
			return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
		}
		for i, size := range []int{128 << 10, event.MaxPayload} { // the limit of asynchronous invocations, and the largest payload
			payload := strings.Replace(padded("a.docx", size), "58F9", strconv.Itoa(1000+i), 1)
			if r := w.invoke(payload); r.FunctionError != "" || len(w.Processes()) != i+1 {
				t.Errorf("%d bytes: %s %.500s", size, r.ErrorType, r.ErrorMessage)
			}
		}
		r := w.invoke(padded("missing.docx", 1<<20))
		if r.ErrorType != "PermanentError" || !strings.Contains(r.ErrorMessage, "404 NoSuchKey") || !strings.Contains(r.ErrorMessage, "the failure could not be recorded: its event record has ") {
			t.Errorf("%s %.1000s", r.ErrorType, r.ErrorMessage)
		}
		if r := w.invoke(padded("missing.docx", 100<<10)); r.FunctionError != "" || len(w.objects("dst", ".onput/failed/")) != 1 {
			t.Errorf("%s %.1000s", r.ErrorType, r.ErrorMessage)
		}
	})
}

// BenchmarkClaims measures the cost of claims in requests and time for each upload, if OSS takes 20 ms for each request.
func BenchmarkClaims(b *testing.B) {
	const notify = `.pdf"}, notify: done}`
	for _, bm := range []struct {
		name, rules string
		delivered   int // times
	}{
		{"off", pdfRules, 1},
		{"on", claimedRules, 1},
		{"on, with notify", strings.Replace(claimedRules, `.pdf"}}`, notify, 1), 1},
		{"off, delivered twice", pdfRules, 2},
		{"on, delivered twice", claimedRules, 2},
	} {
		b.Run(bm.name, func(b *testing.B) {
			w := fcRuntime("go1").newWorldWith(b, bm.rules, func(_ *localcloud.Options, f *localcloud.Function) { f.Triggers, f.Topics = nil, nil })
			w.put("a.docx")
			w.invoke(`{"events":[` + record("a.docx") + `]}`)
			before := len(w.Requests())
			w.SetFaults(localcloud.Faults{Before: func(localcloud.Request) localcloud.Fault { return localcloud.Fault{Delay: 20 * time.Millisecond} }})
			uploads := 0
			for b.Loop() {
				payload := strings.Replace(`{"events":[`+record("a.docx")+`]}`, "58F9", strconv.Itoa(uploads), 1)
				for range bm.delivered {
					if r := w.invoke(payload); r.FunctionError != "" {
						b.Fatal(r.ErrorMessage)
					}
				}
				uploads++
			}
			b.ReportMetric(float64(len(w.Requests())-before)/float64(uploads), "requests/upload")
			b.ReportMetric(float64(b.Elapsed().Microseconds())/1000/float64(uploads), "ms/upload")
		})
	}
}
