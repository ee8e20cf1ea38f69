package automaton

import "encoding/binary"

// Minimal returns the automaton of the same language with the fewest states. The error is [ErrTooLarge].
func (d *DFA) Minimal() (*DFA, error) {
	b := d.budget
	class := make([]int32, d.Size()) // by state; states of one class are not told apart so far
	count := int32(1)
	var signature []byte
	for {
		if b.Spend(20*(d.Size()+len(d.edges)), 20*(d.Size()+len(d.edges))) != nil {
			return nil, ErrTooLarge
		}
		next, numbers := make([]int32, d.Size()), map[string]int32{}
		for s := range int32(d.Size()) {
			signature = signature[:0]
			if d.accept[s] {
				signature = append(signature, 1)
			}
			for _, e := range d.classEdges(s, class) {
				signature = binary.BigEndian.AppendUint32(signature, uint32(e.Lo))
				signature = binary.BigEndian.AppendUint32(signature, uint32(e.Hi))
				signature = binary.BigEndian.AppendUint32(signature, uint32(e.To))
			}
			if _, ok := numbers[string(signature)]; !ok {
				numbers[string(signature)] = int32(len(numbers))
			}
			next[s] = numbers[string(signature)]
		}
		class = next
		if int32(len(numbers)) == count {
			break
		}
		count = int32(len(numbers))
	}
	m := &DFA{budget: b}
	for s := range int32(d.Size()) { // a class is numbered when its first state comes, so that state 0 stays the start
		if class[s] != int32(len(m.accept)) {
			continue
		}
		m.begin()
		for _, e := range d.classEdges(s, class) {
			m.add(e)
		}
		m.accept = push(b, m.accept, d.accept[s])
	}
	m.begin()
	return m, b.Err()
}

// classEdges returns the edges that leave a state as edges to classes of states.
func (d *DFA) classEdges(s int32, class []int32) (edges []Edge) {
	for _, e := range d.out(s) {
		e.To = class[e.To]
		if last := len(edges) - 1; last >= 0 && edges[last].To == e.To && edges[last].Hi+1 == e.Lo {
			edges[last].Hi = e.Hi
			continue
		}
		edges = append(edges, e)
	}
	return edges
}
