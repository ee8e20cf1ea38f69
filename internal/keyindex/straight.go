package keyindex

import "strings"

// Most keys take one way through the trie: at each segment one edge, of a literal text or of *. Such a way needs no sets of
// active nodes. The walk that does without is here; where a key turns out to branch off, it gives up, and find begins anew.

// maxStraight is how many nodes with a ** behind them the one way may have.
const maxStraight = 4

// straight does what find does, and reports false, with no hits added, where the key takes more than one way, or one by
// other edges.
func (f *finder) straight(root uint32) bool {
	n := &f.nodes[root]
	if n.crossing != 0 || n.edges[0].kind != 0 { // a bucket is asked for
		return false
	}
	var deep [maxStraight]uint32 // what is behind the ** of nodes on the way
	deeps := 0
	at := n.any[dirs]
	for f.start = 0; ; {
		n = &f.nodes[at]
		if n.deep != 0 {
			if n.deep&(single|below|onwardNode) == onwardNode || deeps == maxStraight {
				return false
			}
			deep[deeps] = n.deep
			deeps++
		}
		length := strings.IndexByte(f.key[f.start:], '/')
		if length < 0 {
			break
		}
		f.end = f.start + length
		to, ok := f.only(at, n)
		if !ok {
			return false
		}
		if at = to; at == 0 {
			f.start = afterLastSlash(f.key)
			break
		}
		f.start = f.end + 1
	}
	f.end = len(f.key)
	f.read(f.key[f.start:], fileEdge)
	if at != 0 {
		f.file(at)
	}
	for _, d := range deep[:deeps] {
		if d&(single|below) == 0 {
			f.file(d)
		} else {
			f.hit(d &^ below)
		}
	}
	return true
}

// only returns the node that the segment leads to from the one at, 0 for none, and false where there may be several.
func (f *finder) only(at uint32, n *node) (to uint32, ok bool) {
	to = n.any[dirs]
	segment := f.key[f.start:f.end]
	if n.crossing != 0 {
		c := &f.crossings[n.crossing]
		if c.begins[dirs]|c.ends[dirs] != 0 {
			return 0, false
		}
		if first := c.first[dirs]; first == 0 || segment != "" && !first.has(segment[0]) {
			return to, true
		}
		a, b := words(segment)
		next := f.table.find(at, literalEdge, a, b, segment)
		return to | next, to == 0 || next == 0
	}
	if n.edges[0].kind == 0 {
		return to, true
	}
	var head uint64
	if len(segment) >= 8 {
		head = eight(segment)
	} else {
		head, _ = words(segment)
	}
	several := false
	for i := range n.edges {
		switch e := &n.edges[i]; e.kind {
		case literalEdge:
			if e.text == head && int(e.length) == len(segment) {
				several = several || to != 0
				to = e.to
			}
		case beginEdge, endEdge:
			several = true
		}
	}
	return to, !several
}
