package main

import (
	"cmp"
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

// claim identifies a claim of a task by a try.
type claim struct{ try, hash string }

// operation returns the process without its target.
func (t task) operation() string {
	s, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(t.body, asynchronousParameter), synchronousParameter), "|")
	return s
}

// The parameters that hold the process in the body of a request.
const (
	asynchronousParameter = "x-oss-async-process="
	synchronousParameter  = "x-oss-process="
)

// taskAccepted is one acceptance of a task by OSS.
type taskAccepted struct {
	task
	at           time.Time
	request, try string
	submitted         // OSS may take it later
	lost         bool // the answer was lost
	unrecorded   bool // the log says that the claim does not record it
}

func (a *taskAccepted) submission() submission { return submission{a.try, a.key, a.operation()} }

// excuse is a reason why an acceptance may be repeated. The comment of package claims explains the excuses.
type excuse int

const (
	none       excuse = iota
	lostAnswer        // the answer of the earlier acceptance was lost
	killed            // its try was killed
	gaveUp            // the function's log says that its time was over before the answer came
	unrecorded        // the log says that it could not record it
	unclaimed         // one of them was submitted without a claim, as the rules allow if claims cannot be reached
	excuses
)

var excuseNames = [excuses]string{lostAnswer: "lost answer", killed: "killed", gaveUp: "gave up", unrecorded: "unrecorded",
	unclaimed: "unclaimed"}

// ledger records which tasks a storm must fire and which OSS took. It is safe for concurrent use.
type ledger struct {
	timeout    time.Duration // of a try
	mayFire    bool          // the rules let tasks fire without a claim
	mu         sync.Mutex
	expected   map[task]bool
	accepted   map[task][]*taskAccepted
	requests   map[string]submitted     // by OSS's request id
	byRequest  map[string]*taskAccepted // by OSS's request id
	started    map[string]time.Time     // at the latest, by the try
	instances  map[string]int           // by the try
	dead       map[string]bool          // tries that were killed, perhaps before OSS took their tasks
	abandoned  map[string]bool          // tries whose time was over while their process was paused
	unanswered map[submission]bool      // submissions whose answer the function stopped waiting for
	unclaimed  map[submission]bool      // submissions of which the function says that they have no claim
	claims     map[claim]bool
	hashes     map[task]string     // of the claims of tasks, whose body is the operation only
	recorded   map[string]bool     // submissions that claims record, by OSS's request id
	log        map[string][]string // lines of the function's log, by key

	tryCounts
	unexpected []string // tasks that OSS took and no rule explains
}

// submitted says when a submission was made. Submissions of the same second arrive in any order.
type submitted struct {
	signed  time.Time // in whole seconds
	arrived int       // number, from 1
}

// tryCounts counts the tries of invocations in a storm.
type tryCounts struct {
	Tries       int
	Completions int // tries that got a completion message
	Died        int // tries that a kill or a timeout ended
	Timeouts    int // tries that a timeout ended
	Abandoned   int // tries whose time was over while their process was paused
}

func newLedger(timeout time.Duration) *ledger {
	return &ledger{
		timeout:    timeout,
		expected:   map[task]bool{},
		accepted:   map[task][]*taskAccepted{},
		requests:   map[string]submitted{},
		byRequest:  map[string]*taskAccepted{},
		started:    map[string]time.Time{},
		instances:  map[string]int{},
		abandoned:  map[string]bool{},
		dead:       map[string]bool{},
		unanswered: map[submission]bool{},
		unclaimed:  map[submission]bool{},
		claims:     map[claim]bool{},
		hashes:     map[task]string{},
		recorded:   map[string]bool{},
		log:        map[string][]string{},
	}
}

// tryOf names a try of an invocation.
func tryOf(invocation string, retry int) string { return invocation + "." + strconv.Itoa(retry) }

// tryOfKey returns the try that has a credential.
func tryOfKey(accessKeyID string) string { return strings.TrimPrefix(accessKeyID, "STS.") }

// credentialOf returns the credential of a try that starts.
func (l *ledger) credentialOf(invocation string, retry int) localcloud.Credential {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started[tryOf(invocation, retry)] = time.Now()
	return credentialOf(invocation, retry)
}

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
func (l *ledger) arrive(r localcloud.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests[r.ID] = submitted{r.Signed, len(l.requests) + 1}
}

// instanceOf returns the instance of the try that has a credential, or 0.
func (l *ledger) instanceOf(accessKeyID string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.instances[tryOfKey(accessKeyID)]
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
		l.instances[tryOf(e.RequestID, e.Retry)] = e.Instance
		if uploads, _, err := event.Decode(e.Payload); err == nil && len(uploads) == 0 {
			l.Completions++
		}
	case localcloud.TaskAccepted:
		l.took(e.Process)
	case localcloud.ProcessDone:
		l.took(e.Process)
	case localcloud.InvocationEnded: // a try whose process died leaves submissions of which the function does not know
		if e.Result.ErrorType == "FunctionTimedOut" {
			l.Timeouts++
		}
		if e.Result.Abandoned { // it goes on, and its log says what became of its submissions
			l.Abandoned++
			l.abandoned[tryOf(e.Result.RequestID, e.Result.Retry)] = true
		} else if e.Result.ErrorType == "FunctionTimedOut" || e.Result.ErrorType == "FunctionExited" {
			l.Died++
			l.dead[tryOf(e.Result.RequestID, e.Result.Retry)] = true
		}
	case localcloud.LogLine:
		l.line(e.Text, e.Retry)
	}
}

func (l *ledger) took(p localcloud.Process) {
	t := task{p.Source.Key, p.Body}
	a := &taskAccepted{task: t, at: p.Time, request: p.OSSRequest, submitted: l.requests[p.OSSRequest], try: tryOfKey(p.AccessKeyID)}
	if !l.expected[t] {
		l.unexpected = append(l.unexpected, t.String())
	}
	l.accepted[t] = append(l.accepted[t], a)
	l.byRequest[p.OSSRequest] = a
}

// line records a line that a try of an invocation wrote to the function's log. It finds submissions that the function stopped
// waiting for, that it could not record in a claim, or that it knows no claim of. phrases_test.go compares the texts with those
// of packages ossclient and claims.
func (l *ledger) line(text string, retry int) {
	var entry struct{ Invocation, Key, Process, RequestID, Error, Claim string }
	if json.Unmarshal([]byte(text), &entry) != nil || entry.Key == "" {
		return
	}
	l.log[entry.Key] = append(l.log[entry.Key], text)
	t := task{entry.Key, entry.Process}
	s := submission{tryOf(entry.Invocation, retry), t.key, t.operation()}
	if strings.Contains(entry.Claim, "not claimed, so another delivery may fire the task again") {
		l.unclaimed[s] = true // its claim may have been made, and the answer lost
	}
	submits := strings.HasPrefix(entry.Error, "AsyncProcessObject ") || strings.HasPrefix(entry.Error, "ProcessObject ")
	if submits && strings.Contains(entry.Error, ": OSS may have taken it (the invocation's time was used up)") {
		l.unanswered[s] = true
	}
	// A claim that was taken over in its owner's time is no excuse. After the time only a paused process can find that.
	if a := l.byRequest[entry.RequestID]; a != nil && strings.Contains(entry.Claim, "its claim does not say so") {
		a.unrecorded = strings.Contains(entry.Claim, "the invocation's time was used up") || l.abandoned[a.try]
	}
}

// claim records that a try appended to the log of a claim, which it does only if it makes the claim or has made it.
func (l *ledger) claim(r localcloud.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.claims[claim{tryOfKey(r.AccessKeyID), claimHash(r.Key)}] = true
}

// readClaims reads from the logs of claims, by their hashes, which tasks they claim and which submissions they record.
func (l *ledger) readClaims(logs map[string]string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for hash, log := range logs {
		for text := range strings.Lines(log) {
			var line struct {
				Claim, RequestID string
				Task             struct{ Key, Process string } // in the first line
			}
			json.Unmarshal([]byte(text), &line) // no line of a claim if it fails
			if line.Task.Key != "" {
				t := task{line.Task.Key, line.Task.Process}
				l.hashes[task{t.key, t.operation()}] = hash
			}
			if line.Claim == "submitted" {
				l.recorded[line.RequestID] = true
			}
		}
	}
}

// isUnclaimed reports whether a submission was made without a claim. A try that is killed logs nothing, and the claim that
// another one knows nothing of may have been made. The caller holds the lock.
func (l *ledger) isUnclaimed(a *taskAccepted) bool {
	return l.unclaimed[a.submission()] || !l.claims[claim{a.try, l.hashes[task{a.key, a.operation()}]}]
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
		fmt.Fprintf(&b, "  %s OSS took it: request %s of try %s; lost %v, killed %v, gave up %v, unrecorded %v, recorded %v; its time began at %s, signed at %s\n",
			a.at.UTC().Format("15:04:05.000"), a.request, a.try, a.lost, l.dead[a.try], l.unanswered[a.submission()], a.unrecorded, l.recorded[a.request],
			l.started[a.try].UTC().Format("15:04:05.000"), a.signed.UTC().Format("15:04:05"))
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
	Excused   [excuses]int // the same, by excuse
	Unexcused []task       // tasks with an acceptance that is repeated without an excuse
	Overdue   []task       // tasks with an acceptance of a submission that was made after the time of its try
}

// excuse returns the reason for an acceptance of a task that OSS had accepted before. The caller holds the lock.
func (l *ledger) excuse(before, again *taskAccepted) excuse {
	switch recorded := l.recorded[before.request]; {
	case before.lost && !recorded:
		return lostAnswer
	case l.dead[before.try] && !recorded:
		return killed
	case l.unanswered[before.submission()] && !recorded:
		return gaveUp
	case before.unrecorded && !recorded:
		return unrecorded
	case l.mayFire && (l.isUnclaimed(before) || l.isUnclaimed(again)):
		return unclaimed
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
		for _, a := range all {
			if started, ok := l.started[a.try]; ok && !a.signed.Before(started.Add(l.timeout)) {
				r.Overdue = append(r.Overdue, t)
			}
		}
		slices.SortFunc(all, func(a, b *taskAccepted) int { return cmp.Or(a.signed.Compare(b.signed), a.arrived-b.arrived) })
		for i := 1; i < len(all); i++ {
			r.Repeated++
			excuse := l.excuse(all[i-1], all[i])
			if excuse == none && all[i].signed.Equal(all[i-1].signed) {
				excuse = l.excuse(all[i], all[i-1])
			}
			r.Excused[excuse]++
			if excuse == none {
				r.Unexcused = append(r.Unexcused, t)
			}
		}
	}
	return r
}
