package automaton

import (
	"iter"
	"slices"
)

// PairStep is one symbol of a text that two automata accept: its bytes, and the tags of the states after it.
type PairStep struct {
	Text string
	Tags [2]int32
}

// pairArrival is how a pair of states was first reached.
type pairArrival struct {
	from   int32 // the pair before, -1 for the first
	symbol rune  // noSymbol for an epsilon
}

// CommonTexts iterates over texts that both automata accept, short ones first: one for each pair of states at which such
// texts end. If both are the same automaton, it leaves out the texts that it accepts in one way alone, as tags tell. It
// ends early once the budget is spent.
func (n *NFA) CommonTexts(other *NFA) iter.Seq[[]PairStep] {
	return func(yield func([]PairStep) bool) {
		b := n.budget
		seen := &pairs{budget: b} // not the budget's, which yield may use
		var arrivals []pairArrival
		var now, later []int32 // breadth first; epsilons cost nothing
		visit := func(list *[]int32, x, y, differ int32, w pairArrival) {
			if id, first := seen.number(x, 2*y+differ); first {
				arrivals = push(b, arrivals, w)
				*list = push(b, *list, id)
			}
		}
		differ := int32(1)
		if n == other {
			differ = 0
		}
		visit(&now, 0, 0, differ, pairArrival{-1, noSymbol})
		for len(now) > 0 {
			for i := 0; i < len(now); i++ {
				at := now[i]
				x, y, differ := seen.list[at].a, seen.list[at].b/2, seen.list[at].b%2
				if b.Spend(1, 0) != nil {
					return
				}
				if differ == 1 && n.states[x].accept && other.states[y].accept && !yield(n.stepsTo(other, seen, arrivals, at)) {
					return
				}
				for e := range n.along(n.states[x].epsilons) {
					visit(&now, e.To, y, differ, pairArrival{at, noSymbol})
				}
				for e := range other.along(other.states[y].epsilons) {
					visit(&now, x, e.To, differ, pairArrival{at, noSymbol})
				}
				for e := range n.along(n.states[x].symbols) {
					for f := range other.along(other.states[y].symbols) {
						lo, hi := max(e.Lo, f.Lo), min(e.Hi, f.Hi)
						if b.Spend(1, 0) != nil || lo > hi {
							continue
						}
						to := differ
						if n.states[e.To].tag != other.states[f.To].tag {
							to = 1
						}
						visit(&later, e.To, f.To, to, pairArrival{at, readableSymbol(lo, hi)})
					}
				}
			}
			now, later = later, now[:0]
		}
	}
}

// stepsTo returns the steps that lead to a pair of states.
func (n *NFA) stepsTo(other *NFA, seen *pairs, arrivals []pairArrival, at int32) []PairStep {
	var steps []PairStep
	for ; at >= 0; at = arrivals[at].from {
		if w := arrivals[at]; w.symbol != noSymbol {
			ab := seen.list[at]
			steps = append(steps, PairStep{symbolText(w.symbol), [2]int32{n.states[ab.a].tag, other.states[ab.b/2].tag}})
		}
	}
	slices.Reverse(steps)
	return steps
}
