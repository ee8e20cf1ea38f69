package automaton

import "slices"

// DFA is a deterministic automaton: a language that can be compared. It is immutable. State 0 is its start. Unless the
// language is empty, every state leads to an end of some text.
type DFA struct {
	budget *Budget
	edges  []Edge  // state by state, sorted, not overlapping
	first  []int32 // by state: the first of its edges; at the end, their number
	accept []bool
}

// Free lets the next automaton use the memory of d, which is of no use afterwards.
func (d *DFA) Free() {
	d.budget.freeDFA = append(d.budget.freeDFA, *d)
	*d = DFA{budget: d.budget}
}

// States is a set of states of an automaton, by their numbers.
type States []bool

// out returns the edges that leave a state.
func (d *DFA) out(s int32) []Edge { return d.edges[d.first[s]:d.first[s+1]] }

// Edges returns the edges that leave a state, sorted. Do not change them.
func (d *DFA) Edges(s int32) []Edge { return d.out(s) }

// newDFA returns the automaton under construction, which trim ends.
func (b *Budget) newDFA() *DFA {
	d := &b.dfa
	d.budget, d.edges, d.first, d.accept = b, d.edges[:0], d.first[:0], d.accept[:0]
	return d
}

// begin starts the edges of the next state, which add appends. After the last state it ends them.
func (d *DFA) begin() { d.first = push(d.budget, d.first, int32(len(d.edges))) }

// add appends an edge. It extends the last edge of the state instead if that leads to the same target.
func (d *DFA) add(e Edge) {
	if last := len(d.edges) - 1; last >= int(d.first[len(d.first)-1]) && d.edges[last].To == e.To && d.edges[last].Hi+1 == e.Lo {
		d.edges[last].Hi = e.Hi
		return
	}
	d.edges = push(d.budget, d.edges, e)
}

// trim returns the automaton under construction, without the states that lead to no end. The error is [ErrTooLarge].
func (d *DFA) trim() (*DFA, error) {
	b := d.budget
	number, states, edges := d.alive()
	if err := b.Err(); err != nil {
		return nil, err
	}
	t := &DFA{budget: b}
	if number[0] < 0 {
		states, edges = 1, 0
	}
	if last := len(b.freeDFA) - 1; last >= 0 {
		*t = b.freeDFA[last]
		b.freeDFA = b.freeDFA[:last]
	}
	t.first, t.edges, t.accept = resize(b, t.first, states+1)[:0], resize(b, t.edges, edges)[:0], resize(b, t.accept, states)[:0]
	if err := b.Spend(0, 128); err != nil {
		return nil, err
	}
	if number[0] < 0 {
		t.first, t.accept = append(t.first, 0, 0), append(t.accept, false)
		return t, nil
	}
	for s := range d.accept {
		if number[s] < 0 {
			continue
		}
		t.accept = append(t.accept, d.accept[s])
		t.begin()
		for _, e := range d.out(int32(s)) { // within the capacity, which is paid for
			if to := number[e.To]; to >= 0 {
				t.add(Edge{e.Lo, e.Hi, to})
			}
		}
	}
	t.begin()
	return t, nil
}

// liveness is the memory of alive.
type liveness struct {
	backs              []back  // by edge
	into, number, work []int32 // by state: its last incoming edge, 0 for none; its number; a stack
}

// back is an edge backwards, and the one before it into the same state.
type back struct{ to, next int32 }

// alive numbers the states that lead to an end; the others get -1. It counts these states and the edges among them.
func (d *DFA) alive() (number []int32, states, edges int) {
	b, l := d.budget, &d.budget.liveness
	l.backs = resize(b, l.backs, len(d.edges)+1)[:0]
	l.into, l.number, l.work = resize(b, l.into, d.Size()), resize(b, l.number, d.Size()), resize(b, l.work, d.Size())[:0]
	if b.Spend(4*len(d.edges)+3*d.Size(), 0) != nil {
		return nil, 0, 0
	}
	into, number, backs, work := l.into, l.number, append(l.backs, back{}), l.work
	for s := range d.accept {
		for _, e := range d.out(int32(s)) {
			backs = append(backs, back{int32(s), into[e.To]})
			into[e.To] = int32(len(backs) - 1)
		}
	}
	for s, ok := range d.accept {
		number[s] = -1
		if ok {
			number[s] = 0
			work = append(work, int32(s))
		}
	}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		for i := into[s]; i != 0; i = backs[i].next {
			edges++
			if to := backs[i].to; number[to] < 0 {
				number[to] = 0
				work = append(work, to)
			}
		}
	}
	for s := range number {
		if number[s] == 0 {
			number[s] = int32(states)
			states++
		}
	}
	return number, states, edges
}

// Budget returns the budget that the automaton spends.
func (d *DFA) Budget() *Budget { return d.budget }

// Size returns the number of states.
func (d *DFA) Size() int { return len(d.accept) }

// Empty reports whether the language has no text.
func (d *DFA) Empty() bool { return d.Size() == 1 && !d.accept[0] && len(d.edges) == 0 }

// Has reports whether text is in the language.
func (d *DFA) Has(text string) bool {
	s := int32(0)
	for i := 0; i < len(text); {
		r, size := symbol(text[i:])
		to, ok := d.Step(s, r)
		if !ok {
			return false
		}
		s = to
		i += size
	}
	return d.accept[s]
}

// Step returns the state that a symbol leads to. It returns false if there is none.
func (d *DFA) Step(s int32, r rune) (int32, bool) {
	edges := d.out(s)
	i, ok := slices.BinarySearchFunc(edges, r, func(e Edge, r rune) int {
		switch {
		case e.Hi < r:
			return -1
		case e.Lo > r:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, false
	}
	return edges[i].To, true
}

// Concat returns each text of d followed by the symbol between and a text of next. No text of d may hold that symbol. The
// error is [ErrTooLarge].
func (d *DFA) Concat(between rune, next *DFA) (*DFA, error) {
	if err := d.budget.Spend(len(d.edges)+len(next.edges), 0); err != nil {
		return nil, err
	}
	t := d.budget.newDFA()
	offset := int32(d.Size())
	for s := range offset {
		t.begin()
		edges, over := d.out(s), !d.accept[s] // whether between has been added, or is not needed
		for _, e := range edges {
			if !over && e.Lo > between {
				t.add(Edge{between, between, offset})
				over = true
			}
			t.add(e)
		}
		if !over {
			t.add(Edge{between, between, offset})
		}
		t.accept = push(t.budget, t.accept, false)
	}
	for s := range int32(next.Size()) {
		t.begin()
		for _, e := range next.out(s) {
			t.add(Edge{e.Lo, e.Hi, e.To + offset})
		}
		t.accept = push(t.budget, t.accept, next.accept[s])
	}
	t.begin()
	if err := d.budget.Err(); err != nil {
		return nil, err
	}
	return t.trim()
}

// Interspersed returns the texts of d with symbols from lo to hi at any places. No text of d may hold one, and they sort
// before all that texts hold. The error is [ErrTooLarge].
func (d *DFA) Interspersed(lo, hi rune) (*DFA, error) {
	if err := d.budget.Spend(len(d.edges)+d.Size(), 0); err != nil {
		return nil, err
	}
	t := d.budget.newDFA()
	for s := range int32(d.Size()) {
		t.begin()
		t.add(Edge{lo, hi, s})
		for _, e := range d.out(s) {
			t.add(e)
		}
		t.accept = push(t.budget, t.accept, d.accept[s])
	}
	t.begin()
	if err := d.budget.Err(); err != nil {
		return nil, err
	}
	return t.trim()
}

// Reach returns the states that can be reached by symbols within spans, from included. It returns fewer once the budget
// is spent, like the other methods that return no error. The result is valid until the next call.
func (d *DFA) Reach(from []int32, spans [][2]rune) []int32 {
	r := &d.budget.reached
	r.seen = resize(d.budget, r.seen, d.Size())
	if d.budget.Spend(d.Size()/8, 0) != nil {
		return nil
	}
	seen, all := r.seen, r.all[:0]
	visit := func(s int32) {
		if !seen[s] {
			seen[s] = true
			all = push(d.budget, all, s)
		}
	}
	for _, s := range from {
		visit(s)
	}
	for i := 0; i < len(all); i++ {
		edges := d.out(all[i])
		if d.budget.Spend(1+2*len(edges), 0) != nil {
			break
		}
		for _, e := range edges {
			if slices.ContainsFunc(spans, func(span [2]rune) bool { return max(e.Lo, span[0]) <= min(e.Hi, span[1]) }) {
				visit(e.To)
			}
		}
	}
	r.all = all
	return all
}

// Targets returns the states that one symbol leads to, sorted.
func (d *DFA) Targets(from []int32, r rune) []int32 {
	var all []int32
	for _, s := range from {
		if to, ok := d.Step(s, r); ok {
			all = push(d.budget, all, to)
		}
	}
	d.budget.steps -= 20 * len(from)
	slices.Sort(all)
	return slices.Compact(all)
}

// Ends returns the states at which a text may end. Do not change it.
func (d *DFA) Ends() States { return d.accept }

// Accepts reports whether a text may end at a state.
func (d *DFA) Accepts(s int32) bool { return d.accept[s] }

// Spans of symbols, for CopyFragment, Reach and Path.
var (
	AnySymbols   = [][2]rune{{0, lastSymbol}}
	PlainSymbols = [][2]rune{{0, '/' - 1}, {'/' + 1, lastSymbol}} // without the slash
	PlainChars   = [][2]rune{{0, '/' - 1}, {'/' + 1, lastChar}}   // without the slash, valid
)
