package keyindex

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"onput/internal/glob"
)

// Index finds the entries that may match an object. It is immutable and safe for concurrent use.
type Index struct {
	plain, folded uint32 // the roots for keys as they are, and folded; 0 for none
	nodes         []node // [0] is none, as in leaves and lists
	leaves        []leaf
	edges         table
	longTexts     map[string]uint32 // numbers of the texts that do not fit into an edge
	lists         [][]wildcard      // see target
}

// Hit is an entry that may match.
type Hit struct {
	ID    int
	Exact bool // buckets and patterns match for certain; prefixes and suffixes remain to be compared
}

// leaf holds a hit, and the number of the next leaf of the same path, 0 for none.
type leaf struct {
	id          int32
	next        uint32
	group       uint8
	exact, used bool
}

// node is reached by the first segments of a path. It fills a cache line.
type node struct {
	lengths              [2][3]uint64 // by side and edgeKind: the lengthBits of its edges
	deep                 uint32       // the node after **, 0 for none
	firstSlot, slotCount uint32       // of its edges in the table
}

// lengthBit returns the bit for the length of an edge's text. Long literals share one.
func lengthBit(length int) uint64 { return 1 << min(length, 63) }

// side distinguishes the segments before the last slash, which lead to nodes, from the base name, which leads to
// leaves.
type side uint8

const (
	dirSide side = iota
	baseSide
)

// edgeKind is the part of a segment that an edge compares.
type edgeKind uint8

const (
	literalEdge edgeKind = iota // all of it
	prefixEdge                  // * is the empty prefix
	suffixEdge
)

// wildcard leads to a node or leaf if its segment matches.
type wildcard struct {
	segment *segment
	to      uint32
}

// Find returns the entries that may match an object, ordered by ID, each one once. It omits the groups whose bit in
// groups is not set. It stores the result in buf if that is large enough.
func (x *Index) Find(buf []Hit, bucket, key string, groups uint64) []Hit {
	hits := buf[:0]
	if x.plain != 0 {
		hits = x.appendHits(hits, x.plain, bucket, key, groups, false)
	}
	if x.folded != 0 {
		var room [1024]byte // no key of OSS is longer
		folded := glob.AppendFolded(room[:0], key)
		// A conversion would copy, the only allocation of a look-up.
		key = unsafe.String(unsafe.SliceData(folded), len(folded))
		hits = x.appendHits(hits, x.folded, bucket, key, groups, true)
	}
	if len(hits) < 2 {
		return hits
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		if a.ID == b.ID && a.Exact != b.Exact { // exact first, as the first one stays
			if a.Exact {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return slices.CompactFunc(hits, func(a, b Hit) bool { return a.ID == b.ID })
}

// appendHits walks the trie below root.
func (x *Index) appendHits(hits []Hit, root uint32, bucket, key string, groups uint64, fold bool) []Hit {
	var room [4][8]uint32 // on the stack, enough for most keys
	active, next := x.appendTargets(room[0][:0], root, dirSide, bucket, false), room[1][:0]
	deep := room[2][:0] // nodes after **, sorted; they stay active
	for {
		for _, at := range active {
			if d := x.nodes[at].deep; d != 0 {
				if i, found := slices.BinarySearch(deep, d); !found {
					deep = slices.Insert(deep, i, d)
				}
			}
		}
		segment, rest, isDir := strings.Cut(key, "/")
		if !isDir {
			break
		}
		next = next[:0]
		for _, at := range active {
			next = x.appendTargets(next, at, dirSide, segment, fold)
		}
		for _, at := range deep {
			next = x.appendTargets(next, at, dirSide, segment, fold)
		}
		active, next = next, active
		key = rest
	}
	found := room[3][:0]
	for _, at := range active {
		found = x.appendTargets(found, at, baseSide, key, fold)
	}
	for _, at := range deep {
		found = x.appendTargets(found, at, baseSide, key, fold)
	}
	for _, at := range found {
		for ; at != 0; at = x.leaves[at].next {
			if l := &x.leaves[at]; groups>>l.group&1 != 0 {
				hits = append(hits, Hit{int(l.id), l.exact})
			}
		}
	}
	return hits
}

// appendTargets appends the nodes, or leaves, that a segment leads to from a node.
func (x *Index) appendTargets(targets []uint32, from uint32, side side, segment string, fold bool) []uint32 {
	n := &x.nodes[from]
	if n.lengths[side][literalEdge]&lengthBit(len(segment)) != 0 {
		targets = x.appendTarget(targets, n, side, literalEdge, segment, segment, fold)
	}
	for lengths := n.lengths[side][prefixEdge]; lengths != 0; lengths &= lengths - 1 {
		length := bits.TrailingZeros64(lengths)
		if length > len(segment) {
			break
		}
		targets = x.appendTarget(targets, n, side, prefixEdge, segment[:length], segment, fold)
	}
	for lengths := n.lengths[side][suffixEdge]; lengths != 0; lengths &= lengths - 1 {
		length := bits.TrailingZeros64(lengths)
		if length > len(segment) {
			break
		}
		targets = x.appendTarget(targets, n, side, suffixEdge, segment[len(segment)-length:], segment, fold)
	}
	return targets
}

// appendTarget appends the nodes, or leaves, that one edge leads to.
func (x *Index) appendTarget(targets []uint32, from *node, side side, kind edgeKind, text, segment string, fold bool) []uint32 {
	e, ok := x.edge(side, kind, text)
	if !ok {
		return targets
	}
	t := x.edges.lookup(from, e)
	if t.to != 0 {
		targets = append(targets, t.to)
	}
	if t.list != 0 {
		for _, w := range x.lists[t.list] {
			if w.segment.matches(segment, fold) {
				targets = append(targets, w.to)
			}
		}
	}
	return targets
}
