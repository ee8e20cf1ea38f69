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
	p, seen := d.budget.newDFA(), d.budget.newPairs()
	number := func(a, b int32) int32 {
		id, first := seen.number(a, b)
		if first {
			inOther := b != nowhere && other.accept[b]
			p.accept = push(p.budget, p.accept, d.accept[a] && inOther != without)
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
		if err := p.budget.Spend(2+2*len(others)+4*len(d.out(a)), 0); err != nil {
			return nil, err
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
	if err := p.budget.Err(); err != nil {
		return nil, err
	}
	return p.trim()
}

// pairs numbers pairs of states in the order in which they are first seen.
type pairs struct {
	budget *Budget
	list   []pair
	table  []int32 // open addressing: a number plus 1, or 0 for a free slot
}

type pair struct{ a, b int32 }

// newPairs returns pairs with none seen. They use the memory of the ones before.
func (b *Budget) newPairs() *pairs {
	p := &b.pairs
	p.budget, p.list, p.table = b, p.list[:0], p.table[:0]
	return p
}

// number returns the number of a pair, and whether it is new. None is new once the budget is spent.
func (p *pairs) number(a, b int32) (number int32, first bool) {
	if 2*len(p.list) >= len(p.table) && !p.grow() {
		return 0, false
	}
	at := p.find(pair{a, b})
	if *at != 0 {
		return *at - 1, false
	}
	if p.list = push(p.budget, p.list, pair{a, b}); p.budget.Spend(2, 0) != nil {
		return 0, false
	}
	*at = int32(len(p.list))
	return *at - 1, true
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

// grow doubles the table. It returns false if the budget is spent.
func (p *pairs) grow() bool {
	if p.table = resize(p.budget, p.table, max(64, 2*len(p.table))); p.budget.Spend(len(p.list), 0) != nil {
		return false
	}
	for i, ab := range p.list {
		*p.find(ab) = int32(i + 1)
	}
	return true
}

// overlapping returns the edges of a state that take a symbol from lo to hi.
func (d *DFA) overlapping(s int32, lo, hi rune) []Edge {
	edges := d.out(s)
	from, to := 0, len(edges)
	for from < to && edges[from].Hi < lo {
		from++
	}
	for from < to && edges[to-1].Lo > hi {
		to--
	}
	d.budget.steps -= 1 + len(edges)
	return edges[from:to]
}

// Step is one symbol of a text that an [NFA] accepts: its bytes, and the tag of the state after it.
type Step struct {
	Text string
	Tag  int32
}

// arrival is how a pair of states was first reached.
type arrival struct {
	from   int32 // the pair before, -1 for the first
	symbol rune  // noSymbol for an epsilon
}

// Intersection returns a shortest text that both automata accept, with its steps through n. It returns false if there
// is none. The error is [ErrTooLarge].
func (n *NFA) Intersection(d *DFA) (text string, steps []Step, ok bool, err error) {
	b := n.budget
	seen := b.newPairs()
	w := &b.intersection
	arrivals, now, later := w.arrivals[:0], w.now[:0], w.later[:0] // arrivals by pair; breadth first; epsilons cost nothing
	defer func() { w.arrivals, w.now, w.later = arrivals, now, later }()
	visit := func(list *[]int32, x, y int32, w arrival) {
		if id, first := seen.number(x, y); first {
			arrivals = push(b, arrivals, w)
			*list = push(b, *list, id)
		}
	}
	visit(&now, 0, 0, arrival{-1, noSymbol})
	for len(now) > 0 {
		for i := 0; i < len(now); i++ {
			if err := b.Spend(1, 0); err != nil {
				return "", nil, false, err
			}
			at := now[i]
			x, y := seen.list[at].a, seen.list[at].b
			if n.states[x].accept && d.accept[y] {
				var symbols []byte
				for k := at; k >= 0; k = arrivals[k].from {
					if arrivals[k].symbol != noSymbol {
						steps = append(steps, Step{symbolText(arrivals[k].symbol), n.states[seen.list[k].a].tag})
					}
				}
				slices.Reverse(steps)
				for _, s := range steps {
					symbols = append(symbols, s.Text...)
				}
				return string(symbols), steps, true, b.Spend(50*len(steps), 100*len(steps))
			}
			for e := range n.along(n.states[x].epsilons) {
				visit(&now, e.To, y, arrival{at, noSymbol})
			}
			for e := range n.along(n.states[x].symbols) {
				for _, f := range d.overlapping(y, e.Lo, e.Hi) {
					visit(&later, e.To, f.To, arrival{at, readableSymbol(max(e.Lo, f.Lo), min(e.Hi, f.Hi))})
				}
			}
		}
		now, later = later, now[:0]
	}
	return "", nil, false, b.Err()
}

// Intersects reports whether both automata accept a common text. The error is [ErrTooLarge].
func (n *NFA) Intersects(d *DFA) (bool, error) {
	seen := n.budget.newPairs()
	seen.number(0, 0)
	for i := 0; i < len(seen.list); i++ {
		a, b := seen.list[i].a, seen.list[i].b
		if err := n.budget.Spend(1, 0); err != nil {
			return false, err
		}
		if n.states[a].accept && d.accept[b] {
			return true, nil
		}
		for e := range n.along(n.states[a].epsilons) {
			seen.number(e.To, b)
		}
		for e := range n.along(n.states[a].symbols) {
			for _, f := range d.overlapping(b, e.Lo, e.Hi) {
				seen.number(e.To, f.To)
			}
		}
	}
	return false, n.budget.Err()
}
