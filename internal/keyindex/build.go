package keyindex

import (
	"cmp"
	"math/bits"
	"slices"

	"onput/internal/glob"
)

// Entry is what an object has to be for a rule, as far as the index looks at it.
type Entry struct {
	ID       int
	Group    int             // 0 to 63
	Fold     bool            // keys are compared folded; prefixes and suffixes are folded already
	Buckets  []*glob.Pattern // one of them must match; nil for any bucket
	Keys     []*glob.Pattern // one of them must match; nil for any key
	Prefixes []string        // the key must begin with one of them; nil for any
	Suffixes []string        // the key must end with one of them; nil for any
}

// maxWays is up to how many ways a place may have in the index. Where buckets, patterns, prefixes and suffixes together make
// more, some are left to be compared.
const maxWays = 1000

// It takes steps to narrow the ways of a place down: several ** in a pattern and a prefix of many segments can be put together
// in very many ways. A place may take maxSteps. Once the places of an index for which these were too few have taken as many as
// are sparing, a place may take fewSteps for each of its combinations.
const (
	maxSteps = 5 * maxWays
	sparing  = 300_000
	fewSteps = 50
)

// Builder makes an Index.
type Builder struct {
	x Index

	plain, folded uint32            // the roots
	nodes         []growing         // [0] is none
	table         table             // of all edges
	groups        []uint8           // by the number of the place
	lists         [][]odd           // [0] is none
	listed        map[listed]uint32 // where in a list an odd segment is
	firsts        []int             // by list: the first place that is found by it
	segments      map[string]uint32 // odd segments that are the same
	leaves        [][]Hit           // [0] is none
	adding        int               // the place that is being added
	steps         int               // that are left
	stats         Stats
}

// growing is a node that places are still added to.
type growing struct {
	crossing
	any   [2]uint32
	deep  uint32 // a node
	there [2]bool
	edges int  // in the table
	long  bool // one of them does not fit into a node
}

type listed struct {
	list, segment uint32
}

// NewBuilder returns a Builder for an empty Index.
func NewBuilder() *Builder {
	return &Builder{
		x:     Index{segments: make([]segment, 1)},
		steps: sparing,
		nodes: make([]growing, 1), table: newTable(0), lists: make([][]odd, 1), leaves: make([][]Hit, 1), firsts: make([]int, 1),
		listed: map[listed]uint32{}, segments: map[string]uint32{},
	}
}

// Add adds a place.
func (b *Builder) Add(p Entry) {
	for len(b.groups) <= p.ID {
		b.groups = append(b.groups, 0)
	}
	b.groups[p.ID] = uint8(p.Group)
	root := &b.plain
	if p.Fold {
		root = &b.folded
	}
	if *root == 0 {
		*root = b.node()
	}
	buckets, ways, wide, partly := p.ways(&b.steps)
	if partly {
		if b.stats.Partly.Count++; b.stats.Partly.Count == 1 {
			b.stats.Partly.First = p.ID
		}
	}
	b.adding = p.ID
	b.stats.Places++
	b.stats.Ways += len(buckets) * len(ways)
	for _, bucket := range buckets {
		from := b.dir(*root, &bucket)
		for i := range ways {
			at := from
			for k := range ways[i].dirs {
				at = b.dir(at, &ways[i].dirs[k])
			}
			hit := Hit(p.ID << 1)
			if wide {
				hit |= 1
			}
			b.file(at, &ways[i].file, hit)
		}
	}
}

// ways returns the buckets and the ways of a place, and whether the buckets are more than those that match. Partly says that
// something had to be left out. It counts down the steps that are left.
func (p *Entry) ways(steps *int) (buckets []segment, ways []way, wide, partly bool) {
	switch {
	case p.Keys == nil:
		ways = []way{{dirs: []segment{anyRun}, file: anyText}}
	case len(p.Keys) == 1:
		ways = waysOf(p.Keys[0])
	default:
		for _, k := range p.Keys {
			ways = append(ways, waysOf(k)...)
		}
	}
	ways, begin := narrowed(ways, p.Prefixes, p.Fold, way.under, steps)
	ways, end := narrowed(ways, p.Suffixes, p.Fold, way.endingIn, steps)
	for _, b := range p.Buckets {
		for _, s := range b.Segments() {
			buckets = append(buckets, segment{Segment: s})
		}
	}
	switch {
	case p.Buckets == nil:
		buckets = []segment{anyText}
	case len(buckets)*len(ways) > maxWays:
		buckets, wide = []segment{anyText}, true
	}
	return buckets, ways, wide, wide || !begin || !end
}

// narrowed returns the ways for keys that begin, or end, with one of some texts; the same ways, and false, where they would
// make too many.
func narrowed(ways []way, texts []string, fold bool, narrow func(way, string, bool, []way, *int) ([]way, bool), left *int) ([]way, bool) {
	if texts == nil {
		return ways, true
	}
	var all []way
	few := fewSteps * min(len(ways)*len(texts), maxWays)
	most := min(maxSteps, max(few, *left))
	ok, steps := true, most
	for _, w := range ways {
		for _, text := range texts {
			if all, ok = narrow(w, text, fold, all, &steps); !ok {
				*left -= most - steps
				return ways, false
			}
		}
	}
	return all, true
}

// node makes a new node.
func (b *Builder) node() uint32 {
	b.nodes = append(b.nodes, growing{})
	return uint32(len(b.nodes) - 1)
}

// dir returns the node that a segment leads to.
func (b *Builder) dir(from uint32, s *segment) uint32 {
	if s.Kind == glob.DeepSegments {
		if b.nodes[from].deep == 0 {
			n := b.node()
			b.nodes[from].deep = n
		}
		return b.nodes[from].deep
	}
	to := b.edge(from, s, dirs)
	if *to != 0 {
		return *to
	}
	// The new node may move what to points to.
	n := b.node()
	*b.edge(from, s, dirs) = n
	return n
}

// file adds a hit to what the base name leads to.
func (b *Builder) file(from uint32, s *segment, hit Hit) {
	switch to := b.edge(from, s, files); {
	case *to == 0:
		*to = uint32(hit) | single
	case *to&single != 0:
		b.leaves = append(b.leaves, []Hit{Hit(*to &^ single), hit})
		*to = uint32(len(b.leaves) - 1)
	default:
		b.leaves[*to] = append(b.leaves[*to], hit)
	}
}

// edge returns where to write down what a segment leads to: 0 stands there for one that is new.
func (b *Builder) edge(from uint32, s *segment, side int) *uint32 {
	n := &b.nodes[from]
	n.there[side] = true
	switch {
	case s.isAny():
		return &n.any[side]
	case s.Kind == glob.LiteralSegment:
		n.first[side] |= 1 // for an empty one
		if s.Text != "" {
			n.first[side] |= 1 << (s.Text[0] & 31)
		}
		return b.byText(from, literalEdge, side, s.Text)
	}
	begin, end := s.literalBegin(), s.literalEnd()
	begin, end = begin[:min(len(begin), maxAffix)], end[len(end)-min(len(end), maxAffix):]
	kind, text := beginEdge, begin
	if b.byEnd(from, s, side, begin, end) {
		kind, text = endEdge, end
		n.ends[side] |= 1 << len(text)
		n.last[side] |= 1 << (text[len(text)-1] & 31)
	} else {
		n.begins[side] |= 1 << len(text)
	}
	at := b.byText(from, kind, side, text)
	if *at == 0 {
		b.lists = append(b.lists, nil)
		b.firsts = append(b.firsts, b.adding)
		*at = uint32(len(b.lists)-1) | list
	}
	return b.inList(*at&^list, s, text)
}

// crowded is how many segments may be found by one text before those that have another are found by that.
const crowded = 8

// byEnd says whether an odd segment is found by its end instead of its beginning: by the longer one, unless that finds many
// already and the other one fewer.
func (b *Builder) byEnd(from uint32, s *segment, side int, begin, end string) bool {
	if begin == "" || end == "" {
		return end != ""
	}
	number := b.number(s, "")
	found := func(kind edgeKind, text string) (count int, has bool) {
		words1, words2 := words(text)
		l := b.table.find(from, kind|edgeKind(side)*fileEdge, words1, words2, text) &^ list
		_, has = b.listed[listed{l, number}]
		return len(b.lists[l]), has
	}
	begins, atBegin := found(beginEdge, begin)
	ends, atEnd := found(endEdge, end)
	switch {
	case atBegin || atEnd:
		return atEnd
	case len(end) >= len(begin):
		return ends < crowded || ends <= begins
	default:
		return begins >= crowded && ends < begins
	}
}

// number returns the number of an odd segment that is found by a text, 0 where that is all it asks for.
func (b *Builder) number(s *segment, text string) uint32 {
	if s.affixAlone() && len(text) < maxAffix {
		return 0
	}
	same := s.same()
	number := b.segments[same]
	if number == 0 {
		b.x.segments = append(b.x.segments, *s)
		number = uint32(len(b.x.segments) - 1)
		b.segments[same] = number
	}
	return number
}

// byText is edge for what is found by a text.
func (b *Builder) byText(from uint32, kind edgeKind, side int, text string) *uint32 {
	used := b.table.used
	at := b.table.at(from, kind|edgeKind(side)*fileEdge, text)
	if b.table.used > used {
		n := &b.nodes[from]
		n.edges++
		n.long = n.long || len(text) > 8
	}
	return at
}

// inList returns where to write down what an odd segment leads to that is found by a text.
func (b *Builder) inList(l uint32, s *segment, text string) *uint32 {
	number := b.number(s, text)
	place, ok := b.listed[listed{l, number}]
	if !ok {
		place = uint32(len(b.lists[l]))
		b.listed[listed{l, number}] = place
		b.lists[l] = append(b.lists[l], odd{segment: number})
	}
	return &b.lists[l][place].to
}

// Index returns the Index of all places that were added. The Builder is of no use afterwards.
func (b *Builder) Index() *Index {
	b.packLeaves()
	b.packLists()
	b.packNodes()
	b.x.stats = b.count()
	x := b.x // a pointer into the Builder would keep all of it in memory
	return &x
}

// packLeaves puts what matches together into groups.
func (b *Builder) packLeaves() {
	x := &b.x
	x.leaves = make([]part, len(b.leaves))
	for i, hits := range b.leaves {
		slices.SortFunc(hits, func(a, c Hit) int {
			return cmp.Or(cmp.Compare(b.groups[a.ID()], b.groups[c.ID()]), cmp.Compare(a, c))
		})
		from := len(x.runs)
		for _, h := range hits {
			group, n := uint32(b.groups[h.ID()]), uint32(len(x.hits))
			if len(x.runs) == from || x.runs[len(x.runs)-1].group != group {
				x.runs = append(x.runs, run{group, n, n})
			}
			x.hits = append(x.hits, h)
			x.runs[len(x.runs)-1].to++
		}
		x.leaves[i] = part{uint32(from), uint32(len(x.runs))}
	}
}

// packLists puts all segments that are compared into one slice.
func (b *Builder) packLists() {
	x := &b.x
	x.lists = make([]part, len(b.lists))
	for i, odds := range b.lists {
		from := len(x.odds)
		x.odds = append(x.odds, odds...)
		x.lists[i] = part{uint32(from), uint32(len(x.odds))}
	}
}

// packNodes writes down each node as what it has come to: its edges in itself, or in the table.
func (b *Builder) packNodes() {
	x := &b.x
	x.plain, x.folded = b.plain, b.folded
	x.nodes = make([]node, len(b.nodes))
	x.crossings = make([]crossing, 1)
	crossing := 0
	for i := range b.nodes {
		g, n := &b.nodes[i], &x.nodes[i]
		*n = node{any: g.any, deep: b.behind(g.deep), edges: [3]edge{noEdge, noEdge, noEdge}}
		if g.long || g.edges > len(n.edges) {
			x.crossings = append(x.crossings, g.crossing)
			n.crossing = uint32(len(x.crossings) - 1)
			crossing += g.edges
		}
	}
	x.table = newTable(crossing)
	for i := range b.table.slots {
		s := &b.table.slots[i]
		if s.owner == 0 {
			continue
		}
		to := s.to
		if to&single == 0 && to&list != 0 { // *.mp4 alone: no list is needed
			if l := b.lists[to&^list]; len(l) == 1 && l[0].segment == 0 {
				to = l[0].to
			}
		}
		at, kind := s.owner>>kindBits, edgeKind(s.owner&(1<<kindBits-1))
		n := &x.nodes[at]
		if n.crossing != 0 {
			*x.table.at(at, kind, b.table.text(s)) = to
			continue
		}
		n.edges[slices.Index(n.edges[:], noEdge)] = edgeOf(kind, b.table.text(s), to)
	}
}

// edgeOf returns an edge for a text of at most eight bytes.
func edgeOf(kind edgeKind, text string, to uint32) edge {
	word, _ := words(text)
	e := edge{to: to, length: uint8(len(text)), kind: kind}
	switch kind &^ fileEdge {
	case literalEdge:
		e.text = word
		return e
	case endEdge:
		word = bits.ReverseBytes64(word) >> (64 - 8*len(text))
	}
	e.shift = uint8(64 - 8*len(text))
	e.text = word << e.shift
	return e
}

// behind returns what a node has to say of the one behind its **, if there is one.
func (b *Builder) behind(deep uint32) uint32 {
	if deep == 0 {
		return 0
	}
	switch g := &b.nodes[deep]; {
	case g.there[dirs]:
		return deep | onwardNode
	case g.edges > 0:
		return deep
	case g.any[files]&single != 0:
		return g.any[files]
	default:
		return g.any[files] | below
	}
}
