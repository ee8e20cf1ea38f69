package handler

import (
	"context"
	"strconv"

	"onput/internal/event"
	"onput/internal/membudget"
)

// Memory that an invocation holds at most, in bytes. e2e/memory_test.go runs batches and large payloads in instances of
// 128 MB.
const (
	memoryPerPayloadByte = 4        // the payload while it is read, and what is unpacked from it
	memoryPerTask        = 2 << 10  // the task, its result, and its part of the answer
	memoryPerRequest     = 64 << 10 // of tasks that are submitted at the same time, with connections and log lines
)

// tasksMemory returns the memory of n tasks, and of an invocation without any.
func tasksMemory(n int) int64 {
	return int64(n*memoryPerTask + min(max(n, 1), maxAtOnce)*memoryPerRequest)
}

// leaseMemory waits for the memory that a payload of size bytes needs if each of its records fires a task.
func (h *Handler) leaseMemory(ctx context.Context, size int64) (*membudget.Lease, error) {
	need := memoryPerPayloadByte*size + tasksMemory(event.MostRecords(size))
	if left := h.Memory.Left(); need > left {
		return nil, &MemoryError{"a payload of " + strconv.FormatInt(size, 10) + " bytes needs about " + megabytes(need) +
			", but the instance has " + megabytes(left) + " besides its rules: raise memorySize, or send smaller batches"}
	}
	lease, err := h.Memory.Acquire(ctx, need)
	if err != nil {
		return nil, &TransientError{Text: "nothing was done: the other invocations of the instance left no memory for the payload in time"}
	}
	return lease, nil
}

// leaseTasks changes the lease of an invocation to the memory for tasks.
func (h *Handler) leaseTasks(inv *invocation, size int64, tasks int) error {
	need := memoryPerPayloadByte*size + tasksMemory(tasks)
	if inv.lease.Resize(need) {
		return nil
	}
	text := "nothing was submitted: the event fires " + strconv.Itoa(tasks) + " tasks or more, which need about " + megabytes(need) + " of memory"
	if left := h.Memory.Left(); need > left {
		return &MemoryError{text + ", but the instance has " + megabytes(left) + " besides its rules: raise memorySize, or send smaller batches"}
	}
	return &TransientError{Text: text + ", which other invocations of the instance hold"}
}

func megabytes(n int64) string { return strconv.FormatInt((n+1<<20-1)>>20, 10) + " MB" }
