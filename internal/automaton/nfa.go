package automaton

import (
	"errors"
	"iter"
	"unicode"
	"unicode/utf8"
)

// Languages are sets of texts, held as finite automata over characters: what patterns match, and what templates can become. They
// are exact, not samples, so that two of them can be shown to have nothing in common.
//
// A byte that is no UTF-8 is a symbol of its own, behind all characters.
const (
	lastChar    = unicode.MaxRune
	lastSymbol  = lastChar + 128
	noSymbol    = rune(-1)
	maxStates   = 200_000 // of an NFA
	maxSubsets  = 20_000  // states of a DFA
	maxSubsetOf = 4_000   // NFA states in one state of a DFA
)

// ErrTooLarge is returned where a language would need more states than are allowed.
var ErrTooLarge = errors.New("the language is too large")

// Edge leads to a state for every symbol from Lo to Hi.
type Edge struct {
	Lo, Hi rune
	To     int32
}

// NFA is a nondeterministic automaton under construction. State 0 is its start. Each state may carry a tag, which says what
// part of a text is written there.
type NFA struct {
	states []state
	links  []link
	large  bool // it stopped growing
}

// state is a state, and the links that begin there: those with symbols, and the epsilons, in the order in which they came.
type state struct {
	symbols, epsilons chain
	tag               int32
	accept            bool
}

// chain is the first and the last of several links, 0 for none.
type chain struct{ first, last int32 }

// link is an edge of an NFA, or a move, whose symbols count for nothing.
type link struct {
	Edge
	next int32
}

// NewNFA returns an automaton with a start state and nothing else: it accepts nothing.
func NewNFA() *NFA {
	n := &NFA{states: make([]state, 0, 64), links: make([]link, 1, 128)}
	n.State(0)
	return n
}

// State adds a state.
func (n *NFA) State(tag int32) int32 {
	if len(n.states) >= maxStates {
		n.large = true
		return 0
	}
	n.states = append(n.states, state{tag: tag})
	return int32(len(n.states) - 1)
}

// Epsilon lets the automaton go from one state to another without a symbol.
func (n *NFA) Epsilon(from, to int32) { n.link(&n.states[from].epsilons, Edge{To: to}) }

// Symbols lets it go from one state to another with any of the symbols from lo to hi.
func (n *NFA) Symbols(from int32, lo, hi rune, to int32) {
	if lo <= hi {
		n.link(&n.states[from].symbols, Edge{lo, hi, to})
	}
}

func (n *NFA) link(c *chain, e Edge) {
	number := int32(len(n.links))
	n.links = append(n.links, link{Edge: e})
	if c.first == 0 {
		c.first = number
	} else {
		n.links[c.last].next = number
	}
	c.last = number
}

// along goes through the links of a chain.
func (n *NFA) along(c chain) iter.Seq[Edge] {
	return func(yield func(Edge) bool) {
		for i := c.first; i != 0; i = n.links[i].next {
			if !yield(n.links[i].Edge) {
				return
			}
		}
	}
}

// Tag returns the tag of a state.
func (n *NFA) Tag(state int32) int32 { return n.states[state].tag }

// Accepts reports whether a text may end at a state.
func (n *NFA) Accepts(state int32) bool { return n.states[state].accept }

// Epsilons returns the states that a state leads to without a symbol.
func (n *NFA) Epsilons(state int32) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for e := range n.along(n.states[state].epsilons) {
			if !yield(e.To) {
				return
			}
		}
	}
}

// Edges returns the edges with symbols of a state.
func (n *NFA) Edges(state int32) iter.Seq[Edge] { return n.along(n.states[state].symbols) }

// Accept makes a state one at which a text may end.
func (n *NFA) Accept(state int32) { n.states[state].accept = true }

// Text writes a literal text behind a state and returns the state at its end.
func (n *NFA) Text(from int32, text string) int32 {
	for i := 0; i < len(text); {
		r, size := symbol(text[i:])
		to := n.State(n.states[from].tag)
		n.Symbols(from, r, r, to)
		from = to
		i += size
	}
	return from
}

// symbol returns the first symbol of s and how many bytes it has.
func symbol(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return lastChar + 1 + rune(s[0]-utf8.RuneSelf), 1
	}
	return r, size
}

// Any lets the automaton repeat any symbols, slashes too, at a state of its own behind from, and returns that state.
func (n *NFA) Any(from int32) int32 {
	s := n.State(n.states[from].tag)
	n.Epsilon(from, s)
	n.Symbols(s, 0, lastSymbol, s)
	return s
}

// Repeat lets it repeat any of the symbols of the spans, none or more of them, and returns the state behind.
func (n *NFA) Repeat(from int32, spans ...[2]rune) int32 {
	s := n.State(n.states[from].tag)
	n.Epsilon(from, s)
	for _, span := range spans {
		n.Symbols(s, span[0], span[1], s)
	}
	return s
}

// One lets it take one symbol of the spans, and returns the state behind.
func (n *NFA) One(from int32, spans ...[2]rune) int32 {
	s := n.State(n.states[from].tag)
	for _, span := range spans {
		n.Symbols(from, span[0], span[1], s)
	}
	return s
}

// CopyFragment writes, behind a state, the texts of one symbol and more that lead the language from its state start to one of ends, all
// their symbols within spans. It returns the state at their end, and whether the empty text does so, too. The states are
// tagged.
func (n *NFA) CopyFragment(from int32, d *DFA, start int32, ends States, spans [][2]rune, tag int32) (end int32, empty bool) {
	end = n.State(tag)
	copies := make([]int32, d.Size()) // 0 for none
	var work []int32
	follow := func(c, s int32) {
		for _, e := range d.out(s) {
			for _, span := range spans {
				lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1])
				if lo > hi {
					continue
				}
				if copies[e.To] == 0 {
					copies[e.To] = n.State(tag)
					work = append(work, e.To)
					if ends[e.To] {
						n.Epsilon(copies[e.To], end)
					}
				}
				n.Symbols(c, lo, hi, copies[e.To])
			}
		}
	}
	entry := n.State(tag) // apart from the copy of start: there the text is empty
	n.Epsilon(from, entry)
	follow(entry, start)
	for len(work) > 0 && !n.large {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		follow(copies[s], s)
	}
	return end, ends[start]
}

// Size returns how many states the automaton has.
func (n *NFA) Size() int { return len(n.states) }

// Large says whether the automaton stopped growing: it is of no use then.
func (n *NFA) Large() bool { return n.large }
