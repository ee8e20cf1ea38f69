package claims

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"onput/process"
)

// world is all there is to one upload: an OSS, a Function Compute, and the attempts to handle the upload. What can happen
// next is a list of moves: who gets its answer, whose request is refused or whose answer is lost, whose invocation is
// killed, which late request arrives, whether time leaps to a deadline, who is tried again. An execution is one sequence of moves.
type world struct {
	*actors
	*limits

	clock      time.Time // OSS's
	claim      object    // of the task
	flying     []*op     // sent by somebody who gave up waiting or was killed, and not arrived so far
	deliveries []delivered
	accepted   []acceptance

	retries, faults, kills, leaps int  // that happened so far
	overran                       bool // somebody's time was over before he ended
}

// limits bound an execution.
type limits struct {
	deliveries int // of the same upload
	retries    int // of all invocations
	faults     int // requests that are refused, or whose answers are lost
	kills      int // of invocations
	leaps      int // of time, to the next deadline
}

func (l limits) String() string {
	return fmt.Sprintf("%d deliveries, %d retries, %d faults, %d kills, %d leaps", l.deliveries, l.retries, l.faults, l.kills, l.leaps)
}

// object is the claim in OSS. It is appendable, and only its content and its last change matter.
type object struct {
	data     []byte // nil where there is none
	modified time.Time
}

// acceptance is OSS having taken the task.
type acceptance struct {
	id     string
	by     string // name of the attempt
	excuse excuse
}

// stage is how far a delivery has got.
type stage int

const (
	waiting  stage = iota
	running        // one of its attempts
	killed         // the last of its attempts was
	failed         // the last of its attempts has
	answered       // nothing more will be tried
)

// delivered is one delivery of the upload: an invocation and its retries.
type delivered struct {
	name  string
	tries int
	now   *attempt  // the last one; nil before the first
	start time.Time // of the last one
	state stage
}

func (d *delivered) deadline() time.Time { return d.start.Add(attemptTime) }

// settled says whether nothing more will come of a delivery.
func (w *world) settled(d *delivered) bool {
	return d.state == answered || w.retries == w.limits.retries && (d.state == failed || d.state == killed)
}

var (
	errRefused     = errors.New("503 ServiceUnavailable")
	errNothingSent = errors.New("nothing was sent: the invocation's time was used up")
	errLost        = fmt.Errorf("no answer came back: %w", ErrInDoubt)
)

// attemptTime is how long an invocation may take, and tick how time goes by: of OSS's clock only seconds can be seen.
const (
	attemptTime = 2 * tick
	tick        = time.Second
)

var attemptDeadline = worldStart.Add(attemptTime) // as an attempt sees it

// worldStart is so far ahead that no timer of a context ever fires. It is not at a full second, so that OSS's answers are
// always behind its clock.
var worldStart = time.Date(2200, 1, 1, 12, 0, 0, 700e6, time.UTC)

var worldTask = Task{
	Source:  process.Location{Bucket: "acme-uploads", Key: "a.docx"},
	Upload:  Upload{RequestID: "58F9"},
	Rule:    "docx-to-png",
	Process: "doc/convert,target_png",
	Target:  process.Location{Bucket: "acme-derived", Key: "a/{index}.png"},
}

func newWorld(l limits, a *actors) *world {
	w := &world{actors: a, limits: &l, clock: worldStart}
	for i := range l.deliveries {
		w.deliveries = append(w.deliveries, delivered{name: string(rune('A' + i))})
	}
	return w
}

// clone returns a copy that can go another way. What slices hold is never changed, only replaced.
func (w *world) clone() *world {
	c := *w
	c.flying = slices.Clone(w.flying)
	c.deliveries = slices.Clone(w.deliveries)
	c.accepted = slices.Clone(w.accepted)
	return &c
}

// move is something that can happen next. It is done to a copy of the world that it was found in.
type move struct {
	what string
	op   *op // that it happens to; nil for none
	do   func(*world)
}

func (m move) String() string {
	if m.op == nil {
		return m.what
	}
	return m.op.String() + ": " + m.what
}

func (o *op) String() string {
	switch {
	case o.kind == opAppend || o.kind == opPut:
		return fmt.Sprintf("%s's %s of %q at %d", o.by.name, o.kind, lastLine(o.data).State, o.position)
	case o.kind == opAnswer && o.by.err != nil:
		return fmt.Sprintf("%s's error: %v", o.by.name, o.by.err)
	case o.kind == opAnswer && o.by.outcome.Duplicate:
		return fmt.Sprintf("%s's answer: duplicate of %s", o.by.name, o.by.outcome.Receipt.TaskID)
	case o.kind == opAnswer:
		return fmt.Sprintf("%s's answer: submitted %s %q", o.by.name, o.by.outcome.Receipt.TaskID, o.by.outcome.Warnings)
	}
	return fmt.Sprintf("%s's %s", o.by.name, o.kind)
}

// moves returns all that can happen next, nothing where everything has ended. The first is what happens if all goes well.
func (w *world) moves() []move {
	var all []move
	pausing := false
	var deadline time.Time // the next one of those who run
	for i := range w.deliveries {
		d := &w.deliveries[i]
		switch {
		case d.state == running:
			all = w.movesOf(all, i)
			pausing = pausing || d.now.asks.kind == opPause
			if deadline.IsZero() || d.deadline().Before(deadline) {
				deadline = d.deadline()
			}
		case w.settled(d):
		case d.state != waiting, i == 0, w.deliveries[i-1].state != waiting: // they are alike, and begin in the order of their names
			all = append(all, move{d.name + " is tried", nil, func(w *world) { w.try(i) }})
		}
	}
	for i, o := range w.flying {
		all = append(all, move{"arrives late", o, func(w *world) {
			w.flying = slices.Delete(w.flying, i, i+1)
			w.happen(o, lost)
		}})
	}
	if pausing {
		all = append(all, move{"time passes", nil, func(w *world) { w.pass(w.clock.Add(tick)) }})
	} else if !deadline.Before(w.clock) && w.leaps < w.limits.leaps {
		all = append(all, move{"time passes, to behind the next deadline", nil, func(w *world) {
			w.leaps++
			w.pass(deadline.Add(tick))
		}})
	}
	return all
}

// try lets Function Compute run the invocation, for the first time or again.
func (w *world) try(i int) {
	d := &w.deliveries[i]
	if d.tries++; d.tries > 1 {
		w.retries++
	}
	d.now, d.state, d.start = w.begin(fmt.Sprintf("%s%d", d.name, d.tries)), running, w.clock
}

// pass lets time pass. Whoever pauses goes on when his pause is over, and whose time is over sends nothing any more.
func (w *world) pass(to time.Time) {
	w.clock = to
	for i := range w.deliveries {
		w.goOn(i)
	}
}

func (w *world) goOn(i int) {
	d := &w.deliveries[i]
	for d.state == running {
		switch o := d.now.asks; {
		case o.kind == opPause && w.clock.Sub(d.start) >= o.wake.Sub(worldStart):
			w.tell(d, reply{})
		case o.kind == opAnswer && (o.by.err != nil || w.kills == w.limits.kills):
			w.end(i)
		case o.kind == opAnswer, !w.clock.After(d.deadline()), w.late && o.kind == opSubmit:
			return
		default:
			w.tell(d, reply{err: errNothingSent})
		}
	}
}

// tell gives a delivery what it waits for, in its own time.
func (w *world) tell(d *delivered, r reply) {
	shift := worldStart.Sub(d.start)
	r.clock = w.clock.Add(shift)
	if !r.object.Date.IsZero() {
		r.object.Date, r.object.Modified = r.object.Date.Add(shift), r.object.Modified.Add(shift)
	}
	d.now = w.after(d.now, r)
}

// movesOf adds what can become of that for which a delivery waits.
func (w *world) movesOf(all []move, i int) []move {
	o := w.deliveries[i].now.asks
	add := func(what string, do func(*world)) { all = append(all, move{what, o, do}) }
	fault, kill := w.faults < w.limits.faults, w.kills < w.limits.kills
	switch o.kind {
	case opAnswer:
		add("heard", func(w *world) { w.end(i) })
	case opPause: // until time has passed
	default:
		add("done", func(w *world) {
			w.checkSent(o)
			w.answer(i, w.happen(o, none))
		})
		if fault && (o.kind != opAppend || w.limits.faults == 1) { // for an append it is no different from being lost for ever
			add("refused", func(w *world) { w.fault(i, errRefused) })
		}
	}
	switch {
	case o.kind == opAppend || o.kind == opPut:
		if fault {
			add("sent, and no answer comes", func(w *world) {
				w.fly(o)
				w.fault(i, errLost)
			})
		}
		if kill {
			add("killed when it was sent", func(w *world) {
				w.fly(o)
				w.kill(i)
			})
		}
	case o.kind == opSubmit:
		// When OSS takes what nobody waits for any more can be seen by nobody. So it is now, or never.
		if fault {
			add("sent, and not taken, and no answer comes", func(w *world) { w.fault(i, errLost) })
			add("sent, and taken, and no answer comes", func(w *world) {
				w.checkSent(o)
				w.happen(o, lost)
				w.fault(i, errLost)
			})
		}
		if kill {
			add("killed before", func(w *world) { w.kill(i) })
			add("killed when OSS had taken it", func(w *world) {
				w.checkSent(o)
				w.happen(o, lost)
				w.kill(i)
			})
		}
	case kill && o.kind == opAnswer && o.by.err == nil: // to be killed elsewhere is no different from being killed later, or from failing
		add("killed before", func(w *world) { w.kill(i) })
	}
	return all
}

// answer lets a delivery go on with what it waited for.
func (w *world) answer(i int, r reply) {
	w.tell(&w.deliveries[i], r)
	w.goOn(i)
}

func (w *world) fault(i int, err error) {
	w.faults++
	w.answer(i, reply{err: err})
}

// end lets Function Compute hear of the end of an attempt.
func (w *world) end(i int) {
	d := &w.deliveries[i]
	d.state = answered
	if d.now.err != nil {
		d.state = failed
	}
	w.checkAnswer(d.now)
	w.ended(i)
}

func (w *world) kill(i int) {
	w.kills++
	w.deliveries[i].state = killed
	w.ended(i)
}

// fly keeps an append that was sent and has not arrived. It may arrive later or never.
func (w *world) fly(o *op) {
	w.flying = append(w.flying, o)
	w.ground()
}

// ground forgets the appends that cannot do anything any more.
func (w *world) ground() {
	w.flying = slices.DeleteFunc(w.flying, func(o *op) bool {
		return o.kind == opAppend && o.position >= 0 && o.position < int64(len(w.claim.data))
	})
}

// happen does what was asked for.
func (w *world) happen(o *op, e excuse) reply {
	now := w.clock.Truncate(time.Second)
	switch o.kind {
	case opAppend:
		if o.position != int64(len(w.claim.data)) && o.position != anywhere {
			return reply{err: ErrPosition}
		}
		w.claim = object{slices.Concat(w.claim.data, o.data), now}
		w.ground()
	case opPut:
		w.claim = object{o.data, now}
	case opRead:
		if w.claim.data == nil {
			return reply{err: ErrNotFound}
		}
		return reply{object: Object{Data: w.claim.data, Modified: w.claim.modified, Date: now}}
	case opSubmit:
		id := fmt.Sprintf("T%d", len(w.accepted)+1)
		w.accepted = append(w.accepted, acceptance{id: id, by: o.by.name, excuse: e})
		return reply{receipt: Receipt{TaskID: id}}
	}
	return reply{}
}

// state identifies all that the rest of an execution depends on.
func (w *world) state() identity {
	b := make([]byte, 0, 1024)
	number := func(n int64) { b = binary.AppendVarint(b, n) }
	is := func(id identity) { b = binary.AppendUvarint(binary.AppendUvarint(b, id[0]), id[1]) }
	number(int64(w.faults))
	number(int64(w.kills))
	number(int64(w.leaps))
	if w.overran {
		number(1)
	}
	if w.claim.data != nil {
		number(min(w.clock.Unix()-w.claim.modified.Unix(), int64(2*attemptTime/time.Second))) // by then it has passed for sure
	}
	number(int64(len(w.claim.data)))
	b = append(b, w.claim.data...)
	for i := range w.deliveries {
		d := &w.deliveries[i]
		number(int64(d.tries))
		number(int64(d.state))
		if d.state == running {
			is(d.now.id)
			number(w.clock.Unix() - d.start.Unix())
		}
	}
	number(int64(len(w.flying)))
	for _, o := range w.flying {
		is(o.by.id)
	}
	for _, a := range w.accepted {
		b = append(b, a.by...)
		number(int64(a.excuse))
	}
	return identify(b)
}

// lastLine returns the last line of a log without asking whether the log is right; the zero line if there is none.
func lastLine(data []byte) line {
	var l line
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &l); err != nil {
		return line{}
	}
	return l
}
