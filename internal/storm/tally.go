package main

import (
	"encoding/json"
	"strings"
	"sync"

	"onput/handler"
	"onput/internal/localcloud"
)

// task is one that an upload must fire: what is asked of OSS, and for which object.
type task struct{ key, body string }

// acceptance is that OSS took a task once.
type acceptance struct {
	lost       bool // the answer
	killed     bool // the try that submitted it died
	unrecorded bool // the function says that its claim does not tell of it
}

// excuse says why another delivery could not know of the acceptance, in the words of the table.
func (a *acceptance) excuse() excuse {
	switch {
	case a.lost:
		return lostAnswer
	case a.killed:
		return killed
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
	unrecorded
	excuses
)

// tally keeps the books of a storm. The cloud tells it what happens, one event at a time.
type tally struct {
	mu       sync.Mutex
	expected map[task]bool
	accepted map[task][]*acceptance   // in the order in which OSS took them
	request  map[string]*acceptance   // by OSS's request id
	sentBy   map[string][]*acceptance // by the id of the invocation whose present try sent it

	tries, died, timeouts, completions int
	strangers                          []string // what OSS took and nobody expected
}

func newTally() *tally {
	return &tally{expected: map[task]bool{}, accepted: map[task][]*acceptance{}, request: map[string]*acceptance{}, sentBy: map[string][]*acceptance{}}
}

// keyOf returns the credential of an invocation, which no other has: so OSS's books tell who sent what.
func keyOf(invocation string) localcloud.Credential {
	return localcloud.Credential{AccessKeyID: "STS." + invocation, AccessKeySecret: "secret", SecurityToken: "token"}
}

// expect says that a task must be fired, once.
func (t *tally) expect(key, body string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected[task{key, body}] = true
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
		if uploads, err := handler.Decode(e.Payload); err == nil && len(uploads) == 0 {
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
	a := &acceptance{}
	what := task{p.Source.Key, p.Body}
	if !t.expected[what] {
		t.strangers = append(t.strangers, name(what))
	}
	t.accepted[what] = append(t.accepted[what], a)
	t.request[p.OSSRequest] = a
	invocation := strings.TrimPrefix(p.AccessKeyID, "STS.")
	t.sentBy[invocation] = append(t.sentBy[invocation], a)
}

// ended ends a try. Where it died with its process, or Function Compute had to kill it, nobody may know what it had sent.
func (t *tally) ended(r localcloud.Result) {
	sent := t.sentBy[r.RequestID]
	delete(t.sentBy, r.RequestID)
	switch r.ErrorType {
	case "FunctionTimedOut":
		t.timeouts++
	case "FunctionExited":
	default:
		return
	}
	t.died++
	for _, a := range sent {
		a.killed = true
	}
}

// line looks for what the function says of a claim that it could not write.
func (t *tally) line(text string) {
	if !strings.Contains(text, "its claim does not say so") {
		return
	}
	var entry struct{ RequestID string }
	if json.Unmarshal([]byte(text), &entry) == nil {
		if a := t.request[entry.RequestID]; a != nil {
			a.unrecorded = true
		}
	}
}

// result is what a storm comes to.
type result struct {
	Tasks    int          // that the uploads must fire
	Accepted int          // how often OSS took one
	Lost     []task       // never taken
	Twice    int          // how often OSS took one that it had taken before
	Excused  [excuses]int // of these, by the excuse of the time before
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
