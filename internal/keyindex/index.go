package keyindex

import (
	"math/bits"
	"strings"
	"unsafe"

	"onput/internal/glob"
)

// Index finds the places that an object is in, among any number of them. It is immutable and safe for concurrent use.
//
// It is a trie over segments: the bucket first, then the segments of the key. From a node * and ** are followed by edges of
// their own, a literal segment, or one with a literal beginning or end (*.mp4, clip-[0-9]*), by an edge that has that
// text. Few short texts are in the node itself, so that nothing else of memory is touched; where there are more, a segment
// takes one look into a hash table, and one more for each length that the beginnings or ends at the node have. Only segments
// without either, such as [0-9]* or *x*, are compared one after another, each different one once. The last segment has
// edges of its own, to what matches there.
//
// Several nodes can be active at once, as in a nondeterministic automaton: a node behind ** stays active for all further
// segments. Each node is active at most once for a segment, so that the cost of a key is bounded by its segments times
// the nodes, whatever the patterns. A node behind ** that has only last segments, as in tenant-17/**/*.mp4, waits for the base
// name and costs nothing on the way.
type Index struct {
	plain, folded uint32 // the roots, for letters as they are and for folded ones; 0 for none
	nodes         []node
	crossings     []crossing // [0] is none
	table         table      // of the edges of crossings
	lists         []part     // of odds: segments that are compared one after another; [0] is none
	odds          []odd
	segments      []segment // of odd segments; [0] is none
	leaves        []part    // of runs: what matches, where that is more than one place; [0] is none
	runs          []run
	hits          []Hit
	stats         Stats
}

// Hit is a place that an object is in: its number, and whether that is sure or only likely.
type Hit uint32

// ID returns the number that the place was added with.
func (h Hit) ID() int { return int(h >> 1) }

// Exact says whether bucket and patterns of the place match. Where not, they have to be compared; its prefixes and suffixes
// have to be compared in any case.
func (h Hit) Exact() bool { return h&1 == 0 }

// node is where some segments lead to, and what may follow there. It fills a cache line. Of each pair the first is for a
// segment before the last slash, which leads to nodes, the second for the base name, which leads to what matches.
type node struct {
	any      [2]uint32 // where * leads to, 0 for nowhere
	deep     uint32    // what is behind **, 0 for nothing
	crossing uint32    // where its edges are, if they are not here; 0 for none
	edges    [3]edge
}

// edge leads from a node to what its text is part of, if that has at most eight bytes. The text is compared as one word:
// the segment's, shifted to the left until it has no more bytes than the text.
type edge struct {
	text   uint64 // shifted
	to     uint32
	shift  uint8 // bits
	length uint8 // bytes of the text
	kind   edgeKind
}

// noEdge is an edge that no segment takes: no word of kind 0 is 1.
var noEdge = edge{text: 1}

// crossing is a node of which more edges go than fit into it, or with longer texts: they are in the table.
type crossing struct {
	begins, ends [2]uint64  // bit n: there are segments that are found by their first or last n bytes
	first        [2]byteSet // first bytes of literal segments; not empty where there is one
	last         [2]byteSet // last bytes of segments that are found by their end
}

// The sides of a node.
const (
	dirs  = 0
	files = 1
)

// byteSet tells of most bytes that they are not in it: bit n is for those that are n modulo 32, so that letters differ from
// each other and from digits.
type byteSet uint32

func (b byteSet) has(c byte) bool { return b>>(c&31)&1 != 0 }

// odd is a segment that is compared. What it leads to is a node or a leaf.
type odd struct {
	segment uint32 // 0 where it has been found by all that it asks for
	to      uint32
}

// part is a part of a slice.
type part struct{ from, to uint32 }

// run is places of the same group, in Index.hits.
type run struct{ group, from, to uint32 }

// The bits of what an edge leads to.
const (
	single = 1 << 31 // one Hit instead of a leaf
	list   = 1 << 30 // a list instead of a node or leaf
)

// The bits of what is behind **: a node; or, where all that is below matches, one Hit (single) or a leaf.
const (
	below      = 1 << 30 // a leaf
	onwardNode = 1 << 29 // a node that goes on with further segments than the last
)

// maxAffix is how many bytes of a literal beginning or end a segment is found by.
const maxAffix = 63

// Hits are the places that an object is in.
type Hits struct{ few[Hit] }

// Sorted returns them in the order of their numbers, some perhaps more than once, and the sure ones first. It is called
// once.
func (h *Hits) Sorted() []Hit { return h.sorted() }

// Find adds the places to found in which an object is. Groups has a bit for each group of places that may be left out where
// it is not set.
func (x *Index) Find(bucket, key string, groups uint64, found *Hits) {
	f := finder{Index: x, bucket: bucket, groups: groups, hits: found}
	if x.plain != 0 {
		f.key = key
		if !f.straight(x.plain) {
			f.find(x.plain)
		}
	}
	if x.folded != 0 {
		f.fold = true
		var room [1024]byte // no key of OSS is longer
		folded := glob.AppendFolded(room[:0], key)
		// The bytes stay as they are while the string is in use.
		f.key = unsafe.String(unsafe.SliceData(folded), len(folded))
		if !f.straight(x.folded) {
			f.find(x.folded)
		}
	}
}

// finder is one walk through the index.
type finder struct {
	*Index
	bucket, key string
	fold        bool // the key is folded
	groups      uint64
	hits        *Hits

	// The segment that the walk is at:
	start, end int       // where it is in the key
	inBucket   bool      // it is the bucket instead
	words      [8]uint64 // by the kind of an edge, what its text is compared with
	a, b       uint64    // what words makes of it, if it has at most 16 bytes

	active [2]few[uint32] // the nodes that are active for the segment, and for the one after it
	next   int            // which of the two the latter is
	deep   few[uint32]    // the nodes with a ** behind them, which stays active
	marks  marks          // deep as a set, where they are many
	onward bool           // one of them goes on with further segments than the last
}

func (f *finder) find(root uint32) {
	f.active[f.next].n, f.deep.n, f.marks, f.onward = 0, 0, marks{}, false
	if n := &f.nodes[root]; n.crossing == 0 && n.edges[0].kind == 0 { // nobody asks for a bucket
		f.enter(n.any[dirs])
	} else {
		f.inBucket = true
		f.read(f.bucket, 0)
		f.dir(root)
		f.inBucket = false
	}
	for f.start = 0; ; f.start = f.end + 1 {
		n := strings.IndexByte(f.key[f.start:], '/')
		if n < 0 {
			break
		}
		now := &f.active[f.next]
		if now.n == 0 && !f.onward {
			f.start = afterLastSlash(f.key)
			break
		}
		f.end = f.start + n
		f.read(f.key[f.start:f.end], 0)
		waiting, onward := f.deep.n, f.onward
		f.next ^= 1
		f.active[f.next].n = 0
		for i := range now.n {
			f.dir(now.at(i))
		}
		for i := 0; onward && i < waiting; i++ {
			if deep := f.nodes[f.deep.at(i)].deep; deep&(single|below) == 0 {
				f.dir(deep &^ onwardNode)
			}
		}
	}
	f.end = len(f.key)
	f.read(f.key[f.start:], fileEdge)
	now := &f.active[f.next]
	for i := range now.n {
		f.file(now.at(i))
	}
	for i := range f.deep.n {
		if deep := f.nodes[f.deep.at(i)].deep; deep&(single|below) == 0 {
			f.file(deep &^ onwardNode)
		} else {
			f.hit(deep &^ below)
		}
	}
}

// segment returns the segment that the walk is at.
func (f *finder) segment() string {
	if f.inBucket {
		return f.bucket
	}
	return f.key[f.start:f.end]
}

// read takes the words of the segment, which is the base name with fileEdge, and one before it with 0.
func (f *finder) read(segment string, kind edgeKind) {
	var head, tail uint64
	if n := len(segment); n > 8 {
		head, f.b = eight(segment), eight(segment[n-8:])
		tail = bits.ReverseBytes64(f.b)
	} else {
		head, f.b = words(segment)
		tail = bits.ReverseBytes64(head) >> (64 - 8*n)
	}
	f.a = head
	kind &= fileEdge // as it is; the compiler knows then that the words are there
	f.words[kind|literalEdge], f.words[kind|beginEdge], f.words[kind|endEdge] = head, head, tail
}

// dir takes every edge of a node that the segment takes, where that is not the last.
func (f *finder) dir(at uint32) {
	n := &f.nodes[at]
	if to := n.any[dirs]; to != 0 {
		f.enter(to)
	}
	if n.crossing != 0 {
		f.cross(at, &f.crossings[n.crossing], dirs)
		return
	}
	for i := range n.edges {
		e := &n.edges[i]
		if f.words[e.kind&7]<<e.shift == e.text && e.kind < fileEdge && f.fits(e) {
			f.enterAll(e.to)
		}
	}
}

// file is dir where the segment is the base name: it takes what matches. The two are written out because each key goes
// through them several times.
func (f *finder) file(at uint32) {
	n := &f.nodes[at]
	if to := n.any[files]; to != 0 {
		f.hit(to)
	}
	if n.crossing != 0 {
		f.cross(at, &f.crossings[n.crossing], files)
		return
	}
	for i := range n.edges {
		e := &n.edges[i]
		if f.words[e.kind&7]<<e.shift == e.text && e.kind > fileEdge && f.fits(e) {
			f.hitAll(e.to)
		}
	}
}

// fits says whether the segment has as many bytes as an edge asks for.
func (f *finder) fits(e *edge) bool {
	n := f.end - f.start
	if f.inBucket {
		n = len(f.bucket)
	}
	return int(e.length) == n || int(e.length) < n && e.kind&^fileEdge != literalEdge
}

// cross takes the edges of a node that are in the table.
func (f *finder) cross(at uint32, c *crossing, side edgeKind) {
	segment, kind := f.segment(), side*fileEdge
	if first := c.first[side]; first != 0 && (segment == "" || first.has(segment[0])) {
		a, b := f.a, f.b
		if len(segment) > 16 {
			a, b = words(segment)
		}
		f.take(f.table.find(at, kind|literalEdge, a, b, segment), kind)
	}
	if ends := c.ends[side]; ends != 0 && segment != "" && c.last[side].has(segment[len(segment)-1]) {
		for ; ends != 0; ends &= ends - 1 {
			n := bits.TrailingZeros64(ends)
			if n > len(segment) {
				break
			}
			end := segment[len(segment)-n:]
			a, b := words(end)
			f.take(f.table.find(at, kind|endEdge, a, b, end), kind)
		}
	}
	for begins := c.begins[side]; begins != 0; begins &= begins - 1 {
		n := bits.TrailingZeros64(begins)
		if n > len(segment) {
			break
		}
		begin := segment[:n]
		a, b := words(begin)
		f.take(f.table.find(at, kind|beginEdge, a, b, begin), kind)
	}
}

// take takes an edge of the table, if it is there.
func (f *finder) take(to uint32, kind edgeKind) {
	switch {
	case to == 0:
	case kind != 0:
		f.hitAll(to)
	default:
		f.enterAll(to)
	}
}

// enterAll makes a node active that an edge leads to; where that is a list, those of the segments that match.
func (f *finder) enterAll(to uint32) {
	if to&list == 0 {
		f.enter(to)
		return
	}
	l := f.lists[to&^list]
	for _, o := range f.odds[l.from:l.to] {
		if f.matches(o.segment) {
			f.enter(o.to)
		}
	}
}

// matches compares an odd segment.
func (f *finder) matches(odd uint32) bool {
	return odd == 0 || f.segments[odd].canBe(f.segment(), f.fold && !f.inBucket)
}

// hitAll adds what an edge leads to; where that is a list, what those of the segments lead to that match.
func (f *finder) hitAll(to uint32) {
	if to&(single|list) != list {
		f.hit(to)
		return
	}
	l := f.lists[to&^list]
	for _, o := range f.odds[l.from:l.to] {
		if f.matches(o.segment) {
			f.hit(o.to)
		}
	}
}

// hit adds what matches: a leaf, or one Hit.
func (f *finder) hit(to uint32) {
	if to&single != 0 {
		f.hits.add(Hit(to &^ single))
		return
	}
	leaf := f.leaves[to]
	for _, r := range f.runs[leaf.from:leaf.to] {
		if f.groups>>r.group&1 != 0 {
			for _, h := range f.Index.hits[r.from:r.to] {
				f.hits.add(h)
			}
		}
	}
}

// enter makes a node active, and for good what is behind a ** after it.
func (f *finder) enter(at uint32) {
	n := &f.nodes[at]
	if n.edges[0].kind != 0 || n.crossing|n.any[dirs]|n.any[files] != 0 {
		f.active[f.next].add(at)
	}
	if n.deep == 0 || f.stays(at) {
		return
	}
	f.deep.add(at)
	f.onward = f.onward || n.deep&(single|below|onwardNode) == onwardNode
	if f.marks.n == 0 && f.deep.n <= len(f.deep.room) {
		return
	}
	for i := f.marks.n; i < f.deep.n; i++ {
		f.marks.add(f.deep.at(i))
	}
}

// stays says whether what is behind a ** after a node is active already.
func (f *finder) stays(at uint32) bool {
	if f.marks.n > 0 {
		return f.marks.has(at)
	}
	return f.deep.has(at)
}

// afterLastSlash returns where the base name of a key begins.
func afterLastSlash(key string) int {
	const low7, slashes = 0x7f7f7f7f7f7f7f7f, 0x2f2f2f2f2f2f2f2f
	i := len(key)
	for ; i >= 8; i -= 8 {
		x := eight(key[i-8:]) ^ slashes
		if zeros := ^((x&low7 + low7) | x | low7); zeros != 0 { // the top bit of each byte that was a slash
			return i - bits.LeadingZeros64(zeros)/8
		}
	}
	return strings.LastIndexByte(key[:i], '/') + 1
}
