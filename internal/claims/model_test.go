//go:build !race

package claims

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// The model: every execution of a small world, within limits. It runs this package's own code: script_test.go runs it,
// world_test.go is what can happen to it, promises_test.go what must hold. It has one goroutine, in which the race detector
// finds nothing and takes several times as long.

// exploration goes through all executions, depth first. Two executions that reach the same state continue alike, so each
// state is explored once.
type exploration struct {
	executions map[identity]float64 // number of executions from a state to the end
	moves      int
	path       []step
}

type step struct {
	at   time.Duration
	move move
}

func (e *exploration) do(m move, w *world) {
	e.path = append(e.path, step{w.clock.Sub(worldStart), m})
	m.do(w)
	e.moves++
}

// from explores all executions that continue from w. It returns their number.
func (e *exploration) from(w *world) float64 {
	if len(e.path) > 200 {
		violated("a delivery waits forever")
	}
	state := w.state()
	if n, ok := e.executions[state]; ok {
		return n
	}
	n := 0.0
	depth := len(e.path)
	moves := w.moves()
	for _, m := range moves {
		next := w.clone()
		e.do(m, next)
		n += e.from(next)
		e.path = e.path[:depth]
	}
	ended := true
	for i := range w.deliveries {
		ended = ended && w.settled(&w.deliveries[i])
	}
	if ended { // although requests may be under way, and arrive later or never
		n++
		next := w.clone()
		next.checkEnd()
		next.checkReplay(func(m move) { e.path = append(e.path, step{next.clock.Sub(worldStart), m}) })
		e.path = e.path[:depth]
	}
	e.executions[state] = n
	return n
}

// story returns the current execution as text.
func (e *exploration) story() string {
	var b strings.Builder
	for _, s := range e.path {
		fmt.Fprintf(&b, "\n\t%7v  %v", s.at.Round(time.Millisecond), s.move)
	}
	return b.String()
}

// explore explores a world. broken is the violated promise with the execution that shows it, or "".
func explore(l limits, a *actors) (e *exploration, n float64, broken string) {
	e = &exploration{executions: map[identity]float64{}}
	defer e.catch(&broken)
	return e, e.from(newWorld(l, a)), ""
}

func (e *exploration) catch(broken *string) {
	if value := recover(); value != nil {
		v, ok := value.(violation)
		if !ok {
			panic(value)
		}
		*broken = e.story() + "\n\t" + string(v)
	}
}

var long = flag.Bool("long", false, "let the model go further, which takes minutes")

// TestModel tries everything that can happen to a few deliveries of one upload.
func TestModel(t *testing.T) {
	all := []limits{
		{deliveries: 2, retries: 1, faults: 1, kills: 1},
		{deliveries: 2, retries: 1, faults: 1, leaps: 1},
		{deliveries: 2, retries: 1, kills: 1, leaps: 1},
	}
	if !testing.Short() {
		all = []limits{
			{deliveries: 3, faults: 1},
			{deliveries: 2, retries: 2, faults: 1},
			{deliveries: 2, retries: 1, faults: 1, kills: 1, leaps: 1},
			{deliveries: 2, retries: 1, faults: 2, kills: 1},
		}
	}
	if *long {
		all = []limits{
			{deliveries: 3, retries: 1, faults: 1},
			{deliveries: 2, retries: 2, faults: 1, kills: 1, leaps: 1},
			{deliveries: 2, retries: 1, faults: 2, kills: 1, leaps: 1},
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // most of the memory stays in use
	actors := newActors(variant{})
	for _, l := range all {
		t.Run(l.String(), func(t *testing.T) {
			start := time.Now()
			e, n, broken := explore(l, actors)
			t.Logf("%.3g executions, through %d states by %d moves, %v", n, len(e.executions), e.moves, time.Since(start).Round(time.Millisecond))
			if broken != "" {
				t.Error(broken)
			}
		})
	}
}

// TestModelFire tries everything that can happen if claims that cannot be reached are no obstacle.
func TestModelFire(t *testing.T) {
	if testing.Short() {
		t.Skip("in short mode: it takes half a minute; TestUnreachable is quick")
	}
	all := []limits{{deliveries: 2, faults: 3}, {deliveries: 2, faults: 3, kills: 1}}
	if *long {
		all = []limits{{deliveries: 2, retries: 1, faults: 3}, {deliveries: 2, faults: 3, kills: 1, leaps: 1}}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	actors := newActors(variant{fire: true, ticks: 4}) // with less time there is none left after three failures
	for _, l := range all {
		t.Run(l.String(), func(t *testing.T) {
			start := time.Now()
			e, n, broken := explore(l, actors)
			t.Logf("%.3g executions, through %d states by %d moves, %v", n, len(e.executions), e.moves, time.Since(start).Round(time.Millisecond))
			if broken != "" {
				t.Error(broken)
			}
		})
	}
}

// TestRandomExecutions tries random executions within limits that are too large to try all.
func TestRandomExecutions(t *testing.T) {
	l := limits{deliveries: 4, retries: 6, faults: 5, kills: 3, leaps: 2}
	actors := newActors(variant{})
	executions := uint64(2000)
	if testing.Short() {
		executions = 200
	}
	for seed := range executions {
		if broken := randomExecution(l, actors, seed); broken != "" {
			t.Fatalf("seed %d:%s", seed, broken)
		}
	}
}

func randomExecution(l limits, a *actors, seed uint64) (broken string) {
	random := rand.New(rand.NewPCG(seed, 0))
	e := &exploration{}
	defer e.catch(&broken)
	w := newWorld(l, a)
	for moves := w.moves(); len(moves) > 0; moves = w.moves() {
		e.do(moves[random.IntN(len(moves))], w)
	}
	w.checkEnd()
	w.checkReplay(func(m move) { e.path = append(e.path, step{w.clock.Sub(worldStart), m}) })
	return ""
}
