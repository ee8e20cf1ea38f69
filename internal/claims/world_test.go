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

// world is the state of an OSS, a Function Compute, and the attempts to handle one upload.
// A move is one thing that can happen next: a request is answered, refused, or its answer lost; an invocation is killed or
// retried; a late request arrives; time leaps to a deadline. An execution is a sequence of moves.
type world struct {
	*actors
	*limits

	clock      time.Time // of OSS
	claim      object    // of the task
	flying     []*op     // requests that have not arrived, and whose sender gave up or was killed
	deliveries []delivered
	accepted   []acceptance

	retries, faults, kills, leaps int  // so far
	overran                       bool // the time of an attempt was over before it ended
}

// limits bound an execution.
type limits struct {
	deliveries int // of the same upload
	retries    int // of all invocations
	faults     int // requests that are refused or whose answer is lost
	kills      int // of invocations
	leaps      int // of time, to the next deadline
}

func (l limits) String() string {
	return fmt.Sprintf("%d deliveries, %d retries, %d faults, %d kills, %d leaps", l.deliveries, l.retries, l.faults, l.kills, l.leaps)
}

// object is the claim in OSS, an appendable object.
type object struct {
	data     []byte // nil if there is no object
	modified time.Time
}

// acceptance is one acceptance of the task by OSS.
type acceptance struct {
	id     string
	by     string // name of the attempt
	excuse excuse
}

// stage is the stage of a delivery.
type stage int

const (
	waiting  stage = iota
	running        // an attempt runs
	killed         // the last attempt was killed
	failed         // the last attempt failed
	answered       // nothing more will be tried
)

// delivered is a delivery of the upload: an invocation and its retries.
type delivered struct {
	name  string
	tries int
	now   *attempt  // the last attempt; nil before the first
	start time.Time // of the last attempt
	state stage
}

// deadline returns the deadline of the last attempt of a delivery.
func (w *world) deadline(d *delivered) time.Time { return d.start.Add(w.timeout()) }

// settled reports whether a delivery has ended and is not retried.
func (w *world) settled(d *delivered) bool {
	return d.state == answered || w.retries == w.limits.retries && (d.state == failed || d.state == killed)
}

var (
	errRefused     = errors.New("503 ServiceUnavailable")
	errNothingSent = errors.New("nothing was sent: the invocation's time was used up")
	errLost        = fmt.Errorf("no answer came back: %w", ErrInDoubt)
)

// tick is the step in which time passes, as OSS's clock shows it.
const tick = time.Second

// worldStart is so late that no timer of a context ever fires. It is not a full second, so that the times in OSS's answers
// are always earlier than its clock.
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

// clone returns an independent copy. Elements of slices are replaced, never changed.
func (w *world) clone() *world {
	c := *w
	c.flying = slices.Clone(w.flying)
	c.deliveries = slices.Clone(w.deliveries)
	c.accepted = slices.Clone(w.accepted)
	return &c
}

// move is something that can happen next. It is done to a copy of the world that it belongs to.
type move struct {
	what string
	op   *op // the request that it happens to, or nil
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

// moves returns everything that can happen next, or nil if everything has ended. The first move is the one without faults.
func (w *world) moves() []move {
	var all []move
	pausing := false
	var deadline time.Time // the next one of a running attempt
	for i := range w.deliveries {
		d := &w.deliveries[i]
		switch {
		case d.state == running:
			all = w.movesOf(all, i)
			pausing = pausing || d.now.asks.kind == opPause
			if deadline.IsZero() || w.deadline(d).Before(deadline) {
				deadline = w.deadline(d)
			}
		case w.settled(d):
		case d.state != waiting, i == 0, w.deliveries[i-1].state != waiting: // deliveries are alike, so they begin in the order of their names
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
		all = append(all, move{"time passes, past the next deadline", nil, func(w *world) {
			w.leaps++
			w.pass(deadline.Add(tick))
		}})
	}
	return all
}

// try starts the next attempt of a delivery.
func (w *world) try(i int) {
	d := &w.deliveries[i]
	if d.tries++; d.tries > 1 {
		w.retries++
	}
	d.now, d.state, d.start = w.begin(fmt.Sprintf("%s%d", d.name, d.tries)), running, w.clock
}

// pass moves the clock. Attempts whose pause is over go on; attempts whose time is over send nothing any more.
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
		case o.kind == opAnswer, !w.clock.After(w.deadline(d)), w.late && o.kind == opSubmit:
			return
		default:
			w.tell(d, reply{err: errNothingSent})
		}
	}
}

// tell gives a delivery the answer that it waits for, in its own time.
func (w *world) tell(d *delivered, r reply) {
	shift := worldStart.Sub(d.start)
	r.clock = w.clock.Add(shift)
	if !r.object.Date.IsZero() {
		r.object.Date, r.object.Modified = r.object.Date.Add(shift), r.object.Modified.Add(shift)
	}
	d.now = w.after(d.now, r)
}

// movesOf appends the moves of the request that a delivery waits for.
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
		if fault && (o.kind != opAppend || w.limits.faults == 1) { // for an append it is the same as being lost forever
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
		// Nobody can see when OSS takes a task that no attempt waits for any more. So it takes it now, or never.
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
	case kill && o.kind == opAnswer && o.by.err == nil: // a kill elsewhere is the same as a later kill, or a failure
		add("killed before", func(w *world) { w.kill(i) })
	}
	return all
}

// answer answers the request of a delivery, and lets it go on.
func (w *world) answer(i int, r reply) {
	w.tell(&w.deliveries[i], r)
	w.goOn(i)
}

func (w *world) fault(i int, err error) {
	w.faults++
	w.answer(i, reply{err: err})
}

// end ends an attempt.
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

// fly adds an append that was sent and has not arrived. It may arrive later or never.
func (w *world) fly(o *op) {
	w.flying = append(w.flying, o)
	w.ground()
}

// ground drops the appends that can have no effect any more.
func (w *world) ground() {
	w.flying = slices.DeleteFunc(w.flying, func(o *op) bool {
		return o.kind == opAppend && o.position >= 0 && o.position < int64(len(w.claim.data))
	})
}

// happen carries out a request.
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
		if o.unclaimed && e == none {
			e = unclaimed
		}
		w.accepted = append(w.accepted, acceptance{id: id, by: o.by.name, excuse: e})
		return reply{receipt: Receipt{TaskID: id}}
	}
	return reply{}
}

// state returns a hash of everything that the rest of an execution depends on.
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
		number(min(w.clock.Unix()-w.claim.modified.Unix(), int64(2*w.timeout()/time.Second))) // by then every claim may be taken over
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

// lastLine returns the last line of a log without checking the log, or the zero line.
func lastLine(data []byte) line {
	var l line
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	if err := json.Unmarshal(lines[len(lines)-1], &l); err != nil {
		return line{}
	}
	return l
}
