package claims

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/maphash"
	"time"

	"onput/process"
)

// attempt is a partial run of this package's code. The code depends on the answers to its requests alone, so an attempt is a
// list of answers. To continue it, the code runs again from the start with the same answers and one more, up to its next
// request. Attempts are immutable, and executions share them. For that reason every attempt starts at worldStart, whenever
// it really does.
type attempt struct {
	name string
	skew time.Duration // error of the instance's clock

	before *attempt // the attempt before the last answer; nil at the start
	answer reply    // the last answer
	id     identity // hash of the answers

	asks    *op     // the request that it waits for
	outcome Outcome // if asks is opAnswer
	err     error
}

// op is a request of the code.
type op struct {
	by       *attempt
	kind     opKind
	at       process.Location
	position int64
	data     []byte
	wake     time.Time // of a pause

	unclaimed bool // submitted without a claim, because of Settings.SubmitUnclaimed
}

type opKind string

const (
	opAppend opKind = "append"
	opRead   opKind = "read"
	opSubmit opKind = "submit"
	opPause  opKind = "pause"
	opAnswer opKind = "answer" // the code has ended, and its answer goes to Function Compute
	opPut    opKind = "put"    // for broken protocols
)

const anywhere = -1 // a position, for broken protocols

// reply is an answer and its time.
type reply struct {
	err     error
	object  Object
	receipt Receipt
	clock   time.Time
}

// identity is a hash of an attempt's answers, or of a world.
type identity [2]uint64

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func identify(b []byte) identity {
	return identity{maphash.Bytes(seeds[0], b), maphash.Bytes(seeds[1], b)}
}

// variant is the protocol, or a broken form of it.
type variant struct {
	store func(*script) Store // nil for the script itself
	do    func(c *Claimer, ctx context.Context, t Task, s Submit) (Outcome, error)
	token func(*attempt) string
	late  bool // submissions are sent even if the time is over
	fire  bool // Settings.SubmitUnclaimed
	ticks int  // timeout of an invocation; 2 if 0
}

// timeout returns the timeout of an invocation.
func (v *variant) timeout() time.Duration { return time.Duration(cmp.Or(v.ticks, 2)) * tick }

// actors runs attempts, each only once.
type actors struct {
	variant
	known map[identity]*attempt
}

func newActors(v variant) *actors { return &actors{v, map[identity]*attempt{}} }

// begin returns a new attempt up to its first request.
func (r *actors) begin(name string) *attempt {
	a := &attempt{name: name, skew: time.Hour, id: identify([]byte(name))}
	if known := r.known[a.id]; known != nil {
		return known
	}
	if name[0] == 'A' {
		a.skew = -time.Hour
	}
	return r.carryOn(a)
}

// after returns the attempt that follows a by an answer.
func (r *actors) after(a *attempt, answer reply) *attempt {
	b := make([]byte, 0, 1024)
	b = binary.AppendUvarint(b, a.id[0])
	b = binary.AppendUvarint(b, a.id[1])
	b = binary.AppendVarint(b, answer.clock.UnixMilli())
	b = binary.AppendVarint(b, answer.object.Modified.Unix())
	b = binary.AppendVarint(b, answer.object.Date.Unix())
	b = append(b, answer.object.Data...)
	b = append(b, answer.receipt.TaskID...)
	if answer.err != nil {
		b = append(b, answer.err.Error()...)
	}
	id := identify(b)
	if known := r.known[id]; known != nil {
		return known
	}
	return r.carryOn(&attempt{name: a.name, skew: a.skew, before: a, answer: answer, id: id})
}

func (r *actors) carryOn(a *attempt) *attempt {
	r.known[a.id] = a
	s := &script{a: a, clock: worldStart, deadline: worldStart.Add(r.timeout()), fire: r.fire}
	for b := a; b.before != nil; b = b.before {
		s.answers = append(s.answers, b.answer) // the last one first
	}
	r.run(s)
	return a
}

// run runs the code until it makes a request that the script has no answer for, or ends.
func (r *actors) run(s *script) {
	defer func() {
		if value := recover(); value != nil && value != (offScript{}) {
			panic(value)
		}
	}()
	var store Store = s
	if r.store != nil {
		store = r.store(s)
	}
	token := func() string { return s.a.name }
	if r.token != nil {
		token = func() string { return r.token(s.a) }
	}
	c := &Claimer{store: store, settings: Settings{Prefix: ".onput/", SubmitUnclaimed: r.fire}, token: token, wait: s.wait,
		now: func() time.Time { return s.clock.Add(s.a.skew) }, jitter: func() float64 { return 0.5 }}
	t := worldTask
	t.Invocation = s.a.name
	do := (*Claimer).Do
	if r.do != nil {
		do = r.do
	}
	s.a.outcome, s.a.err = do(c, invocation{context.Background(), s}, t, s.submit)
	s.a.asks = &op{by: s.a, kind: opAnswer}
}

// script answers the code: it is its Store, its clock and its submission.
type script struct {
	a        *attempt
	answers  []reply
	clock    time.Time
	deadline time.Time // of the invocation
	fire     bool
}

// offScript ends a run of the code.
type offScript struct{}

func (s *script) ask(o op) reply {
	n := len(s.answers)
	if n == 0 {
		o.by = s.a
		s.a.asks = &o
		panic(offScript{})
	}
	answer := s.answers[n-1]
	s.answers = s.answers[:n-1]
	s.clock = answer.clock
	return answer
}

func (s *script) Append(_ context.Context, at process.Location, position int64, data []byte) error {
	return s.ask(op{kind: opAppend, at: at, position: position, data: data}).err
}

func (s *script) Read(_ context.Context, at process.Location, _ int64) (Object, error) {
	answer := s.ask(op{kind: opRead, at: at})
	return answer.object, answer.err
}

func (s *script) put(at process.Location, data []byte) error {
	return s.ask(op{kind: opPut, at: at, data: data}).err
}

func (s *script) submit(ctx context.Context) (Receipt, error) {
	deadline, _ := ctx.Deadline() // a claimed submission leaves time to record it
	answer := s.ask(op{kind: opSubmit, unclaimed: s.fire && deadline.Equal(s.deadline.Add(s.a.skew))})
	return answer.receipt, answer.err
}

func (s *script) wait(_ context.Context, d time.Duration) error {
	if d <= 0 {
		panic("a pause of no time")
	}
	return s.ask(op{kind: opPause, wake: s.clock.Add(d)}).err
}

// invocation is the context of an attempt. It has no timers; its time is the script's.
type invocation struct {
	context.Context
	s *script
}

func (i invocation) Deadline() (time.Time, bool) { return i.s.deadline.Add(i.s.a.skew), true }

func (i invocation) Err() error {
	if i.s.clock.After(i.s.deadline) {
		return context.DeadlineExceeded
	}
	return nil
}
