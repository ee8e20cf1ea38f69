// Package membudget divides the memory of an instance among the rules and the invocations in flight.
//
// Function Compute kills a process that holds more than the function's memorySize, and every invocation in it. So code
// that is about to hold much memory leases it first, and waits until there is enough. A lease is an estimate of live bytes,
// with a margin; Go's memory limit makes the collector run before garbage adds up to more. e2e/memory_test.go runs the
// function in memory cgroups.
//
// A payload leases memory as its bytes arrive, and only a complete one leases what handling it takes. So whoever waits for
// that lease waits for invocations that are handled, never for a client that stalls:
//
//   - The first [FreePayload] bytes of a payload need no lease.
//   - A small payload then leases all of its bytes from a share of its own, so that payloads that are half read cannot hold
//     the memory that others need to be handled.
//   - A large payload waits for the only slot of large payloads before it leases its bytes. Two that are half read cannot
//     block each other, and no more than one waits in the queue that small payloads wait in, too.
package membudget

import (
	"cmp"
	"context"
	"math"
	"runtime/debug"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

const (
	mb = 1 << 20

	outsideGo   = 16 * mb // the program's code, and the kernel's buffers of connections; at least, else an eighth
	unleased    = 24 * mb // arriving, connections, small objects, and garbage, so that the collector need not run all the time
	arriving    = 8 * mb  // small payloads that are read
	invocations = 8 * mb  // that rules leave free, for a few events of 128 KB
	defaultSize = 4096    // MB, if the memory of the instance is not known
)

// Budget is the memory of an instance that can be leased. A nil Budget has no limit.
type Budget struct {
	size     int64
	rules    atomic.Int64 // leased for good
	free     *semaphore.Weighted
	arriving *semaphore.Weighted // for small payloads that are read
	large    *semaphore.Weighted // the slot of the large payload that is read
}

// New returns the budget of an instance with the given memory in MB.
func New(memory int) *Budget {
	size := max(goLimit(memory)-unleased, 0)
	return &Budget{
		size:     size,
		free:     semaphore.NewWeighted(size),
		arriving: semaphore.NewWeighted(arriving),
		large:    semaphore.NewWeighted(1),
	}
}

// FromEnvironment returns the budget of this process, and sets Go's memory limit if the environment gives the function's
// memorySize: in FC_FUNCTION_MEMORY_SIZE, or in FC_MEMORY_SIZE if Serverless Devs runs the function on a machine of its own.
func FromEnvironment(getenv func(string) string) *Budget {
	memory, err := strconv.Atoi(cmp.Or(getenv("FC_FUNCTION_MEMORY_SIZE"), getenv("FC_MEMORY_SIZE")))
	if err != nil || memory <= 0 || memory > math.MaxInt64/mb {
		return New(defaultSize)
	}
	debug.SetMemoryLimit(goLimit(memory))
	return New(memory)
}

// goLimit returns the bytes that Go may take of an instance's memory in MB.
func goLimit(memory int) int64 {
	bytes := int64(memory) * mb
	return max(bytes-max(bytes/8, outsideGo), 0)
}

// MemorySize returns the least memorySize, in MB, at which rules that need so many bytes are loaded.
func MemorySize(rules int64) int {
	memory := 128
	for New(memory).ForRules() < rules {
		memory += 64 // Function Compute gives multiples of it
	}
	return memory
}

// ForRules returns the bytes that new rules may take in addition to the loaded ones.
func (b *Budget) ForRules() int64 { return max(b.Left()-invocations, 0) }

// Left returns the bytes that the rules leave.
func (b *Budget) Left() int64 {
	if b == nil {
		return math.MaxInt64
	}
	return b.size - b.rules.Load()
}

// Lease is the right to hold an amount of memory.
type Lease struct {
	budget *Budget
	n      int64
	rules  bool
}

// Acquire returns a lease of n bytes as soon as they are free, or the error of ctx. If n is more than is ever free, it
// waits for the end of ctx.
func (b *Budget) Acquire(ctx context.Context, n int64) (*Lease, error) {
	if b != nil {
		if err := b.free.Acquire(ctx, n); err != nil {
			return nil, err
		}
	}
	return &Lease{budget: b, n: n}, nil
}

// Size returns the bytes of the lease.
func (l *Lease) Size() int64 { return l.n }

// Resize changes the lease to n bytes. It reports false if that takes more bytes than are free now.
func (l *Lease) Resize(n int64) bool {
	switch more := n - l.n; {
	case l.budget == nil, more == 0:
	case more < 0:
		l.budget.free.Release(-more)
	case !l.budget.free.TryAcquire(more):
		return false
	}
	l.n = n
	return true
}

// Keep reduces the lease to n bytes, which rules hold from now on.
func (l *Lease) Keep(n int64) {
	l.Resize(min(n, l.n))
	if l.rules = true; l.budget != nil {
		l.budget.rules.Add(l.n)
	}
}

// Release ends the lease. A nil Lease holds nothing.
func (l *Lease) Release() {
	if l == nil || l.budget == nil {
		return
	}
	if l.rules {
		l.budget.rules.Add(-l.n)
	}
	l.budget.free.Release(l.n)
	l.n = 0
}
