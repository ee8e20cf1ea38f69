package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/internal/localcloud"
	"onput/process"
)

// ledgerOf returns a ledger after some events, one a line:
//
//	sent REQUEST                             arrives, if OSS takes it later than the next; rN is made in second N
//	took KEY BODY by INVOCATION as REQUEST   OSS takes a task
//	lost REQUEST                             its answer is lost
//	ended INVOCATION ERRORTYPE               a try ends
//	says REQUEST                             the function logs that it could not record it
//	waited INVOCATION KEY BODY               the function logs that it stopped waiting for the answer
//	unclaimed INVOCATION KEY BODY            the function logs that it submitted the task without a claim
//	fire                                     the rules let tasks fire without a claim
//	claimed INVOCATION KEY PROCESS           its first try claims a task
//	recorded REQUEST                         a claim records it
//	over INVOCATION N                        the time of its first try is over in second N
func ledgerOf(expected []task, lines ...string) *ledger {
	l := newLedger(time.Hour)
	arrive := func(id string) {
		var second int64
		fmt.Sscanf(id, "r%d", &second)
		l.arrive(localcloud.Request{ID: id, Signed: time.Unix(second, 0)})
	}
	for _, e := range expected {
		l.expect(e.key, e.body)
	}
	for _, line := range lines {
		f := strings.Fields(line)
		switch f[0] {
		case "took":
			if l.requests[f[6]].arrived == 0 {
				arrive(f[6])
			}
			l.watch(localcloud.TaskAccepted{Process: localcloud.Process{Source: process.Location{Bucket: uploadsBucket, Key: f[1]}, Body: f[2],
				AccessKeyID: credentialOf(f[4], 0).AccessKeyID, OSSRequest: f[6]}})
		case "sent":
			arrive(f[1])
		case "lost":
			l.loseAnswer(f[1])
		case "ended":
			r := localcloud.Result{RequestID: f[1], ErrorType: strings.Join(f[2:], "")}
			r.ErrorType, r.Abandoned = strings.CutSuffix(r.ErrorType, "Abandoned")
			l.watch(localcloud.InvocationEnded{Result: r})
		case "says":
			l.watch(localcloud.LogLine{Text: `{"msg":"task","key":"k","requestId":"` + f[1] + `","claim":"the task was submitted, and its claim does not say so: x; the invocation's time was used up"}`})
		case "unclaimed":
			l.watch(localcloud.LogLine{Text: `{"msg":"task","invocation":"` + f[1] + `","key":"` + f[2] + `","process":"` + f[3] +
				`","claim":"not claimed, so another delivery may fire the task again: x"}`})
		case "fire":
			l.mayFire = true
		case "claimed":
			hash := fmt.Sprintf("%064x", f[2]+f[3])
			l.claim(localcloud.Request{AccessKeyID: credentialOf(f[1], 0).AccessKeyID, Key: ".onput/claims/" + hash})
			l.readClaims(map[string]string{hash: `{"claim":"claimed","task":{"key":"` + f[2] + `","process":"` + f[3] + `"}}` + "\n" + `{"claim":"released"}`})
		case "recorded":
			l.readClaims(map[string]string{"": `{"claim":"claimed"}` + "\n" + `{"claim":"submitted","requestId":"` + f[1] + `"}`})
		case "over":
			second, _ := strconv.ParseInt(f[2], 10, 64)
			l.started[tryOf(f[1], 0)] = time.Unix(second, 0).Add(-l.timeout)
		case "waited":
			l.watch(localcloud.LogLine{Text: `{"msg":"task","invocation":"` + f[1] + `","key":"` + f[2] + `","process":"` + f[3] +
				`","error":"AsyncProcessObject x: the request went out and no answer came back: OSS may have taken it (the invocation's time was used up)"}`})
		default:
			panic(line)
		}
	}
	return l
}

func TestLedger(t *testing.T) {
	a, b := task{"a", "p"}, task{"b", "p"}
	for _, tt := range []struct {
		name     string
		lines    []string
		reported []string
		want     result
	}{
		{name: "each once", lines: []string{"took a p by 1 as r1", "ended 1", "took b p by 2 as r2", "ended 2"}, want: result{Accepted: 2}},
		{name: "one never", lines: []string{"took a p by 1 as r1", "ended 1"}, want: result{Accepted: 1, Lost: []task{b}}},
		{name: "one never, and somebody knows", lines: []string{"took a p by 1 as r1"}, reported: []string{"b"}, want: result{Accepted: 1}},
		{name: "repeated without an excuse", lines: []string{"took a p by 1 as r1", "ended 1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "after a lost answer", lines: []string{"took a p by 1 as r1", "lost r1", "ended 1 TransientError", "took a p by 1 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{lostAnswer: 1}}},
		{name: "after a kill", lines: []string{"took a p by 1 as r1", "ended 1 FunctionExited", "took a p by 1 as r2", "ended 1", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{killed: 1}}},
		{name: "after a timeout", lines: []string{"took a p by 1 as r1", "ended 1 FunctionTimedOut", "took a p by 1 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{killed: 1}}},
		{name: "after what was not recorded", lines: []string{"took a p by 1 as r1", "says r1", "ended 1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{unrecorded: 1}}},
		{name: "after a kill, and OSS was slower", lines: []string{"ended 1 FunctionExited", "took a p by 1 as r1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{killed: 1}}},
		{name: "without time for the answer", lines: []string{"took a p by 1 as r1", "waited 1 a p", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{gaveUp: 1}}},
		{name: "without time for the answer, and OSS was slower", lines: []string{"waited 1 a p", "took a p by 1 as r1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{gaveUp: 1}}},
		{name: "without time for another's answer", lines: []string{"waited 1 b p", "took a p by 1 as r1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "without time for the answer, and OSS was slower than with the next", lines: []string{"sent r1", "waited 1 a p", "took a p by 2 as r2", "took a p by 1 as r1", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{gaveUp: 1}}},
		{name: "an excuse that comes too late", lines: []string{"took a p by 1 as r1", "ended 1", "took a p by 2 as r2", "lost r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "one excuse for two", lines: []string{"took a p by 1 as r1", "lost r1", "took a p by 2 as r2", "took a p by 3 as r3", "took b p by 4 as r4"},
			want: result{Accepted: 4, Repeated: 2, Excused: [excuses]int{none: 1, lostAnswer: 1}, Unexcused: []task{a}}},
		{name: "after a timeout during a pause", lines: []string{"took a p by 1 as r1", "ended 1 FunctionTimedOut Abandoned", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "after a kill that came after the record", lines: []string{"took a p by 1 as r1", "recorded r1", "ended 1 FunctionExited", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "without a claim that it knows of", lines: []string{"fire", "claimed 1 a p", "claimed 2 a p", "took a p by 1 as r1", "unclaimed 1 a p", "ended 1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{unclaimed: 1}}},
		{name: "without a claim", lines: []string{"fire", "claimed 2 a p", "took a p by 1 as r1", "ended 1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{unclaimed: 1}}},
		{name: "again, without a claim", lines: []string{"fire", "claimed 1 a p", "took a p by 1 as r1", "recorded r1", "ended 1", "took a p by 2 as r2", "ended 2 FunctionExited", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{unclaimed: 1}}},
		{name: "again, with a claim", lines: []string{"fire", "claimed 1 a p", "claimed 2 a p", "took a p by 1 as r1", "ended 1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "again, without a claim that the rules want", lines: []string{"claimed 1 a p", "took a p by 1 as r1", "ended 1", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "in the second of one that was killed", lines: []string{"took a p by 1 as r1", "recorded r1", "took a p by 2 as r1b", "ended 2 FunctionExited", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{killed: 1}}},
		{name: "in time", lines: []string{"over 1 2", "took a p by 1 as r1", "took b p by 3 as r3"}, want: result{Accepted: 2}},
		{name: "after its time", lines: []string{"over 1 1", "took a p by 1 as r1", "took b p by 3 as r3"}, want: result{Accepted: 2, Overdue: []task{a}}},
		{name: "again, after its time", lines: []string{"over 1 1", "took a p by 2 as r3", "took a p by 1 as r1", "waited 1 a p", "took b p by 3 as r4"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{gaveUp: 1}, Overdue: []task{a}}},
		{name: "a kill of somebody else", lines: []string{"took a p by 1 as r1", "ended 2 FunctionExited", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
		{name: "a kill of somebody else's try", lines: []string{"took a p by 1 as r1", "ended 1", "ended 3 FunctionExited", "took a p by 2 as r2", "took b p by 3 as r3"},
			want: result{Accepted: 3, Repeated: 1, Excused: [excuses]int{none: 1}, Unexcused: []task{a}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reported := map[string]bool{}
			for _, key := range tt.reported {
				reported[key] = true
			}
			tt.want.Tasks = 2
			got := ledgerOf([]task{a, b}, tt.lines...).result(reported)
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(task{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if s := ledgerOf(nil, "took a p by 1 as r1").unexpected; len(s) != 1 {
		t.Errorf("unexpected: %q", s)
	}
}

func TestVerdict(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Report
		want string
	}{
		{"fine", Report{Storm: &Storm{}, result: result{Repeated: 2, Excused: [excuses]int{killed: 2}}}, ""},
		{"lost", Report{Storm: &Storm{}, result: result{Lost: []task{{"a.docx", "x-oss-async-process=doc/convert,target_png|sys/saveas,b_,o_"}}}},
			"1 tasks are lost, such as doc/convert,target_png of oss://storm-uploads/a.docx"},
		{"repeated", Report{Storm: &Storm{}, result: result{Repeated: 2, Unexcused: []task{{"a", "p"}}}}, "1 acceptances are repeated without an excuse, such as p of oss://storm-uploads/a"},
		{"overdue", Report{Storm: &Storm{}, result: result{Overdue: []task{{"a", "p"}}}},
			"1 tasks were submitted after the time of their invocations, such as p of oss://storm-uploads/a"},
		{"calm", Report{Storm: &Storm{Calm: true}, result: result{Repeated: 1, Excused: [excuses]int{killed: 1}}}, "1 acceptances are repeated, although nothing went wrong"},
		{"unexpected", Report{Storm: &Storm{}, Unexpected: []string{"x"}}, "OSS took 1 tasks that no rule explains, such as x"},
	} {
		if got := tt.r.Failed(); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// The same seed makes the same faults, another seed makes others, and every kind happens as often as it should.
func TestFaultInjector(t *testing.T) {
	run := func(seed uint64, calm bool) (*faultInjector, []string) {
		l := newLedger(time.Minute)
		pauses := 0
		w := newFaultInjector(seed, calm, claimsBucket, l, func(instance int, _ time.Duration, _ *rand.Rand) {
			if pauses++; instance != 7 {
				t.Errorf("instance %d is paused, want 7", instance)
			}
		})
		l.watch(localcloud.InvocationStarted{RequestID: "1-a", Instance: 7})
		var all []string
		f := w.hooks()
		for n := range 10_000 {
			r := localcloud.Request{Operation: "AsyncProcessObject", Bucket: uploadsBucket, Key: fmt.Sprint(n / 2), ID: fmt.Sprint(n),
				AccessKeyID: credentialOf("1-a", 0).AccessKeyID}
			if n%4 > 1 {
				r.Operation, r.Bucket = "AppendObject", claimsBucket
			}
			if n%4 <= 1 {
				l.watch(localcloud.TaskAccepted{Process: localcloud.Process{OSSRequest: r.ID}})
			}
			all = append(all, fmt.Sprint(f.Before(r), f.After(r), f.Deliveries(localcloud.ObjectCreated{Bucket: uploadsBucket, Key: r.Key})))
		}
		for _, quiet := range []localcloud.Request{{Operation: "PutObject", Bucket: uploadsBucket}, {Operation: "GetObject", Bucket: derivedBucket}} {
			for range 1000 {
				if f, k, _ := w.draw(quiet, "before ", throttled, unavailable, hangsBefore, resetBefore); k != fine {
					t.Errorf("%+v: %+v", quiet, f)
				}
			}
		}
		lost, want := 0, 0
		for _, a := range l.byRequest {
			if a.lost {
				lost++
			}
		}
		for k := range faultKinds {
			if k.losesAnswer() {
				want += w.Submissions[k]
			}
		}
		if lost != want {
			t.Errorf("%d answers lost, %d recorded", want, lost)
		}
		if want := w.Submissions[paused] + w.Claims[paused]; pauses != want {
			t.Errorf("%d pauses, want %d", pauses, want)
		}
		return w, all
	}
	w, first := run(1, false)
	_, again := run(1, false)
	_, other := run(2, false)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error("the same seed makes other faults")
	}
	if cmp.Equal(first, other) {
		t.Error("another seed makes the same faults")
	}
	for k := fine + 1; k < faultKinds; k++ {
		for _, count := range []int{w.Submissions[k], w.Claims[k]} {
			if want := chances[k] * 5; count < want*6/10 || count > want*14/10 {
				t.Errorf("kind %d happened %d times, want about %d", k, count, want)
			}
		}
	}
	if calm, _ := run(1, true); calm.Submissions != [faultKinds]int{} || calm.Claims != [faultKinds]int{} || calm.Deliveries < 17_500 {
		t.Errorf("calm: %+v", calm)
	}
}

// A small storm in each runtime: nothing is lost, and no acceptance is repeated without an excuse; in a calm one none is
// repeated at all. Without claims the ledger finds repeated acceptances, or it would prove nothing.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: a storm takes half a minute")
	}
	binary, remove, err := buildFunction(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	for _, in := range []string{"go1", "custom"} {
		for _, tt := range []struct {
			name            string
			calm, unclaimed bool
			bad             bool
		}{
			{name: "calm", calm: true},
			{name: "storm"},
			{name: "calm-without-claims", calm: true, unclaimed: true, bad: true},
		} {
			t.Run(in+"-"+tt.name, func(t *testing.T) {
				t.Parallel()
				s := newStorm(binary, in, 2, 120)
				s.Unclaimed = tt.unclaimed
				if tt.calm {
					s.calm()
				}
				s.Instances, s.KillEvery, s.PauseEvery, s.Limit = min(s.Instances, 8), 500*time.Millisecond, 500*time.Millisecond, 4*time.Minute
				r, err := s.Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				var out strings.Builder
				table := newTable(&out)
				table.add(r)
				table.end()
				t.Logf("\n%s", &out)
				failed := r.Failed()
				if tt.bad && !strings.Contains(failed, "repeated") || !tt.bad && failed != "" {
					t.Errorf("the verdict is %q\n%s", failed, strings.Join(r.Histories, "\n"))
				}
				if !tt.calm && (r.Kills == 0 || r.Pauses == 0 || r.Abandoned == 0) {
					t.Errorf("%d kills, %d pauses, %d invocations whose time was over", r.Kills, r.Pauses, r.Abandoned)
				}
				if r.Tasks != 166 || r.Accepted < r.Tasks || r.Deliveries < 120 || r.Tries < r.Deliveries || r.Completions < 24 {
					t.Errorf("%+v", r)
				}
			})
		}
	}
}

// Wrong usage exits with 2.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-seeds", "0"}, {"-uploads", "0"}, {"-runtime", "java"}, {"x"}, {"-y"}} {
		var out, errs strings.Builder
		if status := run(args, &out, &errs); status != 2 || errs.Len() == 0 {
			t.Errorf("%q: status %d, %s", args, status, errs.String())
		}
	}
}
