package claims

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/internal/clock"
	"onput/process"
)

// These tests cover what the model leaves out: the requests, the text of the log, the passing of time, and individual cases.
// Time is the fake time of testing/synctest.

var settings = Settings{Bucket: "acme-state", Prefix: ".onput/"}

func testTask() Task {
	return Task{
		Source:     process.Location{Bucket: "acme-uploads", Key: "in/a.docx"},
		Upload:     Upload{RequestID: "58F9", ETag: "688A", Time: time.Date(2026, 3, 1, 10, 0, 0, 5e6, time.UTC)},
		Rule:       "docx-to-png",
		Process:    "doc/convert,target_png",
		Target:     process.Location{Bucket: "acme-derived", Key: "a/{index}.png"},
		Invocation: "1-65",
	}
}

// claimOf returns the location of a task's claim.
func claimOf(t *testing.T, task Task) process.Location {
	at, err := New(nil, settings).location(&task)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// oss is an OSS that takes tasks.
type oss struct {
	taken atomic.Int64
	errs  []error       // of the first submissions; nil for success
	takes time.Duration // to answer
	asked atomic.Int64
}

func (o *oss) submit(ctx context.Context) (Receipt, error) {
	n := int(o.asked.Add(1))
	if clock.Wait(ctx, o.takes) != nil {
		return Receipt{}, fmt.Errorf("no answer came back: %w", ErrInDoubt)
	}
	if n <= len(o.errs) && o.errs[n-1] != nil {
		return Receipt{}, o.errs[n-1]
	}
	return Receipt{TaskID: fmt.Sprintf("doc-%d", o.taken.Add(1)), EventID: "181-1kZ", RequestID: "534B"}, nil
}

// invoke runs one delivery in an invocation with a timeout.
func invoke(t *testing.T, c *Claimer, task Task, timeout time.Duration, submit Submit) (o Outcome, err error) {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	defer func() {
		if r := recover(); r == errKilled {
			err = errKilled
		} else if r != nil {
			panic(r)
		}
	}()
	return c.Do(ctx, task, submit)
}

var changing = regexp.MustCompile(`"token":"[^"]*"|"ms":\d+`)

// The requests of a delivery, and the text of the log.
func TestRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{}
		c := New(m, settings)
		task := testTask()
		first, err := invoke(t, c, task, time.Minute, s.submit)
		want := Outcome{Receipt: Receipt{TaskID: "doc-1", EventID: "181-1kZ", RequestID: "534B"}}
		if d := cmp.Diff(want, first); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
		log := m.log(claimOf(t, task))
		length := strings.Index(log, "\n") + 1
		if got, want := m.asked(), fmt.Sprintf("append claimed at 0, append submitted at %d", length); got != want {
			t.Errorf("a first delivery asks for\n%s\nwant\n%s", got, want)
		}
		if got, want := changing.ReplaceAllString(log, "…"), `{"claim":"claimed",…,…,"invocation":"1-65","task":{"bucket":"acme-uploads","key":"in/a.docx","upload":"58F9","eTag":"688A","time":"2026-03-01T10:00:00.005Z","rule":"docx-to-png","process":"doc/convert,target_png","target":"oss://acme-derived/a/{index}.png"}}
{"claim":"submitted",…,"taskId":"doc-1","eventId":"181-1kZ","requestId":"534B"}
`; got != want {
			t.Errorf("the log is\n%swant\n%s", got, want)
		}
		if !strings.Contains(log, `"ms":60000,`) {
			t.Errorf("the claim does not say that a minute is left: %s", log)
		}

		second, err := invoke(t, c, task, time.Minute, s.submit)
		want.Duplicate = true
		if d := cmp.Diff(want, second); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
		if got, want := m.asked(), "append claimed at 0, read"; got != want {
			t.Errorf("a second delivery asks for\n%s\nwant\n%s", got, want)
		}
		if s.asked.Load() != 1 {
			t.Errorf("%d submissions", s.asked.Load())
		}
	})
}

// Many deliveries of one upload at once submit its task once.
func TestAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{takes: 3 * time.Second}
		c := New(m, settings)
		var duplicates atomic.Int64
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				o, err := invoke(t, c, testTask(), time.Minute, s.submit)
				if err != nil || o.Receipt.TaskID != "doc-1" || o.Warnings != nil {
					t.Errorf("%+v, %v", o, err)
				}
				if o.Duplicate {
					duplicates.Add(1)
					if s.taken.Load() == 0 {
						t.Error("duplicate of a task that is not submitted")
					}
				}
			})
		}
		all.Wait()
		if s.taken.Load() != 1 || duplicates.Load() != 49 {
			t.Errorf("taken %d times, %d duplicates", s.taken.Load(), duplicates.Load())
		}
	})
}

var errThrottled = errors.New("503 ServiceUnavailable")

// on returns a function for memory.suffer that injects faults into the first requests of a kind.
func on(kind string, s state, faults ...*fault) func(*request) *fault {
	return func(r *request) *fault {
		if r.kind != kind || r.line.State != s || len(faults) == 0 {
			return nil
		}
		f := faults[0]
		faults = faults[1:]
		return f
	}
}

// Each case has a first delivery with faults, and further ones after it has ended.
func TestDeliveries(t *testing.T) {
	lost := &fault{err: fmt.Errorf("no answer: %w", ErrInDoubt)}
	lostAnswer := &fault{done: true, err: lost.err}
	refused := &fault{err: errThrottled}
	type delivery struct {
		err       string // a part of it; "" for none
		duplicate bool
		warning   string // a part of it; "" for none
		taken     int64  // acceptances by OSS so far
	}
	fine, dup := delivery{taken: 1}, delivery{duplicate: true, taken: 1}
	for _, test := range []struct {
		name   string
		suffer func(*request) *fault
		oss    *oss // nil for one without errors
		want   []delivery
		log    string // the states
	}{
		{name: "nothing happens", want: []delivery{fine, dup}, log: "claimed submitted"},

		{name: "killed before the claim", suffer: on("append", claimed, &fault{panic: true}),
			want: []delivery{{err: "killed"}, fine}, log: "claimed submitted"},
		{name: "killed between claim and submission", suffer: on("append", claimed, &fault{panic: true, done: true}),
			want: []delivery{{err: "killed"}, fine, dup}, log: "claimed claimed submitted"},
		{name: "killed between submission and record", suffer: on("append", submitted, &fault{panic: true}),
			want: []delivery{{err: "killed", taken: 1}, {taken: 2}, {duplicate: true, taken: 2}}, log: "claimed claimed submitted"},
		{name: "killed after the record", suffer: on("append", submitted, &fault{panic: true, done: true}),
			want: []delivery{{err: "killed", taken: 1}, dup}, log: "claimed submitted"},

		{name: "claim: lost", suffer: on("append", claimed, lost), want: []delivery{fine, dup}, log: "claimed submitted"},
		{name: "claim: answer lost", suffer: on("append", claimed, lostAnswer), want: []delivery{fine, dup}, log: "claimed submitted"},
		{name: "claim: answer lost, and the look as well", suffer: func() func(*request) *fault {
			a, b := on("append", claimed, lostAnswer), on("read", "", lost)
			return func(r *request) *fault {
				if f := a(r); f != nil {
					return f
				}
				return b(r)
			}
		}(), want: []delivery{fine, dup}, log: "claimed submitted"},
		{name: "claim: refused", suffer: on("append", claimed, refused, refused), want: []delivery{fine, dup}, log: "claimed submitted"},
		{name: "claim: unreachable", suffer: on("append", claimed, refused, refused, refused),
			want: []delivery{{err: "503"}, fine}, log: "claimed submitted"},

		{name: "record: lost", suffer: on("append", submitted, lost), want: []delivery{fine, dup}, log: "claimed submitted"},
		{name: "record: answer lost", suffer: on("append", submitted, lostAnswer), want: []delivery{fine, dup}, log: "claimed submitted"},
		{name: "record: refused for long", suffer: on("append", submitted, refused, refused, refused, refused, refused, refused, refused),
			want: []delivery{fine, dup}, log: "claimed submitted"},

		{name: "submission: fails", oss: &oss{errs: []error{errThrottled}},
			want: []delivery{{err: "503"}, fine, dup}, log: "claimed released claimed submitted"},
		{name: "submission: fails, and the release is lost", oss: &oss{errs: []error{errThrottled}}, suffer: on("append", released, lost),
			want: []delivery{{err: "503"}, fine, dup}, log: "claimed released claimed submitted"},
		{name: "submission: fails, and cannot be released", oss: &oss{errs: []error{errThrottled}},
			suffer: on("append", released, refused, refused, refused),
			want:   []delivery{{err: "503", warning: "stays until"}, fine}, log: "claimed claimed submitted"},
		{name: "submission: in doubt", oss: &oss{errs: []error{lost.err}},
			want: []delivery{{err: "no answer"}, fine, dup}, log: "claimed released(in doubt) claimed submitted"},
		{name: "submission: hangs", oss: &oss{takes: time.Hour},
			want: []delivery{{err: "no answer"}}, log: "claimed released(in doubt)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				m.suffer = test.suffer
				s := test.oss
				if s == nil {
					s = &oss{}
				}
				c := New(m, settings)
				for i, want := range test.want {
					timeout := time.Minute
					if i == 0 {
						timeout = 10 * time.Second // so that a later delivery outlasts it
					}
					o, err := invoke(t, c, testTask(), timeout, s.submit)
					got := delivery{duplicate: o.Duplicate, taken: s.taken.Load()}
					if err != nil && want.err != "" && strings.Contains(err.Error(), want.err) {
						got.err = want.err
					} else if err != nil {
						got.err = err.Error()
					}
					if text := strings.Join(o.Warnings, ", "); want.warning != "" && strings.Contains(text, want.warning) {
						got.warning = want.warning
					} else {
						got.warning = text
					}
					if got != want {
						t.Errorf("delivery %d: %+v, want %+v", i+1, got, want)
					}
				}
				if got := states(m.log(claimOf(t, testTask()))); got != test.log {
					t.Errorf("log: %s, want %s", got, test.log)
				}
			})
		})
	}
}

// states returns the states in a log, in order.
func states(log string) string {
	var all []string
	for text := range strings.Lines(log) {
		l := lastLine([]byte(text))
		s := string(l.State)
		if l.InDoubt {
			s += "(in doubt)"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

// After an owner was killed another delivery submits: not before the owner's time is over, and soon after it, whatever OSS's
// clock shows.
func TestTakeOver(t *testing.T) {
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour, 300 * time.Millisecond} {
		for _, late := range []time.Duration{0, 10 * time.Millisecond, 700 * time.Millisecond, 999 * time.Millisecond} {
			t.Run(fmt.Sprintf("%v, %v", skew, late), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMemory()
					m.skew = skew
					c := New(m, settings)
					time.Sleep(late)
					deadline := time.Now().Add(10500 * time.Millisecond)
					if _, err := invoke(t, c, testTask(), 10500*time.Millisecond, func(context.Context) (Receipt, error) { panic(errKilled) }); err != errKilled {
						t.Fatal(err)
					}
					var fired time.Time
					o, err := invoke(t, c, testTask(), time.Minute, func(context.Context) (Receipt, error) {
						fired = time.Now()
						return Receipt{TaskID: "doc-1"}, nil
					})
					if err != nil || o.Duplicate {
						t.Fatal(o, err)
					}
					// A second of margin, a second that Date and Last-Modified do not show, and a pause.
					if after := fired.Sub(deadline); after <= 0 || after > 2*time.Second+maxPause {
						t.Errorf("taken over %v after the deadline", after)
					}
				})
			})
		}
	}
}

// A claim is active until the owner's time and the margin are over.
func TestIsActive(t *testing.T) {
	modified := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		left time.Duration
		date time.Duration // after modified
		want bool
	}{
		{10 * time.Second, 0, true},
		{10 * time.Second, 10 * time.Second, true}, // the claim may be from 10:00:00.9
		{10 * time.Second, 11 * time.Second, false},
		{10500 * time.Millisecond, 11 * time.Second, true},
		{10500 * time.Millisecond, 12 * time.Second, false},
		{0, 0, true},
		{0, time.Second, false},
	} {
		l := logSnapshot{last: line{State: claimed, RemainingMillis: test.left.Milliseconds()}, modified: modified, date: modified.Add(test.date)}
		if got := l.isActive(); got != test.want {
			t.Errorf("%v left, %v later: %t", test.left, test.date, got)
		}
	}
	for _, l := range []logSnapshot{{date: modified}, {modified: modified}} {
		if l.last.State = claimed; !l.isActive() {
			t.Errorf("an answer without times: the claim is taken over")
		}
	}
}

// A delivery that waited until its time was nearly over leaves the task to a retry.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{takes: time.Hour}
		c := New(m, settings)
		var first sync.WaitGroup
		first.Go(func() { invoke(t, c, testTask(), 10*time.Second, s.submit) }) // ends without an answer
		synctest.Wait()
		second := &oss{}
		_, err := invoke(t, c, testTask(), 9500*time.Millisecond, second.submit)
		var e *Error
		if !errors.As(err, &e) || e.Reason != InProgress || e.Permanent() || second.asked.Load() != 0 {
			t.Errorf("%v, %d submissions", err, second.asked.Load())
		}
		first.Wait()
		if _, err := invoke(t, c, testTask(), time.Minute, second.submit); err != nil || second.asked.Load() != 1 {
			t.Errorf("the retry: %v, %d submissions", err, second.asked.Load())
		}
	})
}

// pausedContext is the context of an instance that is paused: its timer does not run.
type pausedContext struct {
	context.Context
	deadline time.Time
}

func (c pausedContext) Deadline() (time.Time, bool) { return c.deadline, true }

// A delivery whose instance is paused during a request for the claim does not submit once its time is over.
func TestPaused(t *testing.T) {
	refused := &fault{err: errors.New("AppendObject: 403 AccessDenied")}
	for _, test := range []struct {
		name  string
		fault *fault // of each request
		at    int    // number of the request
		fire  bool
	}{
		{name: "claimed", at: 0},
		{name: "unclaimed", fault: refused, at: 2, fire: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &oss{}
				m.suffer = func(r *request) *fault {
					if r.number == test.at {
						time.Sleep(time.Minute)
					}
					return test.fault
				}
				settings := settings
				settings.SubmitUnclaimed = test.fire
				ctx := pausedContext{t.Context(), time.Now().Add(10 * time.Second)}
				_, err := New(m, settings).Do(ctx, testTask(), s.submit)
				if !hasReason(err, OutOfTime) || s.asked.Load() != 0 || !strings.HasSuffix(err.Error(), "the invocation's time was used up before the task was submitted; a retry submits it") {
					t.Errorf("%v, %d submissions", err, s.asked.Load())
				}
				m.suffer = nil
				if _, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit); err != nil || s.asked.Load() != 1 {
					t.Errorf("the retry: %v, %d submissions", err, s.asked.Load())
				}
			})
		})
	}
}

// While another delivery is about to submit, a delivery waits, and fails if that takes too long.
func TestInProgress(t *testing.T) {
	for _, test := range []struct {
		name      string
		takes     time.Duration // of its submission
		timeout   time.Duration // of the second delivery
		duplicate bool
	}{
		{"it ends soon", 50 * time.Millisecond, time.Minute, true},
		{"it ends late", 20 * time.Second, time.Minute, true},
		{"it ends just in time", 9 * time.Second, 10 * time.Second, true},
		{"it ends too late", 20 * time.Second, 10 * time.Second, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &oss{takes: test.takes}
				c := New(m, settings)
				var first sync.WaitGroup
				first.Go(func() {
					if _, err := invoke(t, c, testTask(), time.Minute, s.submit); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait() // the first delivery submits
				start := time.Now()
				o, err := invoke(t, c, testTask(), test.timeout, s.submit)
				took := time.Since(start)
				var e *Error
				switch {
				case test.duplicate && (err != nil || !o.Duplicate || o.Receipt.TaskID != "doc-1" || took < test.takes):
					t.Errorf("%+v, %v after %v", o, err, took)
				case !test.duplicate && (!errors.As(err, &e) || e.Reason != InProgress || e.Permanent() || o.Duplicate):
					t.Errorf("%+v, %v", o, err)
				case !test.duplicate && (took > test.timeout || took < test.timeout-minRetryTime):
					t.Errorf("gave up after %v", took)
				}
				first.Wait()
				if s.asked.Load() != 1 {
					t.Errorf("%d submissions", s.asked.Load())
				}
			})
		})
	}
}

// Claims that cannot be reached prevent the submission, unless Settings.SubmitUnclaimed is set.
func TestUnreachable(t *testing.T) {
	denied := &fault{err: errors.New("AppendObject: 403 AccessDenied")}
	hang := &fault{hang: true}
	for _, test := range []struct {
		name  string
		fault *fault
		fire  bool
	}{
		{"denied, fail", denied, false},
		{"denied, fire", denied, true},
		{"no answer, fail", hang, false},
		{"no answer, fire", hang, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &oss{}
				m.suffer = func(*request) *fault { return test.fault }
				settings := settings
				settings.SubmitUnclaimed = test.fire
				var left time.Duration
				o, err := invoke(t, New(m, settings), testTask(), 12*time.Second, func(ctx context.Context) (Receipt, error) {
					deadline, _ := ctx.Deadline()
					left = time.Until(deadline)
					return s.submit(ctx)
				})
				if !test.fire {
					var e *Error
					if !errors.As(err, &e) || e.Reason != Unreachable || e.Permanent() || s.asked.Load() != 0 {
						t.Errorf("%+v, %v", o, err)
					}
					return
				}
				if err != nil || o.Duplicate || o.Receipt.TaskID != "doc-1" || len(o.Warnings) != 1 || !strings.HasPrefix(o.Warnings[0], "not claimed") {
					t.Errorf("%+v, %v", o, err)
				}
				if left < 2*time.Second {
					t.Errorf("only %v of 12s left to submit", left)
				}
			})
		})
	}

	t.Run("a claim in progress is not unreachable", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m, s := newMemory(), &oss{}
			settings := settings
			settings.SubmitUnclaimed = true
			c := New(m, settings)
			invoke(t, c, testTask(), time.Minute, func(context.Context) (Receipt, error) { panic(errKilled) })
			if _, err := invoke(t, c, testTask(), time.Second, s.submit); !hasReason(err, InProgress) || s.asked.Load() != 0 {
				t.Errorf("%v, %d submissions", err, s.asked.Load())
			}
		})
	})
	// A live claim that was read keeps the task from being fired unclaimed, whatever fails afterwards.
	refused := &fault{err: errors.New("GetObject: 503 ServiceUnavailable")}
	for _, test := range []struct {
		name    string
		claimed bool   // by another delivery, which was killed
		fails   string // requests in order: x fails, others succeed; the last is repeated
		fired   bool   // unclaimed
		want    Reason // if nothing was submitted
		text    string
	}{
		{name: "a live claim, then no answers", claimed: true, fails: "..x", want: Unreachable, text: "503 ServiceUnavailable"},
		{name: "no answers, a live claim, no answers", claimed: true, fails: ".xx.xx.xxx", want: Unreachable, text: "503 ServiceUnavailable"},
		{name: "a live claim before the time is over", claimed: true, fails: "..xx.", want: InProgress, text: "another delivery"},
		{name: "good answers in between", claimed: true, fails: "xx.xx.xx.", want: InProgress, text: "another delivery"},
		{name: "no log, and no append", fails: "x.x.x.x.", fired: true},
		{name: "no answers at all", fails: "x", fired: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &oss{}
				settings := settings
				settings.SubmitUnclaimed = true
				c := New(m, settings)
				if test.claimed {
					invoke(t, c, testTask(), time.Minute, func(context.Context) (Receipt, error) { panic(errKilled) })
				}
				m.asked()
				m.suffer = func(r *request) *fault {
					if test.fails[min(r.number, len(test.fails)-1)] == 'x' {
						return refused
					}
					return nil
				}
				o, err := invoke(t, c, testTask(), 20*time.Second, s.submit)
				fired := len(o.Warnings) > 0 && strings.HasPrefix(o.Warnings[0], "not claimed")
				e, _ := errors.AsType[*Error](err)
				switch {
				case fired != test.fired || (test.want != 0) != (e != nil) || (s.asked.Load() == 0) != (test.want != 0):
					t.Errorf("%+v, %v, %d submissions, after %s", o, err, s.asked.Load(), m.asked())
				case e != nil && (e.Reason != test.want || !strings.Contains(err.Error(), test.text)):
					t.Errorf("%v, after %s", err, m.asked())
				}
			})
		})
	}
	t.Run("a submission that fails unclaimed", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m, s := newMemory(), &oss{errs: []error{errThrottled}}
			m.suffer = func(*request) *fault { return denied }
			settings := settings
			settings.SubmitUnclaimed = true
			if o, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit); err != errThrottled || len(o.Warnings) != 1 {
				t.Errorf("%+v, %v", o, err)
			}
		})
	})
}

// If claims become unreachable after the submission, the delivery tries to record it until its time is over.
func TestNeverRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{}
		m.suffer = func(r *request) *fault {
			if s.taken.Load() > 0 {
				return &fault{err: errThrottled}
			}
			return nil
		}
		start := time.Now()
		o, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit)
		if err != nil || o.Duplicate || o.Receipt.TaskID != "doc-1" || len(o.Warnings) != 1 || !strings.Contains(o.Warnings[0], "may fire it again") {
			t.Errorf("%+v, %v", o, err)
		}
		if took := time.Since(start); took < time.Minute-minRetryTime || took > time.Minute {
			t.Errorf("recording was given up after %v", took)
		}
	})
}

// A claim that is deleted or replaced during the submission gives a warning.
func TestClaimGone(t *testing.T) {
	for name, meddle := range map[string]func(*memory, process.Location){
		"deleted":  func(m *memory, at process.Location) { delete(m.objects, at) },
		"replaced": func(m *memory, at process.Location) { m.put(at, "mine") },
		"taken over": func(m *memory, at process.Location) {
			m.objects[at].data = append(m.objects[at].data, line{State: claimed, Token: "other", RemainingMillis: 1000}.encode()...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory()
				start := time.Now()
				o, err := invoke(t, New(m, settings), testTask(), time.Minute, func(context.Context) (Receipt, error) {
					meddle(m, claimOf(t, testTask()))
					return Receipt{TaskID: "doc-1"}, nil
				})
				if err != nil || o.Receipt.TaskID != "doc-1" || len(o.Warnings) != 1 {
					t.Errorf("%+v, %v", o, err)
				}
				if took := time.Since(start); took != 0 {
					t.Errorf("it was tried for %v to record the task", took)
				}
			})
		})
	}
}

// Other deliveries claim and release the task again and again, each time just before this one would.
func TestOutrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{}
		at, others := claimOf(t, testTask()), 0
		m.suffer = func(r *request) *fault {
			if r.kind == "append" && r.line.State == claimed && others < 10 {
				others++
				token := fmt.Sprintf("other %d", others)
				data := append(line{State: claimed, Token: token, RemainingMillis: 1000}.encode(), line{State: released, Token: token}.encode()...)
				m.objects[at] = &stored{data: append([]byte(m.log(at)), data...), modified: m.date()}
			}
			return nil
		}
		if o, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit); err != nil || o.Duplicate || others != 10 {
			t.Errorf("%+v, %v, outrun %d times", o, err, others)
		}
	})
}

// A foreign object in place of the claim prevents the submission.
func TestForeign(t *testing.T) {
	own := line{State: claimed, Token: "a", RemainingMillis: 1000}
	record := line{State: submitted, Token: "a", Receipt: Receipt{TaskID: "doc-9"}}
	text := func(lines ...line) string {
		s := ""
		for _, l := range lines {
			s += string(l.encode())
		}
		return s
	}
	for _, test := range []struct {
		name   string
		data   string
		normal bool
	}{
		{"PutObject", text(own, record), true},
		{"text", "hello\n", false},
		{"JSON", `{"a":1}` + "\n", false},
		{"a list", "[]\n", false},
		{"a line without an end", strings.TrimSuffix(text(own), "\n"), false},
		{"a record without a claim", text(record), false},
		{"a record of somebody else", text(line{State: claimed, Token: "b"}, record), false},
		{"something after the record", text(own, record, line{State: claimed, Token: "c"}), false},
		{"claimed twice", text(own, own), false},
		{"a claim for ever", text(line{State: claimed, Token: "a", RemainingMillis: 1 << 60}), false},
		{"a claim from the past", text(line{State: claimed, Token: "a", RemainingMillis: -1}), false},
		{"an unknown state", `{"claim":"done","token":"a"}` + "\n", false},
		{"no token", `{"claim":"claimed","ms":1}` + "\n", false},
		{"too long", strings.Repeat(text(own, line{State: released, Token: "a"}, line{State: claimed, Token: "b"}, line{State: released, Token: "b"}), 1000), false},
		{"huge", strings.Repeat("x", 10<<20), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &oss{}
				at := claimOf(t, testTask())
				m.objects[at] = &stored{data: []byte(test.data), normal: test.normal, modified: m.date()}
				time.Sleep(time.Hour)
				settings := settings
				settings.SubmitUnclaimed = true // makes no difference
				o, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit)
				var e *Error
				if !errors.As(err, &e) || e.Reason != Unusable || !e.Permanent() || o.Duplicate || s.asked.Load() != 0 {
					t.Fatalf("%+v, %v", o, err)
				}
				if text := err.Error(); !strings.Contains(text, at.String()) || !strings.Contains(text, "delete it") || strings.Contains(text, "\n") {
					t.Error(text)
				}
				delete(m.objects, at) // the remedy that the error names
				if o, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit); err != nil || o.Duplicate {
					t.Errorf("%+v, %v", o, err)
				}
			})
		})
	}
	t.Run("an empty one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			m, s := newMemory(), &oss{}
			m.objects[claimOf(t, testTask())] = &stored{}
			if o, err := invoke(t, New(m, settings), testTask(), time.Minute, s.submit); err != nil || o.Duplicate {
				t.Errorf("%+v, %v", o, err)
			}
		})
	})
}

// A log becomes full only after many failed submissions, even with the longest texts.
func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		task := testTask()
		hostile := strings.Repeat("\x01", 1023)
		task.Source.Key, task.Target.Key, task.Process, task.Invocation = hostile, hostile, hostile+hostile, hostile
		c := New(m, settings)
		failure := errors.New(hostile)
		for rounds := 0; ; rounds++ {
			_, err := invoke(t, c, task, time.Minute, func(context.Context) (Receipt, error) { return Receipt{}, failure })
			if len(m.log(claimOf(t, task))) > maxLog {
				t.Fatal("the log is longer than what is read of it")
			}
			if err == failure {
				continue
			}
			if !hasReason(err, Unusable) || !strings.Contains(err.Error(), "delete it") {
				t.Error(err)
			}
			if rounds < 9 { // an event with 8 retries
				t.Errorf("full after %d rounds", rounds)
			}
			return
		}
	})
}

// A context without a deadline gets one.
func TestWithoutDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{}
		c := New(m, settings)
		invoke(t, c, testTask(), time.Hour, func(context.Context) (Receipt, error) { panic(errKilled) })
		start := time.Now()
		if _, err := c.Do(t.Context(), testTask(), s.submit); !hasReason(err, InProgress) {
			t.Error(err)
		}
		if took := time.Since(start); took > defaultTimeout {
			t.Errorf("took %v", took)
		}
	})
}

// A claim lasts at most as long as a function can run.
func TestLongestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, timeout := range []time.Duration{24 * time.Hour, 100 * time.Hour} {
			m, s := newMemory(), &oss{}
			c := New(m, settings)
			invoke(t, c, testTask(), timeout, func(context.Context) (Receipt, error) { panic(errKilled) })
			time.Sleep(24*time.Hour + 2*time.Second)
			if o, err := invoke(t, c, testTask(), time.Minute, s.submit); err != nil || o.Duplicate {
				t.Errorf("%+v, %v", o, err)
			}
		}
	})
}

// Do returns at once if its context is canceled.
func TestCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{}
		c := New(m, settings)
		invoke(t, c, testTask(), time.Minute, func(context.Context) (Receipt, error) { panic(errKilled) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		if _, err := c.Do(ctx, testTask(), s.submit); !hasReason(err, InProgress) {
			t.Error(err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
	})
}
