package automaton

import (
	"encoding/binary"
	"slices"
)

// Deterministic returns the language of the automaton by subset construction. The error is [ErrTooLarge].
func (n *NFA) Deterministic() (*DFA, error) {
	if n.large {
		return nil, ErrTooLarge
	}
	d := &DFA{}
	s := subsets{n: n, d: d, all: n.universalStates(), mark: make(States, len(n.states)), index: map[string]int32{}}
	if _, err := s.number([]int32{0}); err != nil {
		return nil, err
	}
	var p rangePartitioner
	add := func(lo, hi rune, to []int32) error {
		target, err := s.number(to)
		if err == nil {
			d.add(Edge{lo, hi, target})
		}
		return err
	}
	for id := 0; id < len(s.ends); id++ {
		d.begin()
		p.edges = p.edges[:0]
		for _, state := range s.of(id) {
			for i := n.states[state].symbols.first; i != 0; i = n.links[i].next {
				p.edges = append(p.edges, n.links[i].Edge)
			}
		}
		if err := p.each(add); err != nil {
			return nil, err
		}
	}
	d.begin()
	return d.trim(), nil
}

// universalStates returns the states at which a text may end and go on with any symbols. A set of states with one of
// them needs no other.
func (n *NFA) universalStates() States {
	all := make(States, len(n.states))
	for s := range all {
		for e := range n.along(n.states[s].symbols) {
			if e == (Edge{0, lastSymbol, int32(s)}) {
				all[s] = n.ends(int32(s), 0)
			}
		}
	}
	return all
}

// ends reports whether a text may end at a state, or a few epsilons after it.
func (n *NFA) ends(s int32, depth int) bool {
	if n.states[s].accept {
		return true
	}
	for e := range n.along(n.states[s].epsilons) {
		if depth < 4 && n.ends(e.To, depth+1) {
			return true
		}
	}
	return false
}

// subsets numbers sets of states of an NFA. They are the states of its DFA.
type subsets struct {
	n      *NFA
	d      *DFA
	all    States           // universalStates
	mark   States           // of closure
	set    []int32          // the last result of closure
	key    []byte           // set as bytes
	index  map[string]int32 // numbers by key
	states []int32          // all sets, one after another
	ends   []int            // where in states each set ends
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
	set := s.closure(states)
	if i := slices.IndexFunc(set, func(state int32) bool { return s.all[state] }); i >= 0 {
		set = set[i : i+1] // the others add nothing
	}
	s.key = s.key[:0]
	for _, state := range set {
		s.key = binary.LittleEndian.AppendUint32(s.key, uint32(state))
	}
	if id, ok := s.index[string(s.key)]; ok {
		return id, nil
	}
	if len(s.ends) >= maxSubsets || len(set) > maxSubsetOf {
		return 0, ErrTooLarge
	}
	id := int32(len(s.ends))
	s.index[string(s.key)] = id
	s.states = append(s.states, set...)
	s.ends = append(s.ends, len(s.states))
	s.d.accept = append(s.d.accept, slices.ContainsFunc(set, func(state int32) bool { return s.n.states[state].accept || s.all[state] }))
	return id, nil
}

// closure returns states and all that epsilons lead to from there, sorted.
func (s *subsets) closure(states []int32) []int32 {
	all := s.set[:0]
	visit := func(state int32) {
		if !s.mark[state] {
			s.mark[state] = true
			all = append(all, state)
		}
	}
	for _, state := range states {
		visit(state)
	}
	for i := 0; i < len(all); i++ {
		for e := range s.n.along(s.n.states[all[i]].epsilons) {
			visit(e.To)
		}
	}
	for _, state := range all {
		s.mark[state] = false
	}
	slices.Sort(all)
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
func (p *rangePartitioner) each(piece func(lo, hi rune, to []int32) error) error {
	p.cuts, p.active = p.cuts[:0], p.active[:0]
	for _, e := range p.edges {
		p.cuts = append(p.cuts, e.Lo, e.Hi+1)
	}
	slices.Sort(p.cuts)
	cuts := slices.Compact(p.cuts)
	slices.SortFunc(p.edges, func(a, b Edge) int { return int(a.Lo - b.Lo) })
	next := 0
	for i := 0; i+1 < len(cuts); i++ {
		lo, hi := cuts[i], cuts[i+1]-1
		p.active = slices.DeleteFunc(p.active, func(e Edge) bool { return e.Hi < lo })
		for next < len(p.edges) && p.edges[next].Lo <= lo {
			p.active = append(p.active, p.edges[next])
			next++
		}
		if len(p.active) == 0 {
			continue
		}
		p.to = p.to[:0]
		for _, e := range p.active {
			p.to = append(p.to, e.To)
		}
		if err := piece(lo, hi, p.to); err != nil {
			return err
		}
	}
	return nil
}
