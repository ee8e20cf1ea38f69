package handler

import (
	"context"
	"strconv"

	"onput/internal/membudget"
)

// Memory that an invocation holds at most, in bytes. e2e/memory_test.go runs batches and large payloads in instances of
// 128 MB.
const (
	memoryPerInvocation  = 64 << 10 // its connection, its log lines, and the requests of one task
	memoryPerPayloadByte = 4        // the payload while it is read, and what is unpacked from it
	memoryPerTask        = 2 << 10  // the task, its result, and its part of the answer
	memoryPerRequest     = 64 << 10 // of further tasks that are submitted at the same time
)

// leaseMemory waits for the memory that a payload of size bytes needs.
func (h *Handler) leaseMemory(ctx context.Context, size int64) (*membudget.Lease, error) {
	need := memoryPerInvocation + memoryPerPayloadByte*size
	if left := h.Memory.Left(); need > left {
		return nil, &MemoryError{"a payload of " + strconv.FormatInt(size, 10) + " bytes needs about " + megabytes(need) +
			", and beside its rules the instance has " + megabytes(left) + ": raise memorySize, or send smaller batches"}
	}
	lease, err := h.Memory.Acquire(ctx, need)
	if err != nil {
		return nil, &TransientError{Text: "nothing was done: the other invocations of the instance left no memory for the payload in time"}
	}
	return lease, nil
}

// leaseTasks leases memory for more tasks than the invocation has.
func (inv *invocation) leaseTasks(tasks, more int) error {
	atOnce := min(tasks+more, maxAtOnce) - min(max(tasks, 1), maxAtOnce)
	if inv.lease.Grow(int64(more*memoryPerTask + atOnce*memoryPerRequest)) {
		return nil
	}
	return &MemoryError{"nothing was submitted: the instance has no memory left for the more than " + strconv.Itoa(tasks) +
		" tasks of the event: raise memorySize, or send smaller batches"}
}

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MB" }
