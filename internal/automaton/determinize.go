package automaton

import "slices"

// Deterministic returns the language of the automaton by subset construction. The error is [ErrTooLarge].
func (n *NFA) Deterministic() (*DFA, error) {
	if n.large {
		return nil, ErrTooLarge
	}
	b := n.budget
	s, d := &b.subsets, b.newDFA()
	if !s.begin(n, d) {
		return nil, ErrTooLarge
	}
	if _, err := s.number([]int32{0}); err != nil {
		return nil, err
	}
	add := func(lo, hi rune, to []int32) error {
		target, err := s.number(to)
		if err == nil {
			d.add(Edge{lo, hi, target})
		}
		return err
	}
	for id := 0; id < len(s.ends); id++ {
		d.begin()
		s.partition.edges = s.partition.edges[:0]
		for _, state := range s.of(id) {
			for i := n.states[state].symbols.first; i != 0; i = n.links[i].next {
				s.partition.edges = push(b, s.partition.edges, n.links[i].Edge)
			}
		}
		if err := s.partition.each(b, add); err != nil {
			return nil, err
		}
	}
	d.begin()
	return d.trim()
}

// universalStates marks the states at which a text may end and go on with any symbols. A set of states with one of
// them needs no other.
func (n *NFA) universalStates(all States) {
	for s := range all {
		for e := range n.along(n.states[s].symbols) {
			if e == (Edge{0, lastSymbol, int32(s)}) {
				all[s] = n.ends(int32(s), 0)
			}
		}
	}
}

// ends reports whether a text may end at a state, or a few epsilons after it. It reports false once the budget is spent.
func (n *NFA) ends(s int32, depth int) bool {
	if n.states[s].accept {
		return true
	}
	for e := range n.along(n.states[s].epsilons) {
		if depth < 4 && n.budget.Spend(1, 0) == nil && n.ends(e.To, depth+1) {
			return true
		}
	}
	return false
}

// subsets numbers sets of states of an NFA. They are the states of its DFA.
type subsets struct {
	n         *NFA
	d         *DFA
	partition rangePartitioner
	all       States  // universalStates
	mark      States  // of closure
	set       []int32 // the last result of closure
	table     []int32 // open addressing: a number plus 1, or 0 for a free slot
	states    []int32 // all sets, one after another
	ends      []int   // where in states each set ends
}

// begin starts with no sets. It returns false if the budget is spent.
func (s *subsets) begin(n *NFA, d *DFA) bool {
	b := n.budget
	s.n, s.d = n, d
	s.states, s.ends = s.states[:0], s.ends[:0]
	s.all, s.mark = resize(b, s.all, len(n.states)), resize(b, s.mark, len(n.states))
	s.table = resize(b, s.table, 64)
	if b.Spend(len(n.states)+len(n.links), 0) != nil {
		return false
	}
	n.universalStates(s.all)
	return b.Err() == nil
}

// of returns a set by its number.
func (s *subsets) of(id int) []int32 {
	if id == 0 {
		return s.states[:s.ends[0]]
	}
	return s.states[s.ends[id-1]:s.ends[id]]
}

// number returns the number of the closure of states.
func (s *subsets) number(states []int32) (int32, error) {
	b := s.n.budget
	set := s.closure(states)
	if err := b.Err(); err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(set, func(state int32) bool { return s.all[state] }); i >= 0 {
		set = set[i : i+1] // the others add nothing
	}
	at := s.find(set)
	if *at != 0 {
		return *at - 1, nil
	}
	if len(s.ends) >= maxSubsets || len(set) > maxSubsetOf {
		return 0, ErrTooLarge
	}
	id := int32(len(s.ends))
	*at = id + 1
	accept := false
	for _, state := range set {
		s.states = push(b, s.states, state)
		accept = accept || s.n.states[state].accept || s.all[state]
	}
	s.ends = push(b, s.ends, len(s.states))
	s.d.accept = push(b, s.d.accept, accept)
	if 2*len(s.ends) > len(s.table) {
		s.table = resize(b, s.table, 2*len(s.table))
		for id := range s.ends {
			if b.Err() != nil {
				break
			}
			*s.find(s.of(id)) = int32(id + 1)
		}
	}
	return id, b.Err()
}

// find returns the slot of a set, or a free one for it.
func (s *subsets) find(set []int32) *int32 {
	s.n.budget.steps -= len(set)
	hash := uint32(2166136261)
	for _, state := range set {
		hash = (hash ^ uint32(state)) * 16777619
	}
	mask := uint32(len(s.table) - 1)
	for i := hash ^ hash>>15; ; i++ {
		at := &s.table[i&mask]
		if *at == 0 || slices.Equal(s.of(int(*at-1)), set) {
			return at
		}
	}
}

// closure returns states and all that epsilons lead to from there, sorted.
func (s *subsets) closure(states []int32) []int32 {
	b := s.n.budget
	all := s.set[:0]
	steps := len(states)
	visit := func(state int32) {
		if !s.mark[state] {
			s.mark[state] = true
			all = push(b, all, state)
		}
	}
	for _, state := range states {
		visit(state)
	}
	for i := 0; i < len(all); i++ {
		for e := range s.n.along(s.n.states[all[i]].epsilons) {
			steps++
			visit(e.To)
		}
	}
	for _, state := range all {
		s.mark[state] = false
	}
	slices.Sort(all)
	b.steps -= steps + 4*len(all) // of them 3 for sorting
	s.set = all
	return all
}

// rangePartitioner cuts the symbols of edges into ranges. All symbols of a range lead to the same states.
type rangePartitioner struct {
	edges  []Edge
	active []Edge
	cuts   []rune
	to     []int32
}

// each calls piece for the ranges in order.
func (p *rangePartitioner) each(b *Budget, piece func(lo, hi rune, to []int32) error) error {
	p.cuts, p.active = p.cuts[:0], p.active[:0]
	for _, e := range p.edges {
		p.cuts = push(b, push(b, p.cuts, e.Lo), e.Hi+1)
	}
	if err := b.Spend(20*len(p.edges), 0); err != nil { // mostly for sorting
		return err
	}
	slices.Sort(p.cuts)
	cuts := slices.Compact(p.cuts)
	slices.SortFunc(p.edges, func(a, b Edge) int { return int(a.Lo - b.Lo) })
	next := 0
	for i := 0; i+1 < len(cuts); i++ {
		lo, hi := cuts[i], cuts[i+1]-1
		p.active = slices.DeleteFunc(p.active, func(e Edge) bool { return e.Hi < lo })
		for next < len(p.edges) && p.edges[next].Lo <= lo {
			p.active = push(b, p.active, p.edges[next])
			next++
		}
		p.to = p.to[:0]
		for _, e := range p.active {
			p.to = push(b, p.to, e.To)
		}
		if err := b.Spend(1+len(p.active), 0); err != nil {
			return err
		}
		if len(p.active) == 0 {
			continue
		}
		if err := piece(lo, hi, p.to); err != nil {
			return err
		}
	}
	return nil
}
