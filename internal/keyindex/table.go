package keyindex

import (
	"encoding/binary"
	"hash/maphash"
)

// table is a hash table from edges to targets.
//
// A look-up touches one cache line, a Go map several: this is measurably faster among 100,000 rules. All edges come
// from rule files, and the hash has a random seed, so that untrusted keys cannot make it slow.
type table struct {
	seed  maphash.Seed
	slots []slot // a power of two of them, at most half of them in use
	used  int
}

// slot holds an edge and its target. It is free if from is 0.
type slot struct {
	edge
	target
}

// edge leads from a node to the target of a text. It holds a short text itself.
type edge struct {
	from   uint32
	side   side
	kind   edgeKind
	length uint8           // maxInline+1 for all longer texts
	text   [maxInline]byte // of a long text its number
}

// maxInline is the longest text in an edge. A slot fills half a cache line.
const maxInline = 17

// edge returns the edge of a text. It returns false for a long text that is not in the index.
func (x *Index) edge(from uint32, side side, kind edgeKind, text string) (edge, bool) {
	e := edge{from: from, side: side, kind: kind, length: uint8(min(len(text), maxInline+1))}
	if len(text) <= maxInline {
		copy(e.text[:], text)
		return e, true
	}
	number, ok := x.longTexts[text]
	binary.LittleEndian.PutUint32(e.text[:], number)
	return e, ok
}

// target holds the node or leaf that an edge leads to without a comparison, and the number of a list of wildcards to
// compare. Either may be 0, for none.
type target struct{ to, list uint32 }

// newTable returns an empty table.
func newTable() table {
	return table{seed: maphash.MakeSeed(), slots: make([]slot, 64)}
}

// lookup returns the target of an edge, zero if it is not in the table.
func (t *table) lookup(e edge) target { return t.slot(e).target }

// insert adds an edge, if it is new, and returns its target. The pointer is valid until the next insert.
func (t *table) insert(e edge) *target {
	s := t.slot(e)
	if s.from != 0 {
		return &s.target
	}
	if t.used++; 2*t.used > len(t.slots) {
		old := t.slots
		t.slots = make([]slot, 2*len(old))
		for i := range old {
			if old[i].from != 0 {
				*t.slot(old[i].edge) = old[i]
			}
		}
		s = t.slot(e)
	}
	s.edge = e
	return &s.target
}

// slot returns the slot of an edge, or a free one for it.
func (t *table) slot(e edge) *slot {
	last := uint64(len(t.slots) - 1)
	owner := uint64(e.from)<<3 | uint64(e.side)<<2 | uint64(e.kind)
	hash := maphash.Bytes(t.seed, e.text[:]) ^ owner*0x9e3779b97f4a7c15>>16 // twice as fast as maphash.Comparable
	for i := hash; ; i++ {
		if s := &t.slots[i&last]; s.edge == e || s.from == 0 {
			return s
		}
	}
}
