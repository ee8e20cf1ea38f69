package glob

import (
	"slices"
	"sync"
	"unicode"

	"onput/internal/automaton"
)

// AddTo adds the texts that the pattern matches to n, after from, and returns the state at their end.
func (p *Pattern) AddTo(n *automaton.NFA, from int32) int32 {
	end := n.State(n.Tag(from))
	if p.base { // any directories before it
		any := n.Any(from)
		begin := n.State(n.Tag(from))
		n.Epsilon(from, begin)
		n.Symbols(any, '/', '/', begin)
		from = begin
	}
	for _, tokens := range p.alternatives {
		at := from
		for i := range tokens {
			at = tokens[i].addTo(n, at, p.fold)
		}
		n.Epsilon(at, end)
	}
	return end
}

// addTo adds the texts of one token.
func (t *token) addTo(n *automaton.NFA, from int32, fold bool) int32 {
	switch t.op {
	case opText:
		if !fold || t.exact {
			return n.Text(from, t.text)
		}
		for _, r := range t.text {
			to := n.State(n.Tag(from))
			n.Symbols(from, r, r, to)
			for o := unicode.SimpleFold(r); o != r; o = unicode.SimpleFold(o) {
				n.Symbols(from, o, o, to)
			}
			from = to
		}
		return from
	case opAny:
		if t.slash {
			return n.One(from, [2]rune{0, unicode.MaxRune})
		}
		return n.One(from, automaton.PlainChars...)
	case opClass:
		return n.One(from, t.class.spans(fold, t.slash)...)
	case opStar:
		return n.Repeat(from, automaton.PlainSymbols...)
	case opCapture:
		return n.Repeat(n.One(from, automaton.PlainChars...), automaton.PlainChars...)
	case opRest, opRestCapture:
		return n.Any(from)
	case opDeep, opDeepCapture:
		// Nothing, or any text that ends in a slash.
		any := n.Any(from)
		to := n.State(n.Tag(from))
		n.Epsilon(from, to)
		n.Symbols(any, '/', '/', to)
		return to
	}
	return from
}

// CaptureValues returns the texts that a capture of some patterns can take, or a few more. A capture takes as little as it
// can from where it begins, so that they are no texts of which a part would do. The error is [automaton.ErrTooLarge].
func CaptureValues(b *automaton.Budget, patterns []*Pattern, name string) (*automaton.DFA, error) {
	values := automaton.NewNFA(b)
	defer values.Free()
	for _, p := range patterns {
		for _, tokens := range p.alternatives {
			names := p.names
			for i := range tokens {
				if !tokens[i].op.captures() {
					continue
				}
				if names[0] == name {
					if err := tokens[i].addValues(values, tokens[i+1:], p.fold); err != nil {
						return nil, err
					}
				}
				names = names[1:]
			}
		}
	}
	return values.Deterministic()
}

// endOfCapture separates the text of a capture from the rest of the key. It sorts before all symbols.
const endOfCapture = rune(-1)

// addValues adds the texts that a capture can take if some tokens follow it.
func (t *token) addValues(values *automaton.NFA, following []token, fold bool) error {
	if t.op == opRestCapture {
		values.Accept(values.Any(0))
		return nil
	}
	b := values.Budget()
	addFollowing := func(n *automaton.NFA, at int32) {
		for i := range following {
			at = following[i].addTo(n, at, fold)
		}
		n.Accept(at)
	}
	language := func(build func(n *automaton.NFA)) (*automaton.DFA, error) {
		n := automaton.NewNFA(b)
		defer n.Free()
		build(n)
		return n.Deterministic()
	}
	rest, err := language(func(n *automaton.NFA) { addFollowing(n, 0) })
	if err != nil {
		return err
	}
	// All ways to match, and those of which the capture could have taken less.
	all, err := language(func(n *automaton.NFA) {
		at := t.addTo(n, 0, fold)
		end := n.State(0)
		n.Symbols(at, endOfCapture, endOfCapture, end)
		addFollowing(n, end)
	})
	if err != nil {
		return err
	}
	longer, err := language(func(n *automaton.NFA) { n.CopyInterrupted(t.addTo(n, 0, fold), rest, endOfCapture) })
	if err != nil {
		return err
	}
	shortest, err := all.Without(longer)
	if err == nil {
		separator := rune(0)
		if t.op == opDeepCapture {
			separator = '/'
		}
		values.CopyUntil(shortest, separator, endOfCapture)
	}
	return err
}

// spans returns the characters of the class as sorted ranges. It leaves the slash out unless slash is set.
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
	next := rune(0) // the first character not decided yet
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
		add(next, unicode.MaxRune)
	}
	return all
}

// folding returns every character that has another case.
var folding = sync.OnceValue(func() (all []rune) {
	const last = 0x1F000 // after all of them
	for r := rune(0); r <= last; r++ {
		if unicode.SimpleFold(r) != r {
			all = append(all, r)
		}
	}
	return all
})

// AddFoldedText adds a literal text to n, after from, and returns the state at its end. With fold, it adds every text
// that folds to text, which is folded.
func AddFoldedText(n *automaton.NFA, from int32, text string, fold bool) int32 {
	t := token{op: opText, text: text}
	return t.addTo(n, from, fold)
}
