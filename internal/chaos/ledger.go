package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"onput/internal/event"
	"onput/internal/localcloud"
	"onput/process"
)

// task is a task that an upload must fire: the object's key, and the body of the request to OSS.
type task struct{ key, body string }

// String returns the operation and the object.
func (t task) String() string {
	return t.operation() + " of " + process.Location{Bucket: uploadsBucket, Key: t.key}.String()
}

// submission identifies a submission of a task by a try.
type submission struct{ try, key, operation string }

// operation returns the process without its target.
func (t task) operation() string {
	s, _, _ := strings.Cut(strings.TrimPrefix(t.body, "x-oss-async-process="), "|")
	return s
}

// taskAccepted is one acceptance of a task by OSS.
type taskAccepted struct {
	task
	at           time.Time
	request, try string
	arrived      int  // number of the request in order of arrival; OSS may take one late
	lost         bool // the answer was lost
	unrecorded   bool // the log says that the claim does not record it
}

func (a *taskAccepted) submission() submission { return submission{a.try, a.key, a.operation()} }

// excuse is a reason why an acceptance may be repeated. The package comment explains the excuses.
type excuse int

const (
	none       excuse = iota
	lostAnswer        // the answer of the earlier acceptance was lost
	killed            // its try died
	gaveUp            // the function had no time to wait for the answer
	unrecorded        // the function had no time to record it
	excuses
)

// ledger records which tasks a storm must fire and which OSS took. It is safe for concurrent use.
type ledger struct {
	mu         sync.Mutex
	expected   map[task]bool
	accepted   map[task][]*taskAccepted
	arrived    map[string]int           // number of a submission in order of arrival, by OSS's request id
	byRequest  map[string]*taskAccepted // by OSS's request id
	lastTry    map[string]string        // by the invocation's id
	dead       map[string]bool          // tries that died, perhaps before OSS took their tasks
	unanswered map[submission]bool      // submissions whose answer the function stopped waiting for
	log        map[string][]string      // lines of the function's log, by key

	tryCounts
	unexpected []string // tasks that OSS took and no rule explains
}

// tryCounts counts the tries of invocations in a storm.
type tryCounts struct {
	Tries       int
	Completions int // tries that got a completion message
	Died        int // tries that a kill or a timeout ended
	Timeouts    int // tries that a timeout ended
}

func newLedger() *ledger {
	return &ledger{
		expected:   map[task]bool{},
		accepted:   map[task][]*taskAccepted{},
		arrived:    map[string]int{},
		byRequest:  map[string]*taskAccepted{},
		lastTry:    map[string]string{},
		dead:       map[string]bool{},
		unanswered: map[submission]bool{},
		log:        map[string][]string{},
	}
}

// tryOf names a try of an invocation.
func tryOf(invocation string, retry int) string { return invocation + "." + strconv.Itoa(retry) }

// credentialOf returns a credential that no other try has, so that OSS's records tell which try sent a request.
func credentialOf(invocation string, retry int) localcloud.Credential {
	return localcloud.Credential{AccessKeyID: "STS." + tryOf(invocation, retry), AccessKeySecret: "secret", SecurityToken: "token"}
}

// expect records that a task must be fired.
func (l *ledger) expect(key, body string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected[task{key, body}] = true
}

// arrive records that a submission reached OSS.
func (l *ledger) arrive(requestID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived[requestID] = len(l.arrived) + 1
}

// loseAnswer records that the answer to a request was lost.
func (l *ledger) loseAnswer(requestID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a := l.byRequest[requestID]; a != nil {
		a.lost = true
	}
}

// watch records an event of the local cloud.
func (l *ledger) watch(e localcloud.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := e.(type) {
	case localcloud.InvocationStarted:
		l.Tries++
		l.lastTry[e.RequestID] = tryOf(e.RequestID, e.Retry)
		if uploads, _, err := event.Decode(e.Payload); err == nil && len(uploads) == 0 {
			l.Completions++
		}
	case localcloud.TaskAccepted:
		l.took(e.Process)
	case localcloud.InvocationEnded: // a try whose process died leaves submissions of which the function does not know
		if e.Result.ErrorType == "FunctionTimedOut" {
			l.Timeouts++
		}
		if e.Result.ErrorType == "FunctionTimedOut" || e.Result.ErrorType == "FunctionExited" {
			l.Died++
			l.dead[tryOf(e.Result.RequestID, e.Result.Retry)] = true
		}
	case localcloud.LogLine:
		l.line(e.Text)
	}
}

func (l *ledger) took(p localcloud.Process) {
	t := task{p.Source.Key, p.Body}
	a := &taskAccepted{task: t, at: p.Time, request: p.OSSRequest, arrived: l.arrived[p.OSSRequest], try: strings.TrimPrefix(p.AccessKeyID, "STS.")}
	if !l.expected[t] {
		l.unexpected = append(l.unexpected, t.String())
	}
	l.accepted[t] = append(l.accepted[t], a)
	l.byRequest[p.OSSRequest] = a
}

// line records a line of the function's log. It finds submissions that the function stopped waiting for, and those that
// it could not record in a claim. phrases_test.go compares the texts with those of packages ossclient and claims.
func (l *ledger) line(text string) {
	var entry struct{ Invocation, Key, Process, RequestID, Error, Claim string }
	if json.Unmarshal([]byte(text), &entry) != nil || entry.Key == "" {
		return
	}
	l.log[entry.Key] = append(l.log[entry.Key], text)
	if strings.HasPrefix(entry.Error, "AsyncProcessObject ") && strings.Contains(entry.Error, ": OSS may have taken it (the invocation's time was used up)") {
		t := task{entry.Key, entry.Process}
		l.unanswered[submission{l.lastTry[entry.Invocation], t.key, t.operation()}] = true
	}
	if a := l.byRequest[entry.RequestID]; a != nil && strings.Contains(entry.Claim, "its claim does not say so") {
		a.unrecorded = true
	}
}

// counts returns the counts of tries and the unexpected tasks.
func (l *ledger) counts() (tryCounts, []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tryCounts, l.unexpected
}

// history returns the events of a task as text, to find the cause of a failure.
func (l *ledger) history(t task) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	fmt.Fprintln(&b, t)
	for _, a := range l.accepted[t] {
		fmt.Fprintf(&b, "  %s OSS took it: request %s of try %s; lost %v, killed %v, gave up %v, unrecorded %v\n",
			a.at.UTC().Format("15:04:05.000"), a.request, a.try, a.lost, l.dead[a.try], l.unanswered[a.submission()], a.unrecorded)
	}
	for _, line := range l.log[t.key] {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	return b.String()
}

// result counts the tasks of a storm by their outcome.
type result struct {
	Tasks     int          // tasks that the uploads must fire
	Accepted  int          // acceptances by OSS
	Lost      []task       // tasks that OSS never took
	Repeated  int          // acceptances of a task that OSS had accepted before
	Excused   [excuses]int // the same, by the excuse of the acceptance before
	Unexcused []task       // tasks with an acceptance that is repeated without an excuse
}

// excuse returns the reason why another delivery could not know of an acceptance. The caller holds the lock.
func (l *ledger) excuse(a *taskAccepted) excuse {
	switch {
	case a.lost:
		return lostAnswer
	case l.dead[a.try]:
		return killed
	case l.unanswered[a.submission()]:
		return gaveUp
	case a.unrecorded:
		return unrecorded
	}
	return none
}

// result returns the result so far. A task that OSS did not take is lost, unless its upload's key is in reported.
func (l *ledger) result(reported map[string]bool) result {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := result{Tasks: len(l.expected)}
	for t := range l.expected {
		all := l.accepted[t]
		r.Accepted += len(all)
		if len(all) == 0 && !reported[t.key] {
			r.Lost = append(r.Lost, t)
		}
		slices.SortFunc(all, func(a, b *taskAccepted) int { return a.arrived - b.arrived })
		for i := 1; i < len(all); i++ {
			r.Repeated++
			excuse := l.excuse(all[i-1])
			r.Excused[excuse]++
			if excuse == none {
				r.Unexcused = append(r.Unexcused, t)
			}
		}
	}
	return r
}
