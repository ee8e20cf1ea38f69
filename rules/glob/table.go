package glob

import (
	"math/bits"
	"math/rand/v2"
)

// table is the hash table of all edges that are found by a text: whole segments, their beginnings and their ends.
//
// Slots are 32 bytes, two to a cache line, with short texts in them, so that a look touches one line of memory and no more.
// Open addressing goes from one slot to the next. Only patterns are in the table, so that keys that strangers choose cannot make it slow; the hash is a quick one.
type table struct {
	seed  uint64
	slots []slot // a power of two of them, at most half in use
	used  int
	texts []byte
}

type slot struct {
	owner  uint32 // node and kind of the edge, 0 for a free slot
	to     uint32
	offset uint32 // of a long text in texts
	length uint16
	tag    uint16 // of the hash
	short  [16]byte
}

// edgeKind says what the text of an edge is.
type edgeKind uint32

const (
	literalEdge edgeKind = iota // a whole segment
	beginEdge                   // the beginning of segments
	endEdge                     // their end
	fileEdge    edgeKind = 4    // of the base name; otherwise of a segment before
)

const kindBits = 3

func newTable() table { return table{seed: rand.Uint64(), slots: make([]slot, 16)} }

// hash is multiplicative over eight bytes at a time, the last ones overlapping those before.
func (t *table) hash(s string) uint64 {
	h := t.seed ^ uint64(len(s))
	switch {
	case len(s) >= 8:
		for i := 0; i+8 < len(s); i += 8 {
			h = mix(h ^ eight(s[i:]))
		}
		return mix(h ^ eight(s[len(s)-8:]))
	case len(s) >= 4:
		return mix(h ^ four(s)<<32 ^ four(s[len(s)-4:]))
	case len(s) > 0:
		return mix(h ^ uint64(s[0])<<40 ^ uint64(s[len(s)/2])<<24 ^ uint64(s[len(s)-1])<<8)
	}
	return mix(h)
}

func mix(h uint64) uint64 {
	hi, lo := bits.Mul64(h, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// eight and four read that many bytes of s; the compiler makes one load of each.
func eight(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func four(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// place returns the slot to begin with and the tag for an edge.
func (t *table) place(owner uint32, hash uint64) (uint64, uint16) {
	h := mix(hash ^ uint64(owner))
	return h & uint64(len(t.slots)-1), uint16(h >> 48)
}

// find returns where an edge leads to, 0 if there is none. Hash is that of text.
func (t *table) find(node uint32, kind edgeKind, hash uint64, text string) uint32 {
	if s := t.slot(node<<kindBits|uint32(kind), hash, text); s.owner != 0 {
		return s.to
	}
	return 0
}

// slot returns the slot of an edge, a free one if there is none.
func (t *table) slot(owner uint32, hash uint64, text string) *slot {
	i, tag := t.place(owner, hash)
	for {
		s := &t.slots[i]
		if s.owner == 0 || s.owner == owner && s.tag == tag && int(s.length) == len(text) && string(t.text(s)) == text {
			return s
		}
		i = (i + 1) & uint64(len(t.slots)-1)
	}
}

// text returns the text of a slot.
func (t *table) text(s *slot) []byte {
	if int(s.length) <= len(s.short) {
		return s.short[:s.length]
	}
	return t.texts[s.offset : s.offset+uint32(s.length)]
}

// at returns where to write down what an edge leads to: 0 stands there for an edge that is new.
func (t *table) at(node uint32, kind edgeKind, text string) *uint32 {
	owner, hash := node<<kindBits|uint32(kind), t.hash(text)
	if s := t.slot(owner, hash, text); s.owner != 0 {
		return &s.to
	}
	if t.used++; 2*t.used > len(t.slots) {
		t.grow()
	}
	s := t.slot(owner, hash, text)
	_, tag := t.place(owner, hash)
	*s = slot{owner: owner, offset: uint32(len(t.texts)), length: uint16(len(text)), tag: tag}
	if copy(s.short[:], text) < len(text) {
		t.texts = append(t.texts, text...)
	}
	return &s.to
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for i := range old {
		if s := &old[i]; s.owner != 0 {
			text := string(t.text(s))
			*t.slot(s.owner, t.hash(text), text) = *s
		}
	}
}
