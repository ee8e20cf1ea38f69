package glob

import (
	"errors"
	"slices"
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
	edges  [][]Edge
	empty  [][]int32 // moves without a symbol
	accept []bool
	tags   []int32
	large  bool // it stopped growing
}

// NewNFA returns an automaton with a start state and nothing else: it accepts nothing.
func NewNFA() *NFA {
	n := &NFA{}
	n.State(0)
	return n
}

// State adds a state.
func (n *NFA) State(tag int32) int32 {
	if len(n.edges) >= maxStates {
		n.large = true
		return 0
	}
	n.edges = append(n.edges, nil)
	n.empty = append(n.empty, nil)
	n.accept = append(n.accept, false)
	n.tags = append(n.tags, tag)
	return int32(len(n.edges) - 1)
}

// Move lets the automaton go from one state to another without a symbol.
func (n *NFA) Move(from, to int32) { n.empty[from] = append(n.empty[from], to) }

// Symbols lets it go from one state to another with any of the symbols from lo to hi.
func (n *NFA) Symbols(from int32, lo, hi rune, to int32) {
	if lo <= hi {
		n.edges[from] = append(n.edges[from], Edge{lo, hi, to})
	}
}

// Accept makes a state one at which a text may end.
func (n *NFA) Accept(state int32) { n.accept[state] = true }

// Tag returns the tag of a state.
func (n *NFA) Tag(state int32) int32 { return n.tags[state] }

// Text writes a literal text behind a state and returns the state at its end.
func (n *NFA) Text(from int32, text string) int32 {
	for i := 0; i < len(text); {
		r, size := symbol(text[i:])
		to := n.State(n.tags[from])
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
	s := n.State(n.tags[from])
	n.Move(from, s)
	n.Symbols(s, 0, lastSymbol, s)
	return s
}

// Repeat lets it repeat any of the symbols of the spans, none or more of them, and returns the state behind.
func (n *NFA) Repeat(from int32, spans ...[2]rune) int32 {
	s := n.State(n.tags[from])
	n.Move(from, s)
	for _, span := range spans {
		n.Symbols(s, span[0], span[1], s)
	}
	return s
}

// One lets it take one symbol of the spans, and returns the state behind.
func (n *NFA) One(from int32, spans ...[2]rune) int32 {
	s := n.State(n.tags[from])
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
	end := n.State(n.tags[from])
	if p.base { // any folders before it
		any := n.Any(from)
		begin := n.State(n.tags[from])
		n.Move(from, begin)
		n.Symbols(any, '/', '/', begin)
		from = begin
	}
	for _, tokens := range p.alternatives {
		at := from
		for i := range tokens {
			at = n.token(at, &tokens[i], p.fold)
		}
		n.Move(at, end)
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
			to := n.State(n.tags[from])
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
		to := n.State(n.tags[from])
		n.Move(from, to)
		n.Symbols(any, '/', '/', to)
		return to
	}
	return from
}

// spans returns the characters of the class, sorted, apart from the slash where it is no ordinary character.
func (c *class) spans(fold, slash bool) [][2]rune {
	spans := slices.Clone(c.ranges)
	if fold {
		for r := rune(0); r <= lastFolding; r++ {
			if unicode.SimpleFold(r) != r && !c.has(r) {
				for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
					if c.has(o) {
						spans = append(spans, [2]rune{r, r})
						break
					}
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

// lastFolding is behind every character that has another case.
const lastFolding = 0x1F000

// Part writes, behind a state, the texts of one symbol and more that lead the language from its state start to one of ends, all
// their symbols within spans. It returns the state at their end, and whether the empty text does so, too. The states are
// tagged.
func (n *NFA) Part(from int32, d *DFA, start int32, ends map[int32]bool, spans [][2]rune, tag int32) (end int32, empty bool) {
	end = n.State(tag)
	copies := map[int32]int32{}
	var work []int32
	copied := func(s int32) int32 {
		c, ok := copies[s]
		if !ok {
			c = n.State(tag)
			copies[s] = c
			work = append(work, s)
			if ends[s] {
				n.Move(c, end)
			}
		}
		return c
	}
	follow := func(c, s int32) {
		for _, e := range d.edges[s] {
			for _, span := range spans {
				if lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1]); lo <= hi {
					n.Symbols(c, lo, hi, copied(e.To))
				}
			}
		}
	}
	entry := n.State(tag) // apart from the copy of start: there the text is empty
	n.Move(from, entry)
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
	x := &NFA{large: n.large}
	count := int32(len(n.edges))
	for range 2 { // state s without a dot so far, and count+s with one
		for s := range n.edges {
			x.State(n.tags[s])
		}
	}
	for s := int32(0); s < count && !x.large; s++ {
		for _, to := range n.empty[s] {
			x.Move(s, to)
			x.Move(count+s, count+to)
		}
		for _, e := range n.edges[s] {
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
		x.accept[count+s] = n.accept[s]
	}
	digits := [2]rune{'0', '9'}
	plain := x.State(0)
	numbered := x.Text(plain, "_")
	numbered = x.Repeat(x.One(numbered, digits), digits)
	numbered = x.Text(numbered, "_")
	numbered = x.Repeat(x.One(numbered, digits), digits)
	dot := x.State(0)
	x.Move(plain, dot)
	x.Move(numbered, dot)
	end := x.Text(dot, ".")
	if ext != "" {
		end = x.Text(end, ext)
	} else {
		end = x.Repeat(x.One(end, [2]rune{'0', '9'}, [2]rune{'a', 'z'}), [2]rune{'0', '9'}, [2]rune{'a', 'z'})
	}
	x.Accept(end)
	for s := range count {
		if n.accept[s] {
			x.Move(s, plain)
		}
	}
	return x
}

// Size returns how many states the automaton has.
func (n *NFA) Size() int { return len(n.edges) }

// Large says whether the automaton stopped growing: it is of no use then.
func (n *NFA) Large() bool { return n.large }

// FoldedText is Text; with fold, for a text that is folded, it writes every text that folds to it.
func (n *NFA) FoldedText(from int32, text string, fold bool) int32 {
	return n.token(from, &token{op: opText, text: text}, fold)
}
