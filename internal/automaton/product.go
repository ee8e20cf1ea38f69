package automaton

import "slices"

// And returns the texts that are in both languages. The error is [ErrTooLarge].
func (d *DFA) And(other *DFA) (*DFA, error) { return d.product(other, false) }

// Without returns the texts of d that are not in other. The error is [ErrTooLarge].
func (d *DFA) Without(other *DFA) (*DFA, error) { return d.product(other, true) }

// nowhere is the state of other after a symbol for which it has no edge.
const nowhere = int32(-1)

// product walks both automata at once. Its states are pairs of theirs.
func (d *DFA) product(other *DFA, without bool) (*DFA, error) {
	p := &DFA{}
	var seen pairs
	number := func(a, b int32) int32 {
		id, first := seen.number(a, b)
		if first {
			inOther := b != nowhere && other.accept[b]
			p.accept = append(p.accept, d.accept[a] && inOther != without)
		}
		return id
	}
	number(0, 0)
	for id := 0; id < len(seen.list); id++ {
		if len(seen.list) > maxSubsets {
			return nil, ErrTooLarge
		}
		p.begin()
		a, b := seen.list[id].a, seen.list[id].b
		var others []Edge
		if b != nowhere {
			others = other.out(b)
		}
		k := 0
		for _, e := range d.out(a) {
			lo := e.Lo
			for lo <= e.Hi {
				for k < len(others) && others[k].Hi < lo {
					k++
				}
				hi, otherTo := e.Hi, nowhere
				if k < len(others) && others[k].Lo <= lo {
					hi, otherTo = min(hi, others[k].Hi), others[k].To
				} else if k < len(others) {
					hi = min(hi, others[k].Lo-1)
				}
				if otherTo != nowhere || without {
					p.add(Edge{lo, hi, number(e.To, otherTo)})
				}
				lo = hi + 1
			}
		}
	}
	p.begin()
	return p.trim(), nil
}

// pairs numbers pairs of states in the order in which they are first seen.
type pairs struct {
	list  []pair
	table []int32 // open addressing: a number plus 1, or 0 for a free slot
}

type pair struct{ a, b int32 }

// number returns the number of a pair, and whether it is new.
func (p *pairs) number(a, b int32) (number int32, first bool) {
	if 2*len(p.list) >= len(p.table) {
		p.grow()
	}
	at := p.find(pair{a, b})
	if *at == 0 {
		p.list = append(p.list, pair{a, b})
		*at = int32(len(p.list))
		return *at - 1, true
	}
	return *at - 1, false
}

// find returns the slot of a pair, or a free one for it.
func (p *pairs) find(ab pair) *int32 {
	mask := uint32(len(p.table) - 1)
	for i := (uint32(ab.a)*0x9e3779b1 ^ uint32(ab.b)*0x85ebca6b) >> 7; ; i++ {
		at := &p.table[i&mask]
		if *at == 0 || p.list[*at-1] == ab {
			return at
		}
	}
}

func (p *pairs) grow() {
	p.table = make([]int32, max(64, 2*len(p.table)))
	for i, ab := range p.list {
		*p.find(ab) = int32(i + 1)
	}
}

// Step is one symbol of a text that an [NFA] accepts: its bytes, and the tag of the state after it.
type Step struct {
	Text string
	Tag  int32
}

// Intersection returns a shortest text that both automata accept, with its steps through n. It returns false if there
// is none.
func (n *NFA) Intersection(d *DFA) (text string, steps []Step, ok bool) {
	var seen pairs
	type arrival struct {
		from   int32 // the pair before, -1 for the first
		symbol rune  // noSymbol for an epsilon
	}
	var arrivals []arrival // by pair
	var now, later []int32 // breadth first; epsilons cost nothing
	visit := func(list *[]int32, a, b int32, w arrival) {
		if id, first := seen.number(a, b); first {
			arrivals = append(arrivals, w)
			*list = append(*list, id)
		}
	}
	visit(&now, 0, 0, arrival{-1, noSymbol})
	for len(now) > 0 {
		for i := 0; i < len(now); i++ {
			at := now[i]
			a, b := seen.list[at].a, seen.list[at].b
			if n.states[a].accept && d.accept[b] {
				for k := at; k >= 0; k = arrivals[k].from {
					if arrivals[k].symbol != noSymbol {
						steps = append(steps, Step{symbolText(arrivals[k].symbol), n.states[seen.list[k].a].tag})
					}
				}
				slices.Reverse(steps)
				for _, s := range steps {
					text += s.Text
				}
				return text, steps, true
			}
			for e := range n.along(n.states[a].epsilons) {
				visit(&now, e.To, b, arrival{at, noSymbol})
			}
			for e := range n.along(n.states[a].symbols) {
				for _, f := range d.out(b) {
					if lo, hi := max(e.Lo, f.Lo), min(e.Hi, f.Hi); lo <= hi {
						visit(&later, e.To, f.To, arrival{at, readableSymbol(lo, hi)})
					}
				}
			}
		}
		now, later = later, now[:0]
	}
	return "", nil, false
}

// Intersects reports whether both automata accept a common text, and how many pairs of states it visited.
func (n *NFA) Intersects(d *DFA) (meets bool, work int) {
	var seen pairs
	seen.number(0, 0)
	for i := 0; i < len(seen.list); i++ {
		a, b := seen.list[i].a, seen.list[i].b
		if n.states[a].accept && d.accept[b] {
			return true, len(seen.list)
		}
		for e := range n.along(n.states[a].epsilons) {
			seen.number(e.To, b)
		}
		for e := range n.along(n.states[a].symbols) {
			for _, f := range d.out(b) {
				if max(e.Lo, f.Lo) <= min(e.Hi, f.Hi) {
					seen.number(e.To, f.To)
				}
			}
		}
	}
	return false, len(seen.list)
}
