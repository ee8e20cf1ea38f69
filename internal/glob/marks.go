package glob

import (
	"slices"

	"onput/internal/automaton"
)

// Marks are symbols that no key holds. A marked key has them where its captures begin and end.

// BeginMark returns the mark at which capture number i begins.
func BeginMark(i int) rune { return rune(-2 - 2*i) }

// EndMark returns the mark at which capture number i ends.
func EndMark(i int) rune { return rune(-3 - 2*i) }

// MarkedLanguage returns the keys that the pattern matches, with the marks of its captures. names are the captures by
// number, of which the pattern may have some.
//
// Where a capture can end at several places, it ends at the first, as Captures decides. Where it can begin at several, as
// after **, a key is there once for each, although Captures chooses one. The error is [automaton.ErrTooLarge].
func (p *Pattern) MarkedLanguage(b *automaton.Budget, names []string) (*automaton.DFA, error) {
	n := automaton.NewNFA(b)
	defer n.Free()
	from := int32(0)
	if p.base { // any directories before it
		any := n.Any(0)
		from = n.State(0)
		n.Epsilon(0, from)
		n.Symbols(any, '/', '/', from)
	}
	m := marker{b, names, p.fold}
	for _, tokens := range p.alternatives {
		d, err := m.language(tokens, p.names)
		if err != nil {
			return nil, err
		}
		m.accept(n, from, d)
	}
	return n.Deterministic()
}

// marker makes the marked language of an alternative.
type marker struct {
	budget *automaton.Budget
	names  []string
	fold   bool
}

// language returns the marked texts of some tokens, whose captures have the given names.
func (m *marker) language(tokens []token, names []string) (*automaton.DFA, error) {
	n := automaton.NewNFA(m.budget)
	defer n.Free()
	at := int32(0)
	for i := range tokens {
		if !tokens[i].op.captures() {
			at = tokens[i].addTo(n, at, m.fold)
			continue
		}
		following, err := m.language(tokens[i+1:], names[1:])
		if err != nil {
			return nil, err
		}
		captured, err := m.captured(&tokens[i], slices.Index(m.names, names[0]), following)
		if err != nil {
			return nil, err
		}
		m.accept(n, at, captured)
		return n.Deterministic()
	}
	n.Accept(at)
	return n.Deterministic()
}

// captured returns the marked texts of capture number i and what follows it. The capture is as short as possible.
func (m *marker) captured(t *token, i int, following *automaton.DFA) (*automaton.DFA, error) {
	begin, end := BeginMark(i), EndMark(i)
	language := func(build func(n *automaton.NFA, begun int32)) (*automaton.DFA, error) {
		n := automaton.NewNFA(m.budget)
		defer n.Free()
		begun := n.State(0)
		n.Symbols(0, begin, begin, begun)
		build(n, begun)
		return n.Deterministic()
	}
	mark := func(n *automaton.NFA, from int32) int32 {
		to := n.State(0)
		n.Symbols(from, end, end, to)
		return to
	}
	deep := t.op == opDeepCapture // the slash after it is taken, and not captured
	all, err := language(func(n *automaton.NFA, begun int32) {
		if deep {
			m.accept(n, n.Text(mark(n, n.Any(begun)), "/"), following)
		} else {
			m.accept(n, mark(n, t.addTo(n, begun, m.fold)), following)
		}
	})
	if err != nil || t.op == opRestCapture {
		return all, err
	}
	longer, err := language(func(n *automaton.NFA, begun int32) {
		m.acceptEndingLater(n, t.addTo(n, begun, m.fold), following, end, !deep)
	})
	if err != nil {
		return nil, err
	}
	shortest, err := all.Without(longer)
	if err != nil || !deep {
		return shortest, err
	}
	n := automaton.NewNFA(m.budget)
	defer n.Free()
	m.accept(n, 0, shortest)
	m.accept(n, mark(n, n.One(0, [2]rune{begin, begin})), following) // it takes nothing
	return n.Deterministic()
}

// symbols are all symbols and marks.
func (m *marker) symbols() [2]rune {
	return [2]rune{EndMark(len(m.names)), automaton.AnySymbols[0][1]}
}

// accept adds the texts of d after a state, and accepts them.
func (m *marker) accept(n *automaton.NFA, from int32, d *automaton.DFA) {
	end, empty := n.CopyFragment(from, d, 0, d.Ends(), [][2]rune{m.symbols()}, 0)
	if empty {
		n.Epsilon(from, end)
	}
	n.Accept(end)
}

// acceptEndingLater adds the texts of d after a state, without their marks, and accepts them with the mark end at any place,
// except the first one if later is set. Other marks may be anywhere.
func (m *marker) acceptEndingLater(n *automaton.NFA, from int32, d *automaton.DFA, end rune, later bool) {
	size := int32(d.Size())
	const unwritten, before, after = 0, 1, 2 // copies of d: no character yet, before the mark, after it
	origin := n.State(0)
	for range 3*size - 1 {
		n.State(0)
	}
	at := func(copy, state int32) int32 { return origin + copy*size + state }
	if later {
		n.Epsilon(from, at(unwritten, 0))
	} else {
		n.Epsilon(from, at(before, 0))
	}
	lowest := m.symbols()[0]
	for s := range size {
		if n.Large() {
			return
		}
		for copy, next := range []int32{before, before, after} {
			here := at(int32(copy), s)
			for _, e := range d.Edges(s) {
				if e.Hi < 0 {
					n.Epsilon(here, at(int32(copy), e.To))
				} else {
					n.Symbols(here, e.Lo, e.Hi, at(next, e.To))
				}
			}
			n.Symbols(here, lowest, end-1, here)
			n.Symbols(here, end+1, BeginMark(0), here)
		}
		n.Symbols(at(before, s), end, end, at(after, s))
		if d.Accepts(s) {
			n.Accept(at(after, s))
		}
	}
}
