package keyindex

import "slices"

// few is a list of numbers that needs no memory of its own while it is short, which it nearly always is.
//
// It grows by hand: the compiler takes whatever append returns through a pointer to be anywhere, and would put the list, and
// all that is beside it, on the heap.
type few[T ~uint32] struct {
	n    int
	room [8]T
	more []T
}

func (f *few[T]) add(v T) {
	i := f.n - len(f.room)
	f.n++
	if i < 0 {
		f.room[f.n-1] = v
		return
	}
	if i == len(f.more) {
		more := make([]T, max(64, 2*len(f.more)))
		copy(more, f.more)
		f.more = more
	}
	f.more[i] = v
}

func (f *few[T]) at(i int) T {
	if i < len(f.room) {
		return f.room[i]
	}
	return f.more[i-len(f.room)]
}

func (f *few[T]) has(v T) bool {
	for i := range f.n {
		if f.at(i) == v {
			return true
		}
	}
	return false
}

// sorted returns the numbers in order. The list is of no use afterwards.
func (f *few[T]) sorted() []T {
	all := f.room[:min(f.n, len(f.room))]
	if f.n > len(f.room) {
		all = slices.Concat(all, f.more[:f.n-len(f.room)])
	}
	if len(all) > 1 {
		slices.Sort(all)
	}
	return all
}

// marks is a set of numbers other than 0, which takes memory for what is in it. They are not what strangers choose: nothing
// keeps them from having the same hash.
type marks struct {
	n     int
	slots []uint32 // a power of two of them, at most half of them in use; 0 for a free one
}

// add adds a number that is not in the set.
func (m *marks) add(v uint32) {
	if m.n++; 2*m.n > len(m.slots) {
		old := m.slots
		m.slots = make([]uint32, max(64, 2*len(old)))
		for _, v := range old {
			if v != 0 {
				*m.slot(v) = v
			}
		}
	}
	*m.slot(v) = v
}

func (m *marks) has(v uint32) bool { return *m.slot(v) == v }

// slot returns where a number is, or a free slot.
func (m *marks) slot(v uint32) *uint32 {
	last := uint32(len(m.slots) - 1)
	for i := v * 0x9e3779b1 >> 7; ; i++ {
		if s := &m.slots[i&last]; *s == v || *s == 0 {
			return s
		}
	}
}
