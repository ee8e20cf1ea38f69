package keyindex

import (
	"math/bits"
	"math/rand/v2"
)

// table is a hash table of edges that are found by a text: whole segments, their beginnings and their ends.
//
// Slots are 32 bytes, two to a cache line, with short texts in them, so that a look touches one line of memory and no more,
// and a short text is compared as two words. Open addressing goes from one slot to the next. Only patterns are in the
// table, so that keys that strangers choose cannot make it slow; the hash is a quick one.
type table struct {
	seed  uint64
	slots []slot // a power of two of them, at most half of them in use
	used  int
	texts []byte // those of more than 16 bytes
}

type slot struct {
	a, b   uint64 // the words of the text
	owner  uint32 // node and kind of the edge, 0 for a free slot
	to     uint32
	offset uint32 // of a long text in texts
	length uint16
}

// edgeKind says what the text of an edge is.
type edgeKind uint8

const (
	literalEdge edgeKind = 1 // a whole segment
	beginEdge   edgeKind = 2 // the beginning of segments, of all of them if it is empty
	endEdge     edgeKind = 3 // their end
	fileEdge    edgeKind = 4 // in addition: of the base name, otherwise of a segment before
)

const kindBits = 3

// newTable returns a table with room for so many edges.
func newTable(edges int) table {
	size := 16
	for size < 2*edges {
		size *= 2
	}
	return table{seed: rand.Uint64(), slots: make([]slot, size)}
}

// words returns a text as two numbers. Texts of the same length that have the same ones are the same, if they have at most
// 16 bytes. One of up to eight is the first, as eight reads it, with zeros behind it.
func words(s string) (a, b uint64) {
	n := len(s)
	switch {
	case n > 16:
		a = eight(s)
		for i := 8; i+8 < n; i += 8 {
			b = mix(b^eight(s[i:]), a)
		}
		return a, mix(b^eight(s[n-8:]), a)
	case n > 8:
		return eight(s), eight(s[n-8:])
	case n == 8:
		return eight(s), 0
	case n >= 4:
		return four(s) | four(s[n-4:])<<(8*(n-4)), 0
	case n > 0:
		return uint64(s[0]) | uint64(s[n/2])<<(8*(n/2)) | uint64(s[n-1])<<(8*(n-1)), 0
	}
	return 0, 0
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xd1b54a32d192ed03)
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

// find returns where an edge leads to, 0 if there is none; a and b are the words of its text.
func (t *table) find(node uint32, kind edgeKind, a, b uint64, text string) uint32 {
	return t.slot(node<<kindBits|uint32(kind), a, b, text).to
}

// slot returns the slot of an edge, a free one if there is none.
func (t *table) slot(owner uint32, a, b uint64, text string) *slot {
	n := len(text)
	last := uint64(len(t.slots) - 1)
	for i := mix(a^t.seed, b^uint64(owner)<<16^uint64(n)); ; i++ {
		s := &t.slots[i&last]
		if s.owner == 0 || s.a == a && s.owner == owner && s.b == b && int(s.length) == n && (n <= 16 || string(t.long(s)) == text) {
			return s
		}
	}
}

// long returns the text of a slot, if it has more than 16 bytes.
func (t *table) long(s *slot) []byte {
	return t.texts[s.offset : s.offset+uint32(s.length)]
}

// text returns the text of a slot.
func (t *table) text(s *slot) string {
	if s.length > 16 {
		return string(t.long(s))
	}
	var room [16]byte
	for i := range 8 {
		room[i] = byte(s.a >> (8 * i))
	}
	if s.length > 8 {
		for i := range 8 {
			room[int(s.length)-8+i] = byte(s.b >> (8 * i))
		}
	}
	return string(room[:s.length])
}

// at returns where to write down what an edge leads to: 0 stands there for an edge that is new.
func (t *table) at(node uint32, kind edgeKind, text string) *uint32 {
	owner := node<<kindBits | uint32(kind)
	a, b := words(text)
	s := t.slot(owner, a, b, text)
	if s.owner != 0 {
		return &s.to
	}
	if t.used++; 2*t.used > len(t.slots) {
		t.grow()
		s = t.slot(owner, a, b, text)
	}
	*s = slot{a: a, b: b, owner: owner, offset: uint32(len(t.texts)), length: uint16(len(text))}
	if len(text) > 16 {
		t.texts = append(t.texts, text...)
	}
	return &s.to
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, 2*len(old))
	for i := range old {
		if s := &old[i]; s.owner != 0 {
			*t.slot(s.owner, s.a, s.b, t.text(s)) = *s
		}
	}
}
