package automaton

import (
	"errors"
	"iter"
	"unicode"
	"unicode/utf8"
)

// Bounds of symbols and automata. A byte that is not valid UTF-8 is a symbol of its own, after all characters.
const (
	lastChar    = unicode.MaxRune
	lastSymbol  = lastChar + 128
	noSymbol    = rune(-1)
	maxStates   = 200_000 // of an NFA
	maxSubsets  = 20_000  // states of a DFA
	maxSubsetOf = 4_000   // NFA states in one state of a DFA
)

// ErrTooLarge means that a language needs more states than are allowed.
var ErrTooLarge = errors.New("the language is too large")

// Edge leads to the state To for every symbol from Lo to Hi.
type Edge struct {
	Lo, Hi rune
	To     int32
}

// NFA is a nondeterministic automaton under construction. State 0 is its start.
//
// Each state may carry a tag, which names the part of a text that is written there. Methods that add states give them the
// tag of the state they start from, if they take none.
type NFA struct {
	states []state
	links  []link
	large  bool // see Large
}

// state holds the links that leave a state, in the order in which they were added.
type state struct {
	symbols, epsilons chain
	tag               int32
	accept            bool
}

// chain is a linked list of links by their numbers, 0 for none.
type chain struct{ first, last int32 }

// link is an edge in a chain. An epsilon link ignores Lo and Hi.
type link struct {
	Edge
	next int32
}

// NewNFA returns an automaton with a start state that accepts nothing.
func NewNFA() *NFA {
	n := &NFA{states: make([]state, 0, 64), links: make([]link, 1, 128)}
	n.State(0)
	return n
}

// State adds a state and returns it.
func (n *NFA) State(tag int32) int32 {
	if len(n.states) >= maxStates {
		n.large = true
		return 0
	}
	n.states = append(n.states, state{tag: tag})
	return int32(len(n.states) - 1)
}

// Epsilon adds a transition without a symbol.
func (n *NFA) Epsilon(from, to int32) { n.link(&n.states[from].epsilons, Edge{To: to}) }

// Symbols adds a transition for the symbols from lo to hi.
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

// along returns the edges of a chain.
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

// Edges returns the edges that leave a state with a symbol.
func (n *NFA) Edges(state int32) iter.Seq[Edge] { return n.along(n.states[state].symbols) }

// Accept lets a text end at a state.
func (n *NFA) Accept(state int32) { n.states[state].accept = true }

// Text adds a literal text after from and returns the state at its end.
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

// symbol returns the first symbol of s and its length in bytes.
func symbol(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && size == 1 {
		return lastChar + 1 + rune(s[0]-utf8.RuneSelf), 1
	}
	return r, size
}

// Any adds any number of any symbols after from and returns the state at their end.
func (n *NFA) Any(from int32) int32 {
	s := n.State(n.states[from].tag)
	n.Epsilon(from, s)
	n.Symbols(s, 0, lastSymbol, s)
	return s
}

// Repeat adds any number of symbols within spans after from and returns the state at their end.
func (n *NFA) Repeat(from int32, spans ...[2]rune) int32 {
	s := n.State(n.states[from].tag)
	n.Epsilon(from, s)
	for _, span := range spans {
		n.Symbols(s, span[0], span[1], s)
	}
	return s
}

// One adds one symbol within spans after from and returns the state after it.
func (n *NFA) One(from int32, spans ...[2]rune) int32 {
	s := n.State(n.states[from].tag)
	for _, span := range spans {
		n.Symbols(from, span[0], span[1], s)
	}
	return s
}

// CopyFragment adds, after from, part of another language: the texts that lead d from start to one of ends by symbols
// within spans. It returns the state at their end. The empty text is not added; empty reports whether it is one of
// them. All new states have the tag.
func (n *NFA) CopyFragment(from int32, d *DFA, start int32, ends States, spans [][2]rune, tag int32) (end int32, empty bool) {
	end = n.State(tag)
	copies := make([]int32, d.Size()) // by state of d, 0 for none
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
	entry := n.State(tag) // not the copy of start, which a longer text may reach again
	n.Epsilon(from, entry)
	follow(entry, start)
	for len(work) > 0 && !n.large {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		follow(copies[s], s)
	}
	return end, ends[start]
}

// Size returns the number of states.
func (n *NFA) Size() int { return len(n.states) }

// Large reports whether the automaton stopped growing. It is of no use then.
func (n *NFA) Large() bool { return n.large }
