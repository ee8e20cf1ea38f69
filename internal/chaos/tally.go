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
)

// task is one that an upload must fire: what is asked of OSS, and for which object.
type task struct{ key, body string }

// acceptance is that OSS took a task once.
type acceptance struct {
	task
	at           time.Time
	request, try string
	arrived      int // the place of the request among all: OSS may take one late

	lost       bool // the answer, on its way
	killed     bool // the try that submitted it died, perhaps before OSS got to it
	gaveUp     bool // the function says that it had no time to wait for the answer
	unrecorded bool // the function says that its claim does not tell of it
}

// excuse says why another delivery could not know of the acceptance, in the words of the table.
func (a *acceptance) excuse() excuse {
	switch {
	case a.lost:
		return lostAnswer
	case a.killed:
		return killed
	case a.gaveUp:
		return gaveUp
	case a.unrecorded:
		return unrecorded
	}
	return none
}

type excuse int

const (
	none excuse = iota
	lostAnswer
	killed
	gaveUp
	unrecorded
	excuses
)

// tally keeps the books of a storm. The cloud tells it what happens, one event at a time.
type tally struct {
	mu       sync.Mutex
	expected map[task]bool
	accepted map[task][]*acceptance
	arrived  map[string]int           // the place of a submission among all, by OSS's request id
	request  map[string]*acceptance   // by OSS's request id
	sentBy   map[string][]*acceptance // by the try that sent it
	present  map[string]string        // the try of an invocation that is in flight or was the last, by the invocation's id
	dead     map[string]bool          // tries
	waited   map[string]bool          // in vain: a try, a key and a process
	said     map[string][]string      // by key: the lines of the function's log

	tries, died, timeouts, completions int
	strangers                          []string // what OSS took and nobody expected
}

func newTally() *tally {
	return &tally{expected: map[task]bool{}, accepted: map[task][]*acceptance{}, arrived: map[string]int{}, request: map[string]*acceptance{}, sentBy: map[string][]*acceptance{},
		present: map[string]string{}, dead: map[string]bool{}, waited: map[string]bool{},
		said: map[string][]string{}}
}

// tryOf names a try of an invocation.
func tryOf(invocation string, retry int) string { return invocation + "." + strconv.Itoa(retry) }

// credentialOf returns the credential of a try, which no other has: so OSS's books tell who sent what.
func credentialOf(invocation string, retry int) localcloud.Credential {
	return localcloud.Credential{AccessKeyID: "STS." + tryOf(invocation, retry), AccessKeySecret: "secret", SecurityToken: "token"}
}

// expect says that a task must be fired, once.
func (t *tally) expect(key, body string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected[task{key, body}] = true
}

// arrive says that OSS has a submission before it.
func (t *tally) arrive(requestID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.arrived[requestID] = len(t.arrived) + 1
}

// lose says that the answer to a request is lost.
func (t *tally) lose(requestID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.request[requestID]; a != nil {
		a.lost = true
	}
}

// watch takes down what happens in the cloud.
func (t *tally) watch(e localcloud.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := e.(type) {
	case localcloud.InvocationStarted:
		t.tries++
		t.present[e.RequestID] = tryOf(e.RequestID, e.Retry)
		if uploads, _, err := event.Decode(e.Payload); err == nil && len(uploads) == 0 {
			t.completions++
		}
	case localcloud.TaskAccepted:
		t.took(e.Process)
	case localcloud.InvocationEnded:
		t.ended(e.Result)
	case localcloud.LogLine:
		t.line(e.Text)
	}
}

func (t *tally) took(p localcloud.Process) {
	what := task{p.Source.Key, p.Body}
	a := &acceptance{task: what, at: p.Time, request: p.OSSRequest, arrived: t.arrived[p.OSSRequest], try: strings.TrimPrefix(p.AccessKeyID, "STS.")}
	a.killed = t.dead[a.try] // and its request lived on
	a.gaveUp = t.waited[waiting(a.try, what)]
	if !t.expected[what] {
		t.strangers = append(t.strangers, name(what))
	}
	t.accepted[what] = append(t.accepted[what], a)
	t.request[p.OSSRequest] = a
	t.sentBy[a.try] = append(t.sentBy[a.try], a)
}

// ended ends a try. Where it died with its process, or Function Compute had to kill it, nobody may know what it had sent.
func (t *tally) ended(r localcloud.Result) {
	switch r.ErrorType {
	case "FunctionTimedOut":
		t.timeouts++
	case "FunctionExited":
	default:
		return
	}
	t.died++
	try := tryOf(r.RequestID, r.Retry)
	t.dead[try] = true
	for _, a := range t.sentBy[try] {
		a.killed = true
	}
}

// waiting names a submission whose answer a try did not wait for.
func waiting(try string, what task) string {
	process, _, _ := strings.Cut(strings.TrimPrefix(what.body, "x-oss-async-process="), "|")
	return try + " " + what.key + " " + process
}

// line keeps what the function says of an upload, and looks for an answer that it did not wait for, and for a claim that
// it could not write.
func (t *tally) line(text string) {
	var entry struct{ Invocation, Key, Process, RequestID, Error, Claim string }
	if json.Unmarshal([]byte(text), &entry) != nil || entry.Key == "" {
		return
	}
	t.said[entry.Key] = append(t.said[entry.Key], text)
	if strings.HasPrefix(entry.Error, "AsyncProcessObject ") && strings.Contains(entry.Error, ": OSS may have taken it (the invocation's time was used up)") {
		what := waiting(t.present[entry.Invocation], task{entry.Key, entry.Process})
		t.waited[what] = true
		for _, a := range t.sentBy[t.present[entry.Invocation]] {
			a.gaveUp = a.gaveUp || waiting(a.try, a.task) == what
		}
	}
	if a := t.request[entry.RequestID]; a != nil && strings.Contains(entry.Claim, "its claim does not say so") {
		a.unrecorded = true
	}
}

// report fills in what the books have beside the result.
func (t *tally) report(r *Report) {
	t.mu.Lock()
	defer t.mu.Unlock()
	r.Tries, r.Completions, r.Died, r.Timeouts, r.Strangers = t.tries, t.completions, t.died, t.timeouts, t.strangers
}

// story tells what happened to a task, for who has to find out why.
func (t *tally) story(what task) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", name(what))
	for _, a := range t.accepted[what] {
		fmt.Fprintf(&b, "  %s OSS took it: request %s of try %s; lost %v, killed %v, gave up %v, unrecorded %v\n",
			a.at.UTC().Format("15:04:05.000"), a.request, a.try, a.lost, a.killed, a.gaveUp, a.unrecorded)
	}
	for _, line := range t.said[what.key] {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	return b.String()
}

// result is what a storm comes to.
type result struct {
	Tasks    int          // that the uploads must fire
	Accepted int          // how often OSS took one
	Lost     []task       // never taken
	Twice    int          // how often OSS took one that it had taken before
	Excused  [excuses]int // of these, by the excuse of the one before
	Without  []task       // taken again without an excuse
}

// result closes the books. A task that OSS did not take is lost, unless its upload is among the reported.
func (t *tally) result(reported map[string]bool) result {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := result{Tasks: len(t.expected)}
	for what := range t.expected {
		all := t.accepted[what]
		r.Accepted += len(all)
		if len(all) == 0 && !reported[what.key] {
			r.Lost = append(r.Lost, what)
		}
		slices.SortFunc(all, func(a, b *acceptance) int { return a.arrived - b.arrived })
		for i := 1; i < len(all); i++ {
			r.Twice++
			why := all[i-1].excuse()
			r.Excused[why]++
			if why == none {
				r.Without = append(r.Without, what)
			}
		}
	}
	return r
}
