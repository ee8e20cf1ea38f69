package automaton

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

// DFA is a deterministic automaton: a language that can be compared. State 0 is its start; from every state some text of the
// language can still be reached, unless the language is empty. It is immutable.
type DFA struct {
	edges  []Edge  // those of each state in a row, sorted, not overlapping; a symbol without an edge ends nowhere
	first  []int32 // by state: the first of its edges; and behind the last state, how many there are
	accept []bool
}

// States are states of a DFA, by their numbers.
type States []bool

// out returns the edges of a state.
func (d *DFA) out(s int32) []Edge { return d.edges[d.first[s]:d.first[s+1]] }

// begin begins the edges of the next state, which add appends; after the last state it ends them.
func (d *DFA) begin() { d.first = append(d.first, int32(len(d.edges))) }

// add appends an edge, or lengthens the last one of the state where it goes on.
func (d *DFA) add(e Edge) {
	if last := len(d.edges) - 1; last >= int(d.first[len(d.first)-1]) && d.edges[last].To == e.To && d.edges[last].Hi+1 == e.Lo {
		d.edges[last].Hi = e.Hi
		return
	}
	d.edges = append(d.edges, e)
}

// Deterministic returns the language of the automaton. The error is ErrTooLarge.
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

// universalStates says for each state whether a text may end there and go on with anything and end there again.
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

// ends says whether a text may end at a state; moves are followed a few steps.
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

// subsets numbers sets of states of an NFA, which are the states of its DFA.
type subsets struct {
	n      *NFA
	d      *DFA
	all    States           // universalStates
	mark   States           // of closure
	set    []int32          // what closure returned last
	key    []byte           // the same as a text
	index  map[string]int32 // by such texts
	states []int32          // the sets, one after another
	ends   []int            // and where each ends
}

// of returns a set by its number.
func (s *subsets) of(id int) []int32 {
	if id == 0 {
		return s.states[:s.ends[0]]
	}
	return s.states[s.ends[id-1]:s.ends[id]]
}

// number returns the number of the set of some states and those that can be reached from there without a symbol.
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

// closure adds the states that can be reached without a symbol, and sorts.
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

// rangePartitioner cuts the symbols of edges into pieces on which the targets are the same.
type rangePartitioner struct {
	edges  []Edge
	active []Edge
	cuts   []rune
	to     []int32
}

// sweep goes through the pieces in order.
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

// trim drops the states from which nothing is accepted.
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

// alive returns the states from which something is accepted.
func (d *DFA) alive() States {
	type back struct{ to, next int32 }
	backs := make([]back, 1, len(d.edges)+1) // of each edge
	into := make([]int32, d.Size())          // the last edge that leads to a state, 0 for none
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

// Size returns how many states the language has.
func (d *DFA) Size() int { return len(d.accept) }

// Empty says whether the language has no text.
func (d *DFA) Empty() bool { return d.Size() == 1 && !d.accept[0] && len(d.edges) == 0 }

// Has says whether a text is in the language.
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

// Step returns where a symbol leads from a state, false if it leads nowhere.
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

// And returns what is in both languages. The error is ErrTooLarge.
func (d *DFA) And(other *DFA) (*DFA, error) { return d.product(other, false) }

// Without returns what is in d and not in other. The error is ErrTooLarge.
func (d *DFA) Without(other *DFA) (*DFA, error) { return d.product(other, true) }

// nowhere stands for the state of other behind a symbol that it has no edge for.
const nowhere = int32(-1)

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

// pairs numbers pairs of states in the order in which they come.
type pairs struct {
	list  []pair
	table []int32 // open addressing by hash: a number and 1; 0 is free
}

type pair struct{ a, b int32 }

// number returns the number of a pair, and whether it came for the first time.
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

// find returns where in the table a pair is, or would be.
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

// Step is one symbol of a text on its way through an NFA: the text's bytes that it is, and the tag of the state where it
// was written.
type Step struct {
	Text string
	Tag  int32
}

// Intersection returns a shortest text that the automaton accepts and that is in the language, and how it was written; false if there
// is none.
func (n *NFA) Intersection(d *DFA) (text string, steps []Step, ok bool) {
	var seen pairs
	type arrival struct {
		from   int32 // the number of the pair before, -1 for the first
		symbol rune  // noSymbol for a move
	}
	var arrivals []arrival // by pair
	var now, later []int32 // breadth first; moves cost nothing
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

// Intersects says whether the automaton accepts a text that is in the language, and how many pairs of states it took to tell.
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

// readableSymbol picks a symbol from a span that people can read.
func readableSymbol(lo, hi rune) rune {
	for _, r := range "ax1bA0_-." {
		if lo <= r && r <= hi {
			return r
		}
	}
	if r := max(lo, '!'); r <= min(hi, '~') {
		return r
	}
	return lo
}

// symbolText returns the bytes of a symbol.
func symbolText(r rune) string {
	if r > lastChar {
		return string([]byte{byte(r - lastChar - 1 + utf8.RuneSelf)})
	}
	return string(utf8.AppendRune(nil, r))
}

// Concat returns the texts of d, then a symbol that stands in none of them, then the texts of next.
func (d *DFA) Concat(between rune, next *DFA) *DFA {
	t := &DFA{first: make([]int32, 0, len(d.first)+len(next.first)), edges: make([]Edge, 0, len(d.edges)+d.Size()+len(next.edges))}
	offset := int32(d.Size())
	for s := range offset {
		t.begin()
		edges, over := d.out(s), !d.accept[s] // whether between is over
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

// Reach returns the states that texts with symbols within spans lead to from some states, these among them.
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

// Targets returns the states that one symbol leads to from some states.
func (d *DFA) Targets(from []int32, r rune) []int32 {
	var all []int32
	for _, s := range from {
		if to, ok := d.Step(s, r); ok && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all
}

// Accepts says whether a text may end at a state.
func (d *DFA) Accepts(s int32) bool { return d.accept[s] }

// Path returns a shortest text with symbols within spans that leads from start to one of ends.
func (d *DFA) Path(start int32, ends States, spans [][2]rune) (string, bool) {
	type node struct {
		s, from int32
		symbol  rune
	}
	seen := make(States, d.Size())
	seen[start] = true
	nodes := []node{{start, -1, noSymbol}}
	for i := 0; i < len(nodes); i++ {
		if ends[nodes[i].s] {
			var back []rune
			for k := int32(i); nodes[k].from >= 0; k = nodes[k].from {
				back = append(back, nodes[k].symbol)
			}
			text := ""
			for k := len(back) - 1; k >= 0; k-- {
				text += symbolText(back[k])
			}
			return text, true
		}
		for _, e := range d.out(nodes[i].s) {
			for _, span := range spans {
				if lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1]); lo <= hi && !seen[e.To] {
					seen[e.To] = true
					nodes = append(nodes, node{e.To, int32(i), readableSymbol(lo, hi)})
				}
			}
		}
	}
	return "", false
}

// Texts returns up to count texts of the language, short ones first, of different shapes.
func (d *DFA) Texts(count int) []string {
	type node struct {
		s    int32
		text string
	}
	var all []string
	visits := make([]int, d.Size())
	work := []node{{0, ""}}
	for i := 0; i < len(work) && len(all) < count; i++ {
		at := work[i]
		if d.accept[at.s] {
			all = append(all, at.text)
		}
		if visits[at.s]++; visits[at.s] > 40 {
			continue
		}
		for _, letters := range []bool{true, false} { // letters first: they read best
			for _, e := range d.out(at.s) {
				if r := readableSymbol(e.Lo, e.Hi); unicode.IsLower(r) == letters {
					work = append(work, node{e.To, at.text + symbolText(r)})
				}
			}
		}
	}
	return all
}

// The spans of symbols that CopyFragment, Reach and Path are asked for.
var (
	AnySymbols   = [][2]rune{{0, lastSymbol}}
	PlainSymbols = [][2]rune{{0, '/' - 1}, {'/' + 1, lastSymbol}} // without the slash
	PlainChars   = [][2]rune{{0, '/' - 1}, {'/' + 1, lastChar}}   // without the slash, valid
)
