package handler

import (
	"context"
	"strconv"
	"unicode/utf8"

	"onput/internal/event"
	"onput/internal/membudget"
	"onput/rules"
)

// Memory that an invocation holds at most, in bytes. e2e/memory_test.go runs batches, large payloads and long keys in
// instances of 128 MB.
const (
	memoryPerPayloadByte = 4        // the payload while it is read, and what is unpacked from it
	memoryPerTask        = 2 << 10  // the task, its result, and its part of the answer, with shortTexts
	memoryPerRequest     = 64 << 10 // of tasks that are submitted at the same time, with connections and log lines
	memoryPerTextByte    = 4        // of longer texts as JSON: the text, and the answer while its buffer grows and is copied
	shortTexts           = 400
)

// need is the memory of an invocation whose payload has been decoded.
type need struct {
	payload int
	tasks   int // and completions
	texts   int // bytes of the answer's texts as JSON, without the tasks' short ones
}

func newNeed(payload int, completions []event.Completion) need {
	n := need{payload: payload, tasks: len(completions)}
	for i := range completions {
		c := &completions[i]
		n.texts += jsonLen(c.EventID, c.TaskID, c.TaskType, c.Code, c.Message, c.Text) + jsonLen(c.Sources...) + jsonLen(c.Targets...)
	}
	return n
}

// addTask adds a task and its texts.
func (n *need) addTask(t *rules.Task) {
	n.tasks++
	failure := ""
	if t.Err != nil {
		failure = t.Err.Error()
	}
	n.texts += max(jsonLen(t.Rule, t.Process, t.Target.String(), failure)-shortTexts, 0)
}

func (n *need) bytes() int64 {
	return int64(memoryPerPayloadByte*n.payload + n.tasks*memoryPerTask + min(max(n.tasks, 1), maxAtOnce)*memoryPerRequest +
		n.texts*memoryPerTextByte)
}

// jsonLen returns at least the bytes of texts in JSON, as encoding/json writes them.
func jsonLen(texts ...string) int {
	n := 0
	for _, s := range texts {
		for _, r := range s {
			switch {
			case r < ' ', r == '<', r == '>', r == '&', r == 0x7f, r == '\u2028', r == '\u2029', r == utf8.RuneError:
				n += len(`\u0000`)
			case r == '"', r == '\\':
				n += 2
			default:
				n += utf8.RuneLen(r)
			}
		}
	}
	return n
}

// needOfPayload returns the memory of a payload if each record that it can hold fires a task.
func needOfPayload(size int64) int64 {
	n := need{payload: int(size), tasks: event.MostRecords(size)}
	return n.bytes()
}

// readPayload reads the payload, whose lease grows as bytes arrive, and waits for the memory to handle it.
func (h *Handler) readPayload(ctx context.Context, size int64, read func(grow func(n int64) error) ([]byte, error)) ([]byte, *membudget.Lease, error) {
	reading := h.Memory.NewPayload(size)
	defer reading.Release()
	if size != event.MaxPayload+1 { // else more bytes than are read, or an unknown number
		if err := h.checkRoom(size); err != nil {
			return nil, nil, err
		}
	}
	payload, err := read(func(n int64) error {
		if err := h.checkRoom(n); err != nil {
			return err
		}
		return noRoomInTime(reading.Grow(ctx, n))
	})
	if err != nil {
		return nil, nil, err
	}
	if err := h.checkRoom(int64(len(payload))); err != nil {
		return nil, nil, err
	}
	lease, err := reading.Handle(ctx, needOfPayload(int64(len(payload))))
	return payload, lease, noRoomInTime(err)
}

// checkRoom returns an error if the instance never has the memory for a payload of size bytes.
func (h *Handler) checkRoom(size int64) error {
	need := needOfPayload(size)
	if left := h.Memory.Left(); need > left {
		return &MemoryError{"a payload of " + strconv.FormatInt(size, 10) + " bytes needs about " + megabytes(need) +
			", but the instance has " + megabytes(left) + " besides its rules: raise memorySize, or send smaller batches"}
	}
	return nil
}

// noRoomInTime returns the error of an invocation whose lease ended with err.
func noRoomInTime(err error) error {
	if err == nil {
		return nil
	}
	return &TransientError{Text: "nothing was done: the other invocations of the instance left no memory for the payload in time"}
}

// leaseNeed extends the lease of an invocation if it needs more.
func (h *Handler) leaseNeed(inv *invocation) error {
	if inv.need.bytes() <= inv.lease.Size() {
		return nil
	}
	return h.resizeLease(inv)
}

// resizeLease changes the lease of an invocation to the memory that it needs.
func (h *Handler) resizeLease(inv *invocation) error {
	need := inv.need.bytes()
	if inv.lease.Resize(need) {
		return nil
	}
	text := "nothing was submitted: the event fires " + strconv.Itoa(inv.need.tasks) + " tasks or more, which need about "
	if inv.need.tasks == 0 {
		text = "nothing was submitted: the answer needs about "
	}
	text += megabytes(need) + " of memory"
	if left := h.Memory.Left(); need > left {
		return &MemoryError{text + ", but the instance has " + megabytes(left) + " besides its rules: raise memorySize, or send smaller batches"}
	}
	return &TransientError{Text: text + ", which other invocations of the instance hold"}
}

func megabytes(n int64) string { return strconv.FormatInt((n+1<<20-1)>>20, 10) + " MB" }
