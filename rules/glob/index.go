package glob

import (
	"math/bits"
	"strings"
	"unsafe"
)

// Index finds the places that an object is in, among any number of them. It is immutable and safe for concurrent use.
//
// It is a trie over segments: the bucket first, then the segments of the key. From a node a literal segment is followed by
// one look into a hash table, * by an edge of its own, and a segment with a literal beginning or end (*.mp4, clip-[0-9]*)
// by a look for each length that such a text has at the node. Only segments without either, such as [0-9]* or *x*, are
// compared one after another, each different one once. The last segment has edges of its own, to what matches there.
//
// Several nodes can be active at once, as in a nondeterministic automaton: a node behind ** stays active for all further
// segments. Each node is active at most once for a segment, so that the cost of a key is bounded by its segments times
// the nodes, whatever the patterns. A node behind ** that has only last segments, as in tenant-17/**/*.mp4, waits for the base
// name and costs nothing on the way.
type Index struct {
	plain, folded uint32 // the roots, for letters as they are and for folded ones; 0 for none
	nodes         []node
	table         table
	lists         [][]odd   // segments that are compared one after another; [0] is none
	leaves        [][]run   // what matches, where that is more than one place; [0] is none
	hits          []Hit     // of all leaves
	segments      [][]token // of odd segments; [0] is none
	stats         Stats
}

// Hit is a place that an object is in: its number, and whether that is sure or only likely.
type Hit uint32

// ID returns the number that the place was added with.
func (h Hit) ID() int { return int(h >> 1) }

// Sure says whether bucket and patterns of the place match. Where not, they have to be compared; its prefixes and suffixes
// have to be compared in any case.
func (h Hit) Sure() bool { return h&1 == 0 }

// node is where some segments lead to, and what may follow there. It fills a cache line. Of each pair the first is for a
// segment before the last slash, which leads to nodes, the second for the base name, which leads to what matches.
type node struct {
	begins, ends [2]uint64  // bit n: there are segments that are found by their first or last n bytes
	any          [2]uint32  // where * leads to, 0 for nowhere
	scan         [2]uint32  // a list of segments that are found by nothing, 0 for none
	first        [2]byteSet // first bytes of literal segments; not empty where there is one
	last         [2]byteSet // last bytes of segments that are found by their end
	there        [2]bool    // there is any of these
	deep         uint32     // the node behind **, 0 for none
}

// The sides of a node.
const (
	dirs  = 0
	files = 1
)

// byteSet tells of most bytes that they are not in it: bit n is for those that are n modulo 16.
type byteSet uint16

func (b byteSet) has(c byte) bool { return b>>(c&15)&1 != 0 }

// odd is a segment that is compared. What it leads to is a node or a leaf.
type odd struct {
	segment uint32 // 0 where it has been found by all that it asks for
	to      uint32
}

// run is places of the same group, in Index.hits.
type run struct{ group, from, to uint32 }

// The bits of what an edge leads to.
const (
	single = 1 << 31 // one Hit instead of a leaf
	list   = 1 << 30 // a list instead of a node or leaf
)

// maxAffix is how many bytes of a literal beginning or end a segment is found by.
const maxAffix = 63

// Hits are the places that an object is in.
type Hits struct{ few[Hit] }

// Sorted returns them in the order of their numbers, some perhaps more than once, and the sure ones first. It is called
// once.
func (h *Hits) Sorted() []Hit { return h.sorted() }

// Find returns the places in which an object is. Groups has a bit for each group of places that may be left out where it is
// not set.
func (x *Index) Find(bucket, key string, groups uint64) Hits {
	f := finder{Index: x, groups: groups}
	if x.plain != 0 {
		f.find(x.plain, bucket, key)
	}
	if x.folded != 0 {
		f.fold = true
		var room [1024]byte // no key of OSS is longer
		folded := appendFolded(room[:0], key)
		// The bytes stay as they are while the string is in use.
		f.find(x.folded, bucket, unsafe.String(unsafe.SliceData(folded), len(folded)))
	}
	return f.hits
}

// finder is one walk through the index.
type finder struct {
	*Index
	fold   bool // the key is folded
	groups uint64
	hits   Hits

	// Of the segment that the walk is at:
	folded bool   // it is one of a folded key
	side   int    // of nodes that it goes on from
	hash   uint64 // 0 while nobody asked

	active [2]few[uint32] // the nodes that are active for the segment, and for the one after it
	next   int            // which of the two the latter is
	deep   few[uint32]    // the nodes behind **, which stay active
	marks  []uint64       // deep as a set, where they are many
	onward bool           // one of them goes on with further segments than the last
}

func (f *finder) find(root uint32, bucket, key string) {
	f.active[f.next].n, f.deep.n, f.marks, f.onward = 0, 0, nil, false
	f.hash, f.folded, f.side = 0, false, dirs
	f.follow(root, bucket)
	f.folded = f.fold
	segment, rest, more := "", key, true
	for {
		now := &f.active[f.next]
		if segment, rest, more = strings.Cut(rest, "/"); !more {
			break
		}
		if now.n == 0 && !f.onward {
			segment = rest[strings.LastIndexByte(rest, '/')+1:]
			break
		}
		waiting, onward := f.deep.n, f.onward
		f.next ^= 1
		f.hash, f.active[f.next].n = 0, 0
		for i := range now.n {
			f.follow(now.at(i), segment)
		}
		for i := 0; onward && i < waiting; i++ {
			f.follow(f.deep.at(i), segment)
		}
	}
	f.hash, f.side = 0, files
	now := &f.active[f.next]
	for i := range now.n {
		f.follow(now.at(i), segment)
	}
	for i := range f.deep.n {
		f.follow(f.deep.at(i), segment)
	}
}

// follow takes every edge of a node that the segment takes.
func (f *finder) follow(at uint32, segment string) {
	n, side := &f.nodes[at], f.side&1
	if !n.there[side] {
		return
	}
	kind := edgeKind(side) * fileEdge
	if to := n.any[side]; to != 0 {
		f.reach(to, segment)
	}
	if first := n.first[side]; first != 0 && (segment == "" || first.has(segment[0])) {
		if f.hash == 0 {
			f.hash = f.table.hash(segment)
		}
		if to := f.table.find(at, kind|literalEdge, f.hash, segment); to != 0 {
			f.reach(to, segment)
		}
	}
	if ends := n.ends[side]; ends != 0 && segment != "" && n.last[side].has(segment[len(segment)-1]) {
		for ; ends != 0; ends &= ends - 1 {
			n := bits.TrailingZeros64(ends)
			if n > len(segment) {
				break
			}
			end := segment[len(segment)-n:]
			if to := f.table.find(at, kind|endEdge, f.table.hash(end), end); to != 0 {
				f.reach(to, segment)
			}
		}
	}
	for begins := n.begins[side]; begins != 0; begins &= begins - 1 {
		n := bits.TrailingZeros64(begins)
		if n > len(segment) {
			break
		}
		begin := segment[:n]
		if to := f.table.find(at, kind|beginEdge, f.table.hash(begin), begin); to != 0 {
			f.reach(to, segment)
		}
	}
	if to := n.scan[side]; to != 0 {
		f.reach(to, segment)
	}
}

// reach takes what an edge leads to: odd segments to compare, what matches at the last segment, a node before.
func (f *finder) reach(to uint32, segment string) {
	switch {
	case to&(single|list) == list:
		for _, o := range f.lists[to&^list] {
			if o.segment == 0 || match(f.segments[o.segment], segment, f.folded) {
				f.reach(o.to, segment)
			}
		}
	case f.side == dirs:
		f.enter(to)
	case to&single != 0:
		f.hits.add(Hit(to &^ single))
	default:
		for _, r := range f.leaves[to] {
			if f.groups>>r.group&1 != 0 {
				for _, h := range f.Index.hits[r.from:r.to] {
					f.hits.add(h)
				}
			}
		}
	}
}

// enter makes a node active, and for good the one behind ** after it.
func (f *finder) enter(at uint32) {
	n := &f.nodes[at]
	if n.there[dirs] || n.there[files] {
		f.active[f.next].add(at)
	}
	if n.deep == 0 || f.stays(n.deep) {
		return
	}
	f.deep.add(n.deep)
	f.onward = f.onward || f.nodes[n.deep].there[dirs]
	if f.marks == nil && f.deep.n <= len(f.deep.room) {
		return
	}
	if f.marks == nil {
		f.marks = make([]uint64, len(f.nodes)/64+1)
		for i := range f.deep.n {
			d := f.deep.at(i)
			f.marks[d/64] |= 1 << (d % 64)
		}
	}
	f.marks[n.deep/64] |= 1 << (n.deep % 64)
}

// stays says whether a node behind ** is active already.
func (f *finder) stays(at uint32) bool {
	if f.marks != nil {
		return f.marks[at/64]>>(at%64)&1 != 0
	}
	return f.deep.has(at)
}
