package keyindex

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// table maps the edges of all nodes to targets.
//
// The edges of a node are a small hash table in slots of its own, so a look-up in a node of few edges touches one or
// two cache lines; in a Go map it touches several for each edge. This is measurably faster among 100,000 rules. All
// edges come from rule files, and the hash has a random seed, so that untrusted keys cannot make it slow.
type table struct {
	seed  maphash.Seed
	slots []slot
}

// slot holds an edge and its target. It is free if the target is zero.
type slot struct {
	edge
	target
}

// edge holds its side, its kind, the length of its text (maxInline+1 for all longer texts), and the text, for a long
// one its number.
type edge [3 + maxInline]byte

// maxInline is the longest text in an edge. A slot fills half a cache line.
const maxInline = 21

// edge returns the edge of a text. It returns false for a long text that is not in the index.
func (x *Index) edge(side side, kind edgeKind, text string) (edge, bool) {
	e := edge{byte(side), byte(kind), byte(min(len(text), maxInline+1))}
	if len(text) <= maxInline {
		copy(e[3:], text)
		return e, true
	}
	number, ok := x.longTexts[text]
	binary.LittleEndian.PutUint32(e[3:], number)
	return e, ok
}

// target holds the node or leaf that an edge leads to without a comparison, and the number of a list of wildcards to
// compare. Either may be 0, for none.
type target struct{ to, list uint32 }

// newTable returns a table of the edges of nodes, and sets the slots of the nodes.
func newTable(nodes []node, edges map[nodeEdge]target) table {
	for key := range edges {
		nodes[key.node].slotCount++
	}
	total := uint32(0)
	for i := range nodes {
		n := &nodes[i]
		if count := n.slotCount; count > 0 {
			n.firstSlot, n.slotCount = total, 1<<bits.Len32(count+count/2-1) // a power of two
			total += n.slotCount
		}
	}
	t := table{seed: maphash.MakeSeed(), slots: make([]slot, total)}
	for key, to := range edges {
		*t.slot(&nodes[key.node], key.edge) = slot{key.edge, to}
	}
	return t
}

// lookup returns the target of an edge of a node, zero if there is none.
func (t *table) lookup(n *node, e edge) target {
	if s := t.slot(n, e); s != nil {
		return s.target
	}
	return target{}
}

// slot returns the slot of an edge, or else a free one for it, or nil if all slots of the node are in use.
func (t *table) slot(n *node, e edge) *slot {
	slots := t.slots[n.firstSlot:][:n.slotCount]
	hash := uint32(maphash.Bytes(t.seed, e[:]))
	for i := range n.slotCount {
		if s := &slots[(hash+i)&(n.slotCount-1)]; s.edge == e || s.target == (target{}) {
			return s
		}
	}
	return nil
}
