package automaton

import "slices"

// DFA is a deterministic automaton: a language that can be compared. It is immutable. State 0 is its start. Unless the
// language is empty, every state leads to an end of some text.
type DFA struct {
	edges  []Edge  // state by state, sorted, not overlapping
	first  []int32 // by state: the first of its edges; at the end, their number
	accept []bool
}

// States is a set of states of an automaton, by their numbers.
type States []bool

// out returns the edges that leave a state.
func (d *DFA) out(s int32) []Edge { return d.edges[d.first[s]:d.first[s+1]] }

// begin starts the edges of the next state, which add appends. After the last state it ends them.
func (d *DFA) begin() { d.first = append(d.first, int32(len(d.edges))) }

// add appends an edge. It extends the last edge of the state instead if that leads to the same target.
func (d *DFA) add(e Edge) {
	if last := len(d.edges) - 1; last >= int(d.first[len(d.first)-1]) && d.edges[last].To == e.To && d.edges[last].Hi+1 == e.Lo {
		d.edges[last].Hi = e.Hi
		return
	}
	d.edges = append(d.edges, e)
}

// trim removes the states that lead to no end.
func (d *DFA) trim() *DFA {
	alive := d.alive()
	if !slices.Contains(alive, false) {
		return d
	}
	if !alive[0] {
		return &DFA{first: []int32{0, 0}, accept: []bool{false}}
	}
	number := make([]int32, d.Size())
	t := &DFA{first: make([]int32, 0, len(d.first)), edges: make([]Edge, 0, len(d.edges)), accept: make([]bool, 0, d.Size())}
	for s, ok := range alive {
		if ok {
			number[s] = int32(len(t.accept))
			t.accept = append(t.accept, d.accept[s])
		}
	}
	for s, ok := range alive {
		if !ok {
			continue
		}
		t.begin()
		for _, e := range d.out(int32(s)) {
			if alive[e.To] {
				t.add(Edge{e.Lo, e.Hi, number[e.To]})
			}
		}
	}
	t.begin()
	return t
}

// alive returns the states that lead to an end.
func (d *DFA) alive() States {
	type back struct{ to, next int32 }
	backs := make([]back, 1, len(d.edges)+1) // by edge
	into := make([]int32, d.Size())          // by state: its last incoming edge, 0 for none
	for s := range d.accept {
		for _, e := range d.out(int32(s)) {
			backs = append(backs, back{int32(s), into[e.To]})
			into[e.To] = int32(len(backs) - 1)
		}
	}
	alive := make(States, d.Size())
	var work []int32
	for s, ok := range d.accept {
		if ok {
			alive[s] = true
			work = append(work, int32(s))
		}
	}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		for i := into[s]; i != 0; i = backs[i].next {
			if to := backs[i].to; !alive[to] {
				alive[to] = true
				work = append(work, to)
			}
		}
	}
	return alive
}

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

// Concat returns each text of d followed by the symbol between and a text of next. No text of d may hold that symbol.
func (d *DFA) Concat(between rune, next *DFA) *DFA {
	t := &DFA{first: make([]int32, 0, len(d.first)+len(next.first)), edges: make([]Edge, 0, len(d.edges)+d.Size()+len(next.edges))}
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
	}
	for s := range int32(next.Size()) {
		t.begin()
		for _, e := range next.out(s) {
			t.add(Edge{e.Lo, e.Hi, e.To + offset})
		}
	}
	t.begin()
	t.accept = append(make([]bool, offset), next.accept...)
	return t.trim()
}

// Reach returns the states that can be reached by symbols within spans, from included.
func (d *DFA) Reach(from []int32, spans [][2]rune) []int32 {
	seen := make(States, d.Size())
	var all []int32
	visit := func(s int32) {
		if !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	for _, s := range from {
		visit(s)
	}
	for i := 0; i < len(all); i++ {
		for _, e := range d.out(all[i]) {
			if slices.ContainsFunc(spans, func(span [2]rune) bool { return max(e.Lo, span[0]) <= min(e.Hi, span[1]) }) {
				visit(e.To)
			}
		}
	}
	return all
}

// Targets returns the states that one symbol leads to.
func (d *DFA) Targets(from []int32, r rune) []int32 {
	var all []int32
	for _, s := range from {
		if to, ok := d.Step(s, r); ok && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all
}

// Accepts reports whether a text may end at a state.
func (d *DFA) Accepts(s int32) bool { return d.accept[s] }

// Spans of symbols, for CopyFragment, Reach and Path.
var (
	AnySymbols   = [][2]rune{{0, lastSymbol}}
	PlainSymbols = [][2]rune{{0, '/' - 1}, {'/' + 1, lastSymbol}} // without the slash
	PlainChars   = [][2]rune{{0, '/' - 1}, {'/' + 1, lastChar}}   // without the slash, valid
)
