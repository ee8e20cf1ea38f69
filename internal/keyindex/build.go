package keyindex

import "onput/internal/glob"

// Entry holds the conditions of a rule on bucket and key.
type Entry struct {
	ID       int
	Group    int             // 0 to 63
	Fold     bool            // keys are compared folded; Prefixes and Suffixes are folded already
	Buckets  []*glob.Pattern // one of them must match; nil for any bucket
	Keys     []*glob.Pattern // one of them must match; nil for any key
	Prefixes []string        // the key must begin with one of them; nil for any
	Suffixes []string        // the key must end with one of them; nil for any
}

const (
	// maxPaths bounds the paths of an entry. If its conditions make more, the index ignores some of them.
	maxPaths = 1000

	// Several ** and a prefix of many segments can be combined in very many ways. Narrowing an entry takes at most maxSteps.
	// Failed attempts of all entries draw on buildBudget. Once it is spent, each combination gets fewSteps only.
	maxSteps    = 5 * maxPaths
	buildBudget = 300_000
	fewSteps    = 50

	// maxAffix is the longest prefix or suffix that the index looks up. It compares the rest.
	maxAffix = 63

	// maxSharedAffix is how many wildcard segments may share an edge before others take a less crowded one.
	maxSharedAffix = 8
)

// Builder makes an [Index].
type Builder struct {
	index Index
	edges map[nodeEdge]target
	steps int // left of buildBudget
	known map[wildcardKey]uint32
}

// nodeEdge identifies an edge of a node.
type nodeEdge struct {
	node uint32
	edge edge
}

// wildcardKey identifies a wildcard segment in one of the lists of an index.
type wildcardKey struct {
	list     uint32
	identity string
}

// NewBuilder returns a Builder for an empty Index.
func NewBuilder() *Builder {
	return &Builder{
		index: Index{nodes: make([]node, 1), leaves: make([]leaf, 1), longTexts: map[string]uint32{}, lists: make([][]wildcard, 1)},
		edges: map[nodeEdge]target{},
		steps: buildBudget,
		known: map[wildcardKey]uint32{},
	}
}

// Index returns the index of all entries. The Builder must not be used afterwards.
func (b *Builder) Index() *Index {
	x := b.index // a pointer into the Builder would keep all of it in memory
	x.edges = newTable(x.nodes, b.edges)
	return &x
}

// Add adds an entry.
func (b *Builder) Add(e Entry) {
	root := &b.index.plain
	if e.Fold {
		root = &b.index.folded
	}
	if *root == 0 {
		*root = b.newTarget(dirSide)
	}
	buckets, exact := []path{{anySegment}}, true
	paths := b.paths(&e)
	if e.Buckets != nil {
		var named []path
		for _, p := range e.Buckets {
			named = append(named, bucketPaths(p)...)
		}
		if exact = len(named)*len(paths) <= maxPaths; exact {
			buckets = named
		}
	}
	for _, bucket := range buckets {
		from := b.child(*root, &bucket[0])
		for _, p := range paths {
			at, last := from, len(p)-1
			for i := range p[:last] {
				at = b.child(at, &p[i])
			}
			b.addHit(b.target(at, baseSide, &p[last]), leaf{id: int32(e.ID), group: uint8(e.Group), exact: exact, used: true})
		}
	}
}

// addHit adds a hit to a leaf.
func (b *Builder) addHit(at uint32, hit leaf) {
	if first := &b.index.leaves[at]; first.used {
		hit.next, first.next = first.next, uint32(len(b.index.leaves))
		b.index.leaves = append(b.index.leaves, hit)
	} else {
		*first = hit
	}
}

// paths returns the paths of the keys of an entry.
func (b *Builder) paths(e *Entry) []path {
	var all []path
	if e.Keys == nil {
		all = []path{{deepSegments, anySegment}}
	}
	for _, k := range e.Keys {
		all = append(all, pathsOf(k)...)
	}
	all = b.narrowed(all, e.Prefixes, e.Fold, path.narrowToPrefix)
	return b.narrowed(all, e.Suffixes, e.Fold, path.narrowToSuffix)
}

// narrowed returns the paths of keys that begin with, or end in, one of texts. It returns paths unchanged if that takes
// too many paths or steps.
func (b *Builder) narrowed(paths []path, texts []string, fold bool, narrow func(path, string, bool, *int) []path) []path {
	if texts == nil {
		return paths
	}
	few := fewSteps * min(len(paths)*len(texts), maxPaths)
	most := min(maxSteps, max(few, b.steps))
	var all []path
	steps := most
	for _, p := range paths {
		for _, text := range texts {
			all = append(all, narrow(p, text, fold, &steps)...)
			if steps < 0 || len(all) > maxPaths {
				b.steps -= most - steps
				return paths
			}
		}
	}
	return all
}

// child returns the node that a segment leads to.
func (b *Builder) child(from uint32, s *segment) uint32 {
	if s.Kind != glob.DeepSegments {
		return b.target(from, dirSide, s)
	}
	deep := b.index.nodes[from].deep
	if deep == 0 {
		deep = b.newTarget(dirSide)
		b.index.nodes[from].deep = deep
	}
	return deep
}

// newTarget adds a node, or a leaf for the base name.
func (b *Builder) newTarget(side side) uint32 {
	x := &b.index
	if side == baseSide {
		x.leaves = append(x.leaves, leaf{})
		return uint32(len(x.leaves) - 1)
	}
	x.nodes = append(x.nodes, node{})
	return uint32(len(x.nodes) - 1)
}

// target returns the node or leaf that a segment leads to. The segment must not be **.
func (b *Builder) target(from uint32, side side, s *segment) uint32 {
	if s.matchesAll() {
		return b.textTarget(from, side, prefixEdge, "")
	}
	if s.Kind == glob.LiteralSegment {
		return b.textTarget(from, side, literalEdge, s.Text)
	}
	kind, text := b.wildcardEdge(from, side, s)
	if s.isAffix() && len(text) < maxAffix {
		return b.textTarget(from, side, kind, text)
	}
	return b.wildcardTarget(from, side, kind, text, s)
}

// edge returns the edge of a text, and records its length in the node.
func (b *Builder) edge(from uint32, side side, kind edgeKind, text string) nodeEdge {
	x := &b.index
	if len(text) > maxInline && x.longTexts[text] == 0 {
		x.longTexts[text] = uint32(len(x.longTexts) + 1)
	}
	x.nodes[from].lengths[side][kind] |= lengthBit(len(text))
	e, _ := x.edge(side, kind, text)
	return nodeEdge{from, e}
}

// textTarget returns the node or leaf of an edge that needs no comparison.
func (b *Builder) textTarget(from uint32, side side, kind edgeKind, text string) uint32 {
	e := b.edge(from, side, kind, text)
	t := b.edges[e]
	if t.to == 0 {
		t.to = b.newTarget(side)
		b.edges[e] = t
	}
	return t.to
}

// wildcardTarget returns the node or leaf of a segment that is compared after its edge is found.
func (b *Builder) wildcardTarget(from uint32, side side, kind edgeKind, text string, s *segment) uint32 {
	x := &b.index
	e := b.edge(from, side, kind, text)
	t := b.edges[e]
	if t.list == 0 {
		x.lists = append(x.lists, nil)
		t.list = uint32(len(x.lists) - 1)
		b.edges[e] = t
	}
	key := wildcardKey{t.list, s.identityKey()}
	to := b.known[key]
	if to == 0 {
		to = b.newTarget(side)
		b.known[key] = to
		// A copy: s would keep its whole path in memory.
		x.lists[t.list] = append(x.lists[t.list], wildcard{new(*s), to})
	}
	return to
}

// wildcardEdge returns the text that finds a wildcard segment: the longer one of its literal prefix and suffix, unless
// that finds many segments already and the other one fewer.
func (b *Builder) wildcardEdge(from uint32, side side, s *segment) (edgeKind, string) {
	prefix, suffix := s.prefix(), s.suffix()
	prefix, suffix = prefix[:min(len(prefix), maxAffix)], suffix[max(0, len(suffix)-maxAffix):]
	switch {
	case suffix == "":
		return prefixEdge, prefix
	case prefix == "":
		return suffixEdge, suffix
	}
	identity := s.identityKey()
	find := func(kind edgeKind, text string) (count int, known bool) {
		e, _ := b.index.edge(side, kind, text)
		list := b.edges[nodeEdge{from, e}].list
		return len(b.index.lists[list]), b.known[wildcardKey{list, identity}] != 0
	}
	prefixes, atPrefix := find(prefixEdge, prefix)
	suffixes, atSuffix := find(suffixEdge, suffix)
	bySuffix := suffixes < maxSharedAffix || suffixes <= prefixes
	if len(prefix) > len(suffix) {
		bySuffix = prefixes >= maxSharedAffix && suffixes < prefixes
	}
	if atSuffix || bySuffix && !atPrefix {
		return suffixEdge, suffix
	}
	return prefixEdge, prefix
}

// bucketPaths returns paths of one segment for a glob of buckets.
func bucketPaths(p *glob.Pattern) []path {
	var all []path
	for _, s := range p.Segments() {
		all = append(all, path{{Segment: s}})
	}
	return all
}
