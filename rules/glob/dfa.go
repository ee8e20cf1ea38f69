package glob

import (
	"encoding/binary"
	"slices"
	"unicode"
	"unicode/utf8"
)

// DFA is a deterministic automaton: a language that can be compared. State 0 is its start; from every state some text of the
// language can still be reached, unless the language is empty. It is immutable.
type DFA struct {
	edges  [][]Edge // sorted, not overlapping; a symbol without an edge ends nowhere
	accept []bool
}

// Deterministic returns the language of the automaton. The error is ErrTooLarge.
func (n *NFA) Deterministic() (*DFA, error) {
	if n.large {
		return nil, ErrTooLarge
	}
	d := &DFA{}
	index := map[string]int32{}
	var subsets [][]int32
	mark := make([]bool, len(n.edges))
	all := n.takesAll()
	number := func(states []int32) (int32, error) {
		states = n.closure(states, mark)
		if i := slices.IndexFunc(states, func(s int32) bool { return all[s] }); i >= 0 {
			states = states[i : i+1] // the others add nothing
		}
		key := pack(states)
		if id, ok := index[key]; ok {
			return id, nil
		}
		if len(subsets) >= maxSubsets || len(states) > maxSubsetOf {
			return 0, ErrTooLarge
		}
		id := int32(len(subsets))
		index[key] = id
		subsets = append(subsets, states)
		d.edges = append(d.edges, nil)
		d.accept = append(d.accept, slices.ContainsFunc(states, func(s int32) bool { return n.accept[s] || all[s] }))
		return id, nil
	}
	if _, err := number([]int32{0}); err != nil {
		return nil, err
	}
	for id := 0; id < len(subsets); id++ {
		var edges []Edge
		for _, s := range subsets[id] {
			edges = append(edges, n.edges[s]...)
		}
		err := sweep(edges, func(lo, hi rune, to []int32) error {
			target, err := number(to)
			if err == nil {
				d.edges[id] = join(d.edges[id], Edge{lo, hi, target})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return d.trim(), nil
}

// takesAll says for each state whether a text may end there and go on with anything and end there again.
func (n *NFA) takesAll() []bool {
	all := make([]bool, len(n.edges))
	for s := range all {
		all[s] = slices.Contains(n.edges[s], Edge{0, lastSymbol, int32(s)}) && n.ends(int32(s), 0)
	}
	return all
}

// ends says whether a text may end at a state; moves are followed a few steps.
func (n *NFA) ends(s int32, depth int) bool {
	return n.accept[s] || depth < 4 && slices.ContainsFunc(n.empty[s], func(to int32) bool { return n.ends(to, depth+1) })
}

// closure adds the states that can be reached without a symbol, and sorts.
func (n *NFA) closure(states []int32, mark []bool) []int32 {
	all := make([]int32, 0, len(states)*2)
	for _, s := range states {
		if !mark[s] {
			mark[s] = true
			all = append(all, s)
		}
	}
	for i := 0; i < len(all); i++ {
		for _, to := range n.empty[all[i]] {
			if !mark[to] {
				mark[to] = true
				all = append(all, to)
			}
		}
	}
	for _, s := range all {
		mark[s] = false
	}
	slices.Sort(all)
	return all
}

func pack(states []int32) string {
	b := make([]byte, 0, 4*len(states))
	for _, s := range states {
		b = binary.LittleEndian.AppendUint32(b, uint32(s))
	}
	return string(b)
}

// sweep cuts the symbols of edges into pieces on which the targets are the same, in order.
func sweep(edges []Edge, piece func(lo, hi rune, to []int32) error) error {
	if len(edges) == 0 {
		return nil
	}
	cuts := make([]rune, 0, 2*len(edges))
	for _, e := range edges {
		cuts = append(cuts, e.Lo, e.Hi+1)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	slices.SortFunc(edges, func(a, b Edge) int { return int(a.Lo - b.Lo) })
	var active []Edge
	next := 0
	to := make([]int32, 0, len(edges))
	for i := 0; i+1 < len(cuts); i++ {
		lo, hi := cuts[i], cuts[i+1]-1
		active = slices.DeleteFunc(active, func(e Edge) bool { return e.Hi < lo })
		for next < len(edges) && edges[next].Lo <= lo {
			active = append(active, edges[next])
			next++
		}
		if len(active) == 0 {
			continue
		}
		to = to[:0]
		for _, e := range active {
			to = append(to, e.To)
		}
		if err := piece(lo, hi, to); err != nil {
			return err
		}
	}
	return nil
}

// join appends an edge, or lengthens the last one where it goes on.
func join(edges []Edge, e Edge) []Edge {
	if last := len(edges) - 1; last >= 0 && edges[last].To == e.To && edges[last].Hi+1 == e.Lo {
		edges[last].Hi = e.Hi
		return edges
	}
	return append(edges, e)
}

// trim drops the states from which nothing is accepted.
func (d *DFA) trim() *DFA {
	into := make([][]int32, len(d.edges))
	for s, edges := range d.edges {
		for _, e := range edges {
			into[e.To] = append(into[e.To], int32(s))
		}
	}
	alive := make([]bool, len(d.edges))
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
		for _, from := range into[s] {
			if !alive[from] {
				alive[from] = true
				work = append(work, from)
			}
		}
	}
	if !alive[0] {
		return &DFA{edges: make([][]Edge, 1), accept: make([]bool, 1)}
	}
	number := make([]int32, len(d.edges))
	t := &DFA{}
	for s := range d.edges {
		if alive[s] {
			number[s] = int32(len(t.accept))
			t.accept = append(t.accept, d.accept[s])
		}
	}
	for s, edges := range d.edges {
		if !alive[s] {
			continue
		}
		var kept []Edge
		for _, e := range edges {
			if alive[e.To] {
				kept = join(kept, Edge{e.Lo, e.Hi, number[e.To]})
			}
		}
		t.edges = append(t.edges, kept)
	}
	return t
}

// Size returns how many states the language has.
func (d *DFA) Size() int { return len(d.edges) }

// Empty says whether the language has no text.
func (d *DFA) Empty() bool { return len(d.edges) == 1 && !d.accept[0] && len(d.edges[0]) == 0 }

// Has says whether a text is in the language.
func (d *DFA) Has(text string) bool {
	s := int32(0)
	for i := 0; i < len(text); {
		r, size := symbol(text[i:])
		to, ok := d.step(s, r)
		if !ok {
			return false
		}
		s = to
		i += size
	}
	return d.accept[s]
}

// step returns where a symbol leads.
func (d *DFA) step(s int32, r rune) (int32, bool) {
	edges := d.edges[s]
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
	index := map[[2]int32]int32{}
	var pairs [][2]int32
	number := func(a, b int32) (int32, error) {
		key := [2]int32{a, b}
		if id, ok := index[key]; ok {
			return id, nil
		}
		if len(pairs) >= maxSubsets {
			return 0, ErrTooLarge
		}
		id := int32(len(pairs))
		index[key] = id
		pairs = append(pairs, key)
		p.edges = append(p.edges, nil)
		inOther := b != nowhere && other.accept[b]
		p.accept = append(p.accept, d.accept[a] && inOther != without)
		return id, nil
	}
	if _, err := number(0, 0); err != nil {
		return nil, err
	}
	for id := 0; id < len(pairs); id++ {
		a, b := pairs[id][0], pairs[id][1]
		var others []Edge
		if b != nowhere {
			others = other.edges[b]
		}
		add := func(lo, hi rune, to, otherTo int32) error {
			target, err := number(to, otherTo)
			if err == nil {
				p.edges[id] = join(p.edges[id], Edge{lo, hi, target})
			}
			return err
		}
		k := 0
		for _, e := range d.edges[a] {
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
					if err := add(lo, hi, e.To, otherTo); err != nil {
						return nil, err
					}
				}
				lo = hi + 1
			}
		}
	}
	return p.trim(), nil
}

// Shortest returns a shortest text of the language, and false where it has none.
func (d *DFA) Shortest() (string, bool) {
	n := d.nfa()
	text, _, ok := n.Meet(d)
	return text, ok
}

// nfa returns the automaton as an NFA.
func (d *DFA) nfa() *NFA {
	return &NFA{edges: d.edges, empty: make([][]int32, len(d.edges)), accept: d.accept, tags: make([]int32, len(d.edges))}
}

// Step is one symbol of a text on its way through an NFA: the text's bytes that it is, and the tag of the state where it
// was written.
type Step struct {
	Text string
	Tag  int32
}

// Meet returns a shortest text that the automaton accepts and that is in the language, and how it was written; false if there
// is none.
func (n *NFA) Meet(d *DFA) (text string, steps []Step, ok bool) {
	type node struct {
		n, d   int32
		from   int32 // index of the node before, -1 for the first
		symbol rune  // noSymbol for a move
	}
	type pair struct{ n, d int32 }
	seen := map[pair]bool{}
	var nodes []node
	var now, later []int32 // breadth first; moves cost nothing
	visit := func(list *[]int32, nd node) {
		if !seen[pair{nd.n, nd.d}] {
			seen[pair{nd.n, nd.d}] = true
			nodes = append(nodes, nd)
			*list = append(*list, int32(len(nodes)-1))
		}
	}
	visit(&now, node{0, 0, -1, noSymbol})
	for len(now) > 0 {
		for i := 0; i < len(now); i++ {
			at := now[i]
			nd := nodes[at]
			if n.accept[nd.n] && d.accept[nd.d] {
				for k := at; k >= 0; k = nodes[k].from {
					if nodes[k].symbol != noSymbol {
						steps = append(steps, Step{write(nodes[k].symbol), n.tags[nodes[k].n]})
					}
				}
				slices.Reverse(steps)
				for _, s := range steps {
					text += s.Text
				}
				return text, steps, true
			}
			for _, to := range n.empty[nd.n] {
				visit(&now, node{to, nd.d, at, noSymbol})
			}
			for _, e := range n.edges[nd.n] {
				for _, f := range d.edges[nd.d] {
					if lo, hi := max(e.Lo, f.Lo), min(e.Hi, f.Hi); lo <= hi {
						visit(&later, node{e.To, f.To, at, nice(lo, hi)})
					}
				}
			}
		}
		now, later = later, now[:0]
	}
	return "", nil, false
}

// Meets says whether two automata accept a text in common.
func (n *NFA) Meets(other *NFA) bool {
	type pair struct{ a, b int32 }
	seen := map[pair]bool{{0, 0}: true}
	work := []pair{{0, 0}}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if n.accept[at.a] && other.accept[at.b] {
			return true
		}
		visit := func(p pair) {
			if !seen[p] {
				seen[p] = true
				work = append(work, p)
			}
		}
		for _, to := range n.empty[at.a] {
			visit(pair{to, at.b})
		}
		for _, to := range other.empty[at.b] {
			visit(pair{at.a, to})
		}
		for _, e := range n.edges[at.a] {
			for _, f := range other.edges[at.b] {
				if max(e.Lo, f.Lo) <= min(e.Hi, f.Hi) {
					visit(pair{e.To, f.To})
				}
			}
		}
	}
	return false
}

// nice picks a symbol from a span that people can read.
func nice(lo, hi rune) rune {
	for _, r := range "ax1bA0_-." {
		if lo <= r && r <= hi {
			return r
		}
	}
	for r := max(lo, '!'); r <= min(hi, '~'); r++ {
		return r
	}
	return lo
}

// write returns the bytes of a symbol.
func write(r rune) string {
	if r > lastChar {
		return string([]byte{byte(r - lastChar - 1 + utf8.RuneSelf)})
	}
	return string(utf8.AppendRune(nil, r))
}

// Then returns the texts of d, then a symbol that stands in none of them, then the texts of next.
func (d *DFA) Then(between rune, next *DFA) *DFA {
	t := &DFA{}
	offset := int32(len(d.edges))
	for s, edges := range d.edges {
		edges = slices.Clone(edges)
		if d.accept[s] {
			edges = append(edges, Edge{between, between, offset})
			slices.SortFunc(edges, func(a, b Edge) int { return int(a.Lo - b.Lo) })
		}
		t.edges = append(t.edges, edges)
		t.accept = append(t.accept, false)
	}
	for s, edges := range next.edges {
		edges = slices.Clone(edges)
		for i := range edges {
			edges[i].To += offset
		}
		t.edges = append(t.edges, edges)
		t.accept = append(t.accept, next.accept[s])
	}
	return t.trim()
}

// Reach returns the states that texts with symbols within spans lead to from some states, these among them.
func (d *DFA) Reach(from []int32, spans [][2]rune) []int32 {
	seen := make([]bool, len(d.edges))
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
		for _, e := range d.edges[all[i]] {
			if slices.ContainsFunc(spans, func(span [2]rune) bool { return max(e.Lo, span[0]) <= min(e.Hi, span[1]) }) {
				visit(e.To)
			}
		}
	}
	return all
}

// Behind returns the states that one symbol leads to from some states.
func (d *DFA) Behind(from []int32, r rune) []int32 {
	var all []int32
	for _, s := range from {
		if to, ok := d.step(s, r); ok && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	return all
}

// Accepts says whether a text may end at a state.
func (d *DFA) Accepts(s int32) bool { return d.accept[s] }

// Path returns a shortest text with symbols within spans that leads from start to one of ends.
func (d *DFA) Path(start int32, ends map[int32]bool, spans [][2]rune) (string, bool) {
	type node struct {
		s, from int32
		symbol  rune
	}
	seen := map[int32]bool{start: true}
	nodes := []node{{start, -1, noSymbol}}
	for i := 0; i < len(nodes); i++ {
		if ends[nodes[i].s] {
			var back []rune
			for k := int32(i); nodes[k].from >= 0; k = nodes[k].from {
				back = append(back, nodes[k].symbol)
			}
			text := ""
			for k := len(back) - 1; k >= 0; k-- {
				text += write(back[k])
			}
			return text, true
		}
		for _, e := range d.edges[nodes[i].s] {
			for _, span := range spans {
				if lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1]); lo <= hi && !seen[e.To] {
					seen[e.To] = true
					nodes = append(nodes, node{e.To, int32(i), nice(lo, hi)})
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
	visits := make([]int, len(d.edges))
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
			for _, e := range d.edges[at.s] {
				if r := nice(e.Lo, e.Hi); unicode.IsLower(r) == letters {
					work = append(work, node{e.To, at.text + write(r)})
				}
			}
		}
	}
	return all
}

// The spans of symbols that Part, Reach and Path are asked for.
var (
	AnySymbols   = [][2]rune{{0, lastSymbol}}
	PlainSymbols = plainSymbols                                   // without the slash
	BareSymbols  = [][2]rune{{0, '.' - 1}, {'/' + 1, lastSymbol}} // without slash and dot
	NameSymbols  = [][2]rune{{'-', '-'}, {'0', '9'}, {'a', 'z'}}  // of a bucket's name
	PlainChars   = plainChars                                     // without the slash, valid
)

// Affixes returns for each alternative the literal text with which every key that it matches begins, and the one with which it
// ends, both folded.
func (p *Pattern) Affixes() [][2]string {
	var all [][2]string
	for _, tokens := range p.alternatives {
		var a [2]string
		if len(tokens) > 0 && tokens[0].op == opText && !p.base {
			a[0] = FoldString(tokens[0].text)
		}
		if last := len(tokens) - 1; last >= 0 && tokens[last].op == opText {
			a[1] = FoldString(tokens[last].text)
		}
		all = append(all, a)
	}
	return all
}
