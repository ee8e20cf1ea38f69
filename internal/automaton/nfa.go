package automaton

import (
	"errors"
	"iter"
	"slices"
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
	budget *Budget
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
func NewNFA(b *Budget) *NFA {
	n := &NFA{budget: b}
	if last := len(b.free) - 1; last >= 0 {
		n.states, n.links, b.free = b.free[last].states[:0], b.free[last].links[:0], b.free[:last]
	}
	n.states = append(n.states, state{}) // also if the budget is spent
	n.links = append(n.links, link{})    // number 0 stands for none
	n.large = b.Spend(0, 256) != nil
	return n
}

// Free lets the next automaton use the memory of n, which is of no use afterwards.
func (n *NFA) Free() {
	n.budget.free = append(n.budget.free, *n)
	n.states, n.links = nil, nil
}

// State adds a state and returns it.
func (n *NFA) State(tag int32) int32 {
	if n.large || len(n.states) >= maxStates {
		n.large = true
		return 0
	}
	n.states = push(n.budget, n.states, state{tag: tag})
	if n.budget.Spend(1, 0) != nil {
		n.large = true
		return 0
	}
	return int32(len(n.states) - 1)
}

// Epsilon adds a transition without a symbol.
func (n *NFA) Epsilon(from, to int32) {
	if !n.large {
		n.link(&n.states[from].epsilons, Edge{To: to})
	}
}

// Symbols adds a transition for the symbols from lo to hi.
func (n *NFA) Symbols(from int32, lo, hi rune, to int32) {
	if lo <= hi && !n.large {
		n.link(&n.states[from].symbols, Edge{lo, hi, to})
	}
}

func (n *NFA) link(c *chain, e Edge) {
	number := int32(len(n.links))
	n.links = push(n.budget, n.links, link{Edge: e})
	if n.budget.Spend(1, 0) != nil {
		n.large = true
		return
	}
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
		return byteSymbol(rune(s[0])), 1
	}
	return r, size
}

// MapSymbols replaces the symbols of all transitions by their images: the spans that image gives for the symbols from lo to
// hi.
func (n *NFA) MapSymbols(image func(lo, hi rune) iter.Seq2[rune, rune]) {
	for s := range int32(len(n.states)) {
		before := n.states[s].symbols
		n.states[s].symbols = chain{}
		for e := range n.along(before) {
			for lo, hi := range image(e.Lo, e.Hi) {
				n.Symbols(s, lo, hi, e.To)
			}
		}
	}
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
	b := n.budget
	b.copies = resize(b, b.copies, d.Size()) // by state of d, 0 for none
	copies := b.copies
	if b.Spend(d.Size()/4, 0) != nil {
		n.large = true
		return end, false
	}
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
					work = push(b, work, e.To)
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

// CopyInterrupted adds, after from, the texts of d that are not empty, with the symbol between at any place but the first.
// It accepts them.
func (n *NFA) CopyInterrupted(from int32, d *DFA, between rune) {
	size := int32(d.Size())
	before := int32(len(n.states)) // the copy of d's state 0 before the symbol; size states later, the one after it
	for range 2 * size {
		n.State(n.states[from].tag)
	}
	for s := range size {
		if n.large {
			return
		}
		n.Symbols(before+s, between, between, before+size+s)
		for _, e := range d.out(s) {
			n.Symbols(before+s, e.Lo, e.Hi, before+e.To)
			n.Symbols(before+size+s, e.Lo, e.Hi, before+size+e.To)
			if s == 0 {
				n.Symbols(from, e.Lo, e.Hi, before+e.To)
			}
		}
		if d.accept[s] {
			n.Accept(before + size + s)
		}
	}
}

// CopyUntil adds the texts of d up to a separator and the symbol end, without them, and accepts them. The empty text needs
// no separator before end; no text does if it is 0.
func (n *NFA) CopyUntil(d *DFA, separator, end rune) {
	ends := func(s int32) bool {
		_, ok := d.Step(s, end)
		return ok
	}
	first := int32(len(n.states))
	for range d.Size() {
		n.State(0)
	}
	n.Epsilon(0, first)
	for s := range int32(d.Size()) {
		if n.large {
			return
		}
		for _, e := range d.out(s) {
			if e.Lo != end {
				n.Symbols(first+s, e.Lo, e.Hi, first+e.To)
			}
		}
		if to, ok := d.Step(s, separator); separator != 0 && ok && ends(to) || (separator == 0 || s == 0) && ends(s) {
			n.Accept(first + s)
		}
	}
}

// leadBytes are the bytes that begin a character of several bytes, by how many follow them; with the characters.
var leadBytes = []struct{ lo, hi, following, first, last rune }{
	{0xC2, 0xDF, 1, 0x80, 0x7FF},
	{0xE0, 0xEF, 2, 0x800, 0xFFFF},
	{0xF0, 0xF4, 3, 0x10000, lastChar},
}

// byteSymbol returns the symbol of a byte that is not valid UTF-8.
func byteSymbol(b rune) rune { return lastChar + 1 + b - utf8.RuneSelf }

// JoinBytes lets a character stand where bytes that are no characters may follow each other and form one: a text that
// ends in part of a character may be followed by one that begins with the rest. starts are the first states of such texts,
// sorted; a character within one of them is none of these. JoinBytes may add a few more characters.
func (n *NFA) JoinBytes(starts []int32) {
	b := n.budget
	reached := resize(b, []int32(nil), len(n.states)) // by state: the last round that reached it
	round := int32(0)
	visit := func(all []int32, s int32) []int32 {
		if b.Spend(1, 0); reached[s] != round {
			reached[s] = round
			all = push(b, all, s)
		}
		return all
	}
	// after returns the states to which a symbol from lo to hi leads from others.
	after := func(from []int32, lo, hi rune) (all []int32) {
		round++
		for _, s := range from {
			for e := range n.along(n.states[s].symbols) {
				if max(lo, e.Lo) <= min(hi, e.Hi) {
					all = visit(all, e.To)
				}
			}
		}
		return all
	}
	text := func(s int32) int {
		i, _ := slices.BinarySearch(starts, s+1)
		return i
	}
	for s := range int32(len(n.states)) {
		for _, lead := range leadBytes {
			if b.Spend(1, 0) != nil {
				n.large = true
				return
			}
			states := after([]int32{s}, byteSymbol(lead.lo), byteSymbol(lead.hi))
			for range lead.following {
				for i := 0; i < len(states); i++ { // round is that of after
					for e := range n.along(n.states[states[i]].epsilons) {
						states = visit(states, e.To)
					}
				}
				states = after(states, byteSymbol(0x80), byteSymbol(0xBF))
			}
			for _, to := range states {
				if text(to) != text(s) {
					n.Symbols(s, lead.first, lead.last, to)
				}
			}
		}
	}
}

// Budget returns the budget that the automaton spends.
func (n *NFA) Budget() *Budget { return n.budget }

// Size returns the number of states.
func (n *NFA) Size() int { return len(n.states) }

// Large reports whether the automaton stopped growing. It is of no use then.
func (n *NFA) Large() bool { return n.large }
