package glob

import (
	"cmp"
	"slices"
)

// Place is what an object has to be for a rule, as far as the index looks at it.
type Place struct {
	ID       int
	Group    int        // 0 to 63
	Fold     bool       // keys are compared folded; prefixes and suffixes are folded already
	Buckets  []*Pattern // one of them must match; nil for any bucket
	Keys     []*Pattern // one of them must match; nil for any key
	Prefixes []string   // the key must begin with one of them; nil for any
	Suffixes []string   // the key must end with one of them; nil for any
}

// maxWays is up to how many ways a place may have in the index. Where buckets, patterns, prefixes and suffixes together make
// more, some are left to be compared.
const maxWays = 1000

// Builder makes an Index.
type Builder struct {
	x        Index
	groups   []uint8           // by the number of the place
	lists    map[listed]uint32 // where in a list an odd segment is
	firsts   []int             // by list: the first place that is found by it
	segments map[string]uint32 // odd segments that are the same
	leaves   [][]Hit           // [0] is none
	adding   int               // the place that is being added
	stats    Stats
}

type listed struct {
	list, segment uint32
}

// NewBuilder returns a Builder for an empty Index.
func NewBuilder() *Builder {
	b := &Builder{lists: map[listed]uint32{}, segments: map[string]uint32{}, leaves: make([][]Hit, 1), firsts: make([]int, 1)}
	b.x = Index{table: newTable(), nodes: make([]node, 1), lists: make([][]odd, 1), segments: make([][]token, 1)}
	return b
}

// Add adds a place.
func (b *Builder) Add(p Place) {
	for len(b.groups) <= p.ID {
		b.groups = append(b.groups, 0)
	}
	b.groups[p.ID] = uint8(p.Group)
	root := &b.x.plain
	if p.Fold {
		root = &b.x.folded
	}
	if *root == 0 {
		*root = b.node()
	}
	buckets, ways, wide := p.ways()
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
			if wide || ways[i].wide {
				hit |= 1
			}
			b.file(at, &ways[i].file, hit)
		}
	}
}

// ways returns the buckets and the ways of a place, and whether the buckets are more than those that match.
func (p *Place) ways() (buckets []segment, ways []way, wide bool) {
	ways = []way{{dirs: []segment{anyRun}, file: anyText}}
	if p.Keys != nil {
		ways = nil
		for _, k := range p.Keys {
			ways = append(ways, k.ways()...)
		}
	}
	if n := len(ways) * 2 * len(p.Prefixes); n > 0 && n <= maxWays {
		var narrow []way
		for _, w := range ways {
			for _, prefix := range p.Prefixes {
				narrow = append(narrow, w.under(prefix)...)
			}
		}
		ways = narrow
	}
	if n := len(ways) * len(p.Suffixes); n > 0 && n <= maxWays {
		var narrow []way
		for _, w := range ways {
			for _, suffix := range p.Suffixes {
				narrow = append(narrow, w.endingIn(suffix))
			}
		}
		ways = narrow
	}
	for _, b := range p.Buckets {
		buckets = append(buckets, b.segments()...)
	}
	switch {
	case p.Buckets == nil:
		buckets = []segment{anyText}
	case len(buckets)*len(ways) > maxWays:
		return []segment{anyText}, ways, true
	}
	return buckets, ways, false
}

// node makes a new node.
func (b *Builder) node() uint32 {
	b.x.nodes = append(b.x.nodes, node{})
	return uint32(len(b.x.nodes) - 1)
}

// dir returns the node that a segment leads to.
func (b *Builder) dir(from uint32, s *segment) uint32 {
	if s.kind == deepSegments {
		if b.x.nodes[from].deep == 0 {
			n := b.node()
			b.x.nodes[from].deep = n
		}
		return b.x.nodes[from].deep
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
	n := &b.x.nodes[from]
	n.there[side] = true
	kind := edgeKind(side) * fileEdge
	switch s.kind {
	case anySegment:
		return &n.any[side]
	case literalSegment:
		n.first[side] |= 1 // for an empty one
		if s.text != "" {
			n.first[side] |= 1 << (s.text[0] & 15)
		}
		return b.x.table.at(from, kind|literalEdge, s.text)
	}
	begin, end := s.literalBegin(), s.literalEnd()
	var at *uint32
	text := begin
	switch {
	case begin == "" && end == "":
		at = &n.scan[side]
	case len(begin) > len(end):
		text = begin[:min(len(begin), maxAffix)]
		n.begins[side] |= 1 << len(text)
		at = b.x.table.at(from, kind|beginEdge, text)
	default:
		text = end[len(end)-min(len(end), maxAffix):]
		n.ends[side] |= 1 << len(text)
		n.last[side] |= 1 << (text[len(text)-1] & 15)
		at = b.x.table.at(from, kind|endEdge, text)
	}
	if *at == 0 {
		b.x.lists = append(b.x.lists, nil)
		b.firsts = append(b.firsts, b.adding)
		*at = uint32(len(b.x.lists)-1) | list
	}
	return b.inList(*at&^list, s, text)
}

// inList returns where to write down what an odd segment leads to that is found by a text.
func (b *Builder) inList(l uint32, s *segment, text string) *uint32 {
	number := uint32(0)
	if !s.affixAlone() || len(text) == maxAffix {
		same := s.same()
		number = b.segments[same]
		if number == 0 {
			b.x.segments = append(b.x.segments, s.tokens)
			number = uint32(len(b.x.segments) - 1)
			b.segments[same] = number
		}
	}
	place, ok := b.lists[listed{l, number}]
	if !ok {
		place = uint32(len(b.x.lists[l]))
		b.lists[listed{l, number}] = place
		b.x.lists[l] = append(b.x.lists[l], odd{segment: number})
	}
	return &b.x.lists[l][place].to
}

// Index returns the Index of all places that were added. The Builder is of no use afterwards.
func (b *Builder) Index() *Index {
	x := &b.x
	x.leaves = make([][]run, len(b.leaves))
	for i, hits := range b.leaves {
		slices.SortFunc(hits, func(a, c Hit) int {
			return cmp.Or(cmp.Compare(b.groups[a.ID()], b.groups[c.ID()]), cmp.Compare(a, c))
		})
		for _, h := range hits {
			group, n := uint32(b.groups[h.ID()]), uint32(len(x.hits))
			if runs := x.leaves[i]; len(runs) == 0 || runs[len(runs)-1].group != group {
				x.leaves[i] = append(runs, run{group, n, n})
			}
			x.hits = append(x.hits, h)
			x.leaves[i][len(x.leaves[i])-1].to++
		}
	}
	for i := range x.table.slots {
		// *.mp4 alone: no list is needed.
		if s := &x.table.slots[i]; s.to&single == 0 && s.to&list != 0 {
			if l := x.lists[s.to&^list]; len(l) == 1 && l[0].segment == 0 {
				s.to = l[0].to
			}
		}
	}
	x.stats = b.count()
	return x
}
