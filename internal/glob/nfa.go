package glob

import (
	"errors"
	"iter"
	"slices"
	"sync"
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

// state is a state, and the links that begin there: those with symbols, and the moves, in the order in which they came.
type state struct {
	symbols, moves chain
	tag            int32
	accept         bool
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
func (n *NFA) Epsilon(from, to int32) { n.link(&n.states[from].moves, Edge{To: to}) }

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

// The symbols that characters without a slash are, and those with bytes that are none.
var (
	plainChars   = [][2]rune{{0, '/' - 1}, {'/' + 1, lastChar}}
	plainSymbols = [][2]rune{{0, '/' - 1}, {'/' + 1, lastSymbol}}
)

// Pattern writes what the pattern matches behind a state and returns the state at its end.
func (n *NFA) Pattern(from int32, p *Pattern) int32 {
	end := n.State(n.states[from].tag)
	if p.base { // any folders before it
		any := n.Any(from)
		begin := n.State(n.states[from].tag)
		n.Epsilon(from, begin)
		n.Symbols(any, '/', '/', begin)
		from = begin
	}
	for _, tokens := range p.alternatives {
		at := from
		for i := range tokens {
			at = n.token(at, &tokens[i], p.fold)
		}
		n.Epsilon(at, end)
	}
	return end
}

// token writes one token.
func (n *NFA) token(from int32, t *token, fold bool) int32 {
	switch t.op {
	case opText:
		if !fold {
			return n.Text(from, t.text)
		}
		for _, r := range t.text {
			to := n.State(n.states[from].tag)
			n.Symbols(from, r, r, to)
			for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
				n.Symbols(from, o, o, to)
			}
			from = to
		}
		return from
	case opAny:
		if t.slash {
			return n.One(from, [2]rune{0, lastChar})
		}
		return n.One(from, plainChars...)
	case opClass:
		return n.One(from, t.class.spans(fold, t.slash)...)
	case opStar:
		return n.Repeat(from, plainSymbols...)
	case opCapture:
		return n.Repeat(n.One(from, plainChars...), plainChars...)
	case opRest, opRestCapture:
		return n.Any(from)
	case opDeep, opDeepCapture:
		// Nothing, or anything that ends with a slash.
		any := n.Any(from)
		to := n.State(n.states[from].tag)
		n.Epsilon(from, to)
		n.Symbols(any, '/', '/', to)
		return to
	}
	return from
}

// spans returns the characters of the class, sorted, apart from the slash where it is no ordinary character.
func (c *class) spans(fold, slash bool) [][2]rune {
	spans := slices.Clone(c.ranges)
	if fold {
		for _, r := range folding() {
			for o := unicode.SimpleFold(r); o != r && !c.has(r); o = unicode.SimpleFold(o) {
				if c.has(o) {
					spans = append(spans, [2]rune{r, r})
					break
				}
			}
		}
	}
	slices.SortFunc(spans, func(a, b [2]rune) int { return int(a[0] - b[0]) })
	var all [][2]rune
	next := rune(0) // the first character that is not decided yet
	add := func(lo, hi rune) {
		if !slash && lo <= '/' && '/' <= hi {
			if lo < '/' {
				all = append(all, [2]rune{lo, '/' - 1})
			}
			lo = '/' + 1
		}
		if lo <= hi {
			all = append(all, [2]rune{lo, hi})
		}
	}
	for _, s := range spans {
		if c.negated {
			add(next, s[0]-1)
		} else {
			add(max(next, s[0]), s[1])
		}
		next = max(next, s[1]+1)
	}
	if c.negated {
		add(next, lastChar)
	}
	return all
}

// folding is every character that has another case.
var folding = sync.OnceValue(func() (all []rune) {
	const last = 0x1F000 // behind them
	for r := rune(0); r <= last; r++ {
		if unicode.SimpleFold(r) != r {
			all = append(all, r)
		}
	}
	return all
})

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

// Extended returns the texts of the automaton as OSS makes names of them: to those without a dot behind their last slash,
// an extension is added, "" for any, and before it sometimes _NUMBER_NUMBER.
//
// https://help.aliyun.com/zh/oss/user-guide/video-frame-cutting
func (n *NFA) Extended(ext string) *NFA {
	count := int32(len(n.states))
	x := &NFA{states: make([]state, 0, 2*count+16), links: make([]link, 1, 2*len(n.links)+32), large: n.large}
	for range 2 { // state s without a dot so far, and count+s with one
		for s := range n.states {
			x.State(n.states[s].tag)
		}
	}
	for s := int32(0); s < count && !x.large; s++ {
		for e := range n.along(n.states[s].moves) {
			x.Epsilon(s, e.To)
			x.Epsilon(count+s, count+e.To)
		}
		for e := range n.along(n.states[s].symbols) {
			for _, cut := range [][2]rune{{0, '.' - 1}, {'.', '.'}, {'/', '/'}, {'/' + 1, lastSymbol}} {
				lo, hi := max(e.Lo, cut[0]), min(e.Hi, cut[1])
				without, with := e.To, count+e.To
				switch cut[0] {
				case '.':
					without = with
				case '/':
					with = without
				}
				x.Symbols(s, lo, hi, without)
				x.Symbols(count+s, lo, hi, with)
			}
		}
		x.states[count+s].accept = n.states[s].accept
	}
	digits := [2]rune{'0', '9'}
	plain := x.State(0)
	numbered := x.Text(plain, "_")
	numbered = x.Repeat(x.One(numbered, digits), digits)
	numbered = x.Text(numbered, "_")
	numbered = x.Repeat(x.One(numbered, digits), digits)
	dot := x.State(0)
	x.Epsilon(plain, dot)
	x.Epsilon(numbered, dot)
	end := x.Text(dot, ".")
	if ext != "" {
		end = x.Text(end, ext)
	} else {
		end = x.Repeat(x.One(end, [2]rune{'0', '9'}, [2]rune{'a', 'z'}), [2]rune{'0', '9'}, [2]rune{'a', 'z'})
	}
	x.Accept(end)
	for s := range count {
		if n.states[s].accept {
			x.Epsilon(s, plain)
		}
	}
	return x
}

// Size returns how many states the automaton has.
func (n *NFA) Size() int { return len(n.states) }

// Large says whether the automaton stopped growing: it is of no use then.
func (n *NFA) Large() bool { return n.large }

// FoldedText is Text; with fold, for a text that is folded, it writes every text that folds to it.
func (n *NFA) FoldedText(from int32, text string, fold bool) int32 {
	return n.token(from, &token{op: opText, text: text}, fold)
}
