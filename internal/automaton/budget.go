package automaton

import (
	"math"
	"unsafe"
)

// Budget bounds the work of making and comparing languages. It counts steps and bytes, not time, so that a result does
// not depend on the machine. All automata that are made from one another share one; it also holds memory that they use
// in turn. It is not safe for concurrent use.
type Budget struct {
	steps, bytes int // left; negative for good once spent

	free    []NFA // the memory of automata that Free gave back
	freeDFA []DFA
	dfa     DFA // under construction
	subsets subsets
	pairs   pairs
	copies  []int32 // of CopyFragment
	liveness
	reached struct { // of Reach
		seen States
		all  []int32
	}
	intersection struct { // of Intersection
		arrivals   []arrival
		now, later []int32
	}
}

// NewBudget returns a budget of steps, some ten nanoseconds each, and of bytes, which count whether they are freed or not.
func NewBudget(steps, bytes int) *Budget { return &Budget{steps: steps, bytes: bytes} }

// Unlimited returns a budget that is never spent.
func Unlimited() *Budget { return NewBudget(math.MaxInt, math.MaxInt) }

// Spend takes steps and bytes from the budget. The error is [ErrTooLarge] as soon as either is spent, and ever after.
func (b *Budget) Spend(steps, bytes int) error {
	b.steps -= steps
	b.bytes -= bytes
	return b.Err()
}

// Err returns [ErrTooLarge] once the budget is spent.
func (b *Budget) Err() error {
	if b.steps < 0 || b.bytes < 0 {
		return ErrTooLarge
	}
	return nil
}

// Left returns the steps and bytes that are left, negative if more were needed.
func (b *Budget) Left() (steps, bytes int) { return b.steps, b.bytes }

// push appends a value and pays for the memory. It does not append once the budget is spent.
func push[T any](b *Budget, s []T, v T) []T {
	if len(s) < cap(s) {
		return append(s, v)
	}
	size := max(16, 2*cap(s))
	if b.Spend(0, allocated(size*int(unsafe.Sizeof(v)))) != nil {
		return s
	}
	return append(append(make([]T, 0, size), s...), v)
}

// allocated returns how much memory an allocation of some bytes takes at most.
func allocated(bytes int) int { return bytes + bytes/8 + 16 }

// resize returns a slice of n zero values, in the memory of s if that is enough. It returns nil once the budget is spent.
func resize[T any](b *Budget, s []T, n int) []T {
	if n <= cap(s) {
		s = s[:n]
		clear(s)
		return s
	}
	var zero T
	if b.Spend(0, allocated(n*int(unsafe.Sizeof(zero)))) != nil {
		return nil
	}
	return make([]T, n)
}
