package keyindex

import (
	"cmp"
	"slices"
	"unsafe"
)

// Stats says what an Index is made of, and where it has more to do than a few looks for a key.
type Stats struct {
	Places int // that were added
	Ways   int // alternatives of their patterns, for each bucket, prefix and suffix
	Nodes  int
	Edges  int // that are found by a text
	Bytes  int // of memory, about

	Partly   Crowd   // places that have too many ways, so that some of what they ask for is compared
	Compared []Crowd // odd segments that are compared one after another at one place of the trie
	Together []Crowd // places that are found together, so that what else they ask for is compared for each of them
}

// Crowd is a number of segments or places that one key may have to do with.
type Crowd struct {
	Count int
	First int // the first place among them
}

// Of crowds the largest are told, and only those that a key has notable work with.
const (
	maxCrowds = 3
	crowd     = 10
)

// Stats returns what the index is made of.
func (x *Index) Stats() Stats { return x.stats }

// count makes the Stats of the index that is built.
func (b *Builder) count() Stats {
	s, x := b.stats, &b.x
	s.Nodes = len(x.nodes) - 1
	for i := range b.table.slots {
		if b.table.slots[i].length > 0 {
			s.Edges++
		}
	}
	s.Bytes = bytes(x.nodes) + bytes(x.crossings) + bytes(x.table.slots) + bytes(x.table.texts) + bytes(x.lists) + bytes(x.odds) +
		bytes(x.leaves) + bytes(x.runs) + bytes(x.hits) + bytes(x.segments)
	for i, l := range b.lists {
		s.Compared = append(s.Compared, Crowd{len(l), b.firsts[i]})
	}
	for _, hits := range b.leaves {
		c := Crowd{Count: len(hits)}
		if len(hits) > 0 {
			c.First = slices.Min(hits).ID()
		}
		s.Together = append(s.Together, c)
	}
	s.Compared, s.Together = largest(s.Compared), largest(s.Together)
	return s
}

func largest(all []Crowd) []Crowd {
	all = slices.DeleteFunc(all, func(c Crowd) bool { return c.Count < crowd })
	slices.SortFunc(all, func(a, b Crowd) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.First, b.First))
	})
	return all[:min(len(all), maxCrowds)]
}

// bytes returns how much memory the elements of a slice take.
func bytes[T any](s []T) int {
	var element T
	return len(s) * int(unsafe.Sizeof(element))
}
