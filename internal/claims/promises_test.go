package claims

import (
	"bytes"
	"fmt"
	"time"
)

// The promises that every execution must keep.

// violation is a broken promise.
type violation string

func violated(format string, args ...any) { panic(violation(fmt.Sprintf(format, args...))) }

// excuse is a reason why OSS may take the task again.
type excuse int

const (
	none        excuse = iota
	lost               // its answer never came
	interrupted        // its invocation was killed, or its time was over, before the log said so
	unclaimed          // it was submitted without a claim, because claims could not be reached
)

// checkSent checks a request when it is sent. No submission is sent after the log says that the task was submitted, or while
// another delivery, whose time is not over, is about to send one. A submission without a claim is sent only by an attempt
// that read no live claim of another.
func (w *world) checkSent(o *op) {
	if o.kind != opSubmit {
		return
	}
	if o.unclaimed {
		if owner := o.by.sawOwner(); owner != "" {
			violated("%s submits without a claim, although it read that %s is about to", o.by.name, owner)
		}
		return
	}
	if bytes.Contains(w.claim.data, []byte(`{"claim":"submitted"`)) {
		violated("%s submits what is recorded as submitted", o.by.name)
	}
	for i := range w.deliveries {
		if d := &w.deliveries[i]; d.state == running && d.now != o.by && d.now.asks.kind == opSubmit && !d.now.asks.unclaimed && !w.clock.After(w.deadline(d)) {
			violated("%s submits while %s is about to", o.by.name, d.now.name)
		}
	}
}

// sawOwner returns the token of another attempt's live claim that an attempt read, or "".
func (a *attempt) sawOwner() string {
	for b := a; b.before != nil; b = b.before {
		o := b.answer.object
		l := logSnapshot{last: lastLine(o.Data), modified: o.Modified, date: o.Date}
		if l.isActive() && l.last.Token != a.name {
			return l.last.Token
		}
	}
	return ""
}

// checkAnswer checks an attempt that ended by itself: it names a task only if OSS took it.
func (w *world) checkAnswer(a *attempt) {
	if a.err != nil {
		return
	}
	for _, taken := range w.accepted {
		if taken.id == a.outcome.Receipt.TaskID {
			return
		}
	}
	answer := "submitted"
	if a.outcome.Duplicate {
		answer = "duplicate"
	}
	violated("%s answers %s of %q, which OSS has not taken", a.name, answer, a.outcome.Receipt.TaskID)
}

// ended excuses submissions of a delivery's last attempt that OSS took and the log does not record, if the attempt was killed
// or had no time left to record them.
func (w *world) ended(i int) {
	d := &w.deliveries[i]
	late := w.clock.After(w.deadline(d).Add(-minRetryTime))
	w.overran = w.overran || late
	if d.state != killed && !late {
		return
	}
	for k, taken := range w.accepted {
		if taken.by == d.now.name && taken.excuse == none && !bytes.Contains(w.claim.data, []byte(`"taskId":"`+taken.id+`"`)) {
			w.accepted[k].excuse = interrupted
		}
	}
}

// checkEnd checks an execution that has ended. At most one acceptance of the task may be without an excuse. So OSS took it
// again at most once for each lost answer, and for each submission in flight when its invocation ended.
func (w *world) checkEnd() {
	excused, first, duplicates := 0, 0, 0
	for _, taken := range w.accepted {
		if taken.excuse != none {
			excused++
		}
	}
	for i := range w.deliveries {
		switch d := &w.deliveries[i]; {
		case d.state != answered:
		case d.now.outcome.Duplicate:
			duplicates++
		default:
			first++
		}
	}
	switch {
	case len(w.accepted)-1 > excused:
		violated("OSS took the task %d times, and only %d of them are excused", len(w.accepted), excused)
	case len(w.accepted) == 0 && first+duplicates > 0:
		violated("OSS never took the task, and a delivery answered otherwise")
	case w.faults+w.kills == 0 && !w.overran && (len(w.accepted) != 1 || first != 1 || duplicates != len(w.deliveries)-1):
		violated("nothing went wrong, and OSS took the task %d times, and of %d deliveries %d answered submitted, %d duplicate",
			len(w.accepted), len(w.deliveries), first, duplicates)
	}
}

// checkReplay delivers the event twice more, after all deadlines and without faults. Nothing that happened before may keep
// the first from firing the task, or let the second fire it again.
func (w *world) checkReplay(tell func(move)) {
	w.faults, w.kills, w.leaps, w.flying = w.limits.faults, w.limits.kills, w.limits.leaps, nil
	w.clock = w.clock.Add(time.Hour)
	recorded := lastLine(w.claim.data).State == submitted
	for _, name := range []string{"Y", "Z"} {
		i := len(w.deliveries)
		w.deliveries = append(w.deliveries, delivered{name: name})
		tell(move{what: name + " is tried, an hour later"})
		w.try(i)
		for steps := 0; w.deliveries[i].state == running; steps++ {
			if steps > 50 {
				violated("a replay waits for ever")
			}
			moves := w.moves()
			m := moves[0]
			tell(m)
			m.do(w)
		}
		switch a := w.deliveries[i].now; {
		case a.err != nil:
			violated("a replay fails: %v", a.err)
		case a.outcome.Duplicate != recorded:
			violated("a replay answers duplicate: %t; the log said submitted: %t", a.outcome.Duplicate, recorded)
		}
		recorded = true
	}
}
