package handler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"onput/rules"
)

// maxAtOnce is how many tasks of one invocation are submitted at the same time.
const maxAtOnce = 16

// Handler handles invocations. It is safe for concurrent use; its fields are set once, before the first.
type Handler struct {
	Rules     Rules
	Submitter Submitter // an Objects as well, where rules have claims
	LogOnly   bool      // decide and report, submit nothing, fail no invocation because of a task
	Log       *slog.Logger

	// Only says which of the tasks that an upload fires are fired; nil for all. The others are not even reported.
	Only func(*rules.Upload, *rules.Task) bool
}

// Invoke handles one event: every upload that can fire is matched, and every task of it submitted, before Invoke
// returns. Credentials and region are those of the FC invocation that ctx carries. What Invoke does ends before the
// deadline of ctx.
//
// The answer tells what became of each upload and task, also beside an error. The error is one of those in errors.go; it
// names every task that failed. The signature is one that fc.Start takes.
func (h *Handler) Invoke(ctx context.Context, payload []byte) (*Answer, error) {
	start := time.Now()
	inv := newInvocation(ctx)
	ctx, cancel := budget(inv)
	defer cancel()
	answer := &Answer{RequestID: inv.requestID, Uploads: []UploadAnswer{}}

	set, err := h.Rules.Current(ctx)
	if err != nil {
		h.logInvocation(ctx, inv, start, 0, 0, err)
		return answer, err
	}
	inv.set = set
	h = h.logging(inv)
	var d decoder
	err = d.decode(payload)
	jobs := h.match(ctx, inv, set, d.uploads, answer)
	h.run(ctx, inv, jobs)
	failed := h.complete(ctx, inv, d.completions, h.notes(inv), answer)
	h.logInvocation(ctx, inv, start, len(d.uploads), len(jobs), err)
	return answer, withFailed(conclude(jobs, err), failed)
}

// job is one task on its way.
type job struct {
	upload  *rules.Upload
	task    *rules.Task
	answer  *TaskAnswer
	receipt Receipt
	took    time.Duration // of the submission, its claim included
	err     error
	kept    *kept // what claims and failures have to say; nil for nothing

	panicked, stack string // the value and the stack of a panic
}

// match fills in the answer for each upload and returns the tasks that they fire.
func (h *Handler) match(ctx context.Context, inv *invocation, set *rules.Set, uploads []rules.Upload, answer *Answer) []job {
	var jobs []job
	answer.Uploads = make([]UploadAnswer, len(uploads))
	for i := range uploads {
		u := &uploads[i]
		if u.Region == "" {
			u.Region = inv.region
		}
		a := &answer.Uploads[i]
		*a = UploadAnswer{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Tasks: []TaskAnswer{}}
		if a.Skipped = set.Skip(u); a.Skipped != "" {
			h.logSkipped(ctx, inv, u, a.Skipped)
			continue
		}
		tasks := set.Match(u)
		if h.Only != nil {
			tasks = slices.DeleteFunc(tasks, func(t rules.Task) bool { return !h.Only(u, &t) })
		}
		if len(tasks) == 0 {
			h.logUnmatched(ctx, inv, u)
			continue
		}
		a.Tasks = make([]TaskAnswer, len(tasks))
		for k := range tasks {
			t := &tasks[k]
			a.Tasks[k] = TaskAnswer{Rule: t.Rule, Output: t.Output, Process: t.Process, Target: t.Target.String()}
			jobs = append(jobs, job{upload: u, task: t, answer: &a.Tasks[k]})
		}
	}
	return jobs
}

// run brings every job to its end.
func (h *Handler) run(ctx context.Context, inv *invocation, jobs []job) {
	if len(jobs) == 1 { // nearly always
		h.fire(ctx, inv, &jobs[0])
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(jobs), maxAtOnce) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(jobs) {
					return
				}
				h.fire(ctx, inv, &jobs[i])
			}
		})
	}
	workers.Wait()
}

// fire brings one job to its end and reports it.
func (h *Handler) fire(ctx context.Context, inv *invocation, j *job) {
	logOnly := h.LogOnly || j.task.Log
	switch {
	case j.task.Err != nil:
		err := &PermanentError{text: describe(j.task) + ": nothing was sent: " + oneLine(j.task.Err.Error(), 2000)}
		if logOnly { // decide and report: what would fail is told, and fails nothing
			j.answer.Status, j.answer.Error = Logged, err.Error()
		} else {
			j.err = err
		}
	case logOnly:
		j.answer.Status = Logged
	default:
		start := time.Now()
		h.submit(ctx, inv, j)
		j.took = time.Since(start)
	}
	if j.err != nil {
		j.answer.Status = Failed
		j.answer.Error = j.err.Error()
		h.settle(ctx, inv, j)
	} else if j.answer.Status == "" {
		j.answer.Status = Submitted
	}
	j.answer.TaskID, j.answer.EventID, j.answer.RequestID = j.receipt.TaskID, j.receipt.EventID, j.receipt.RequestID
	h.logTask(ctx, inv, j)
}

// submit hands the task to OSS.
func (h *Handler) submit(ctx context.Context, inv *invocation, j *job) {
	defer j.survive(inv)
	if inv.set.Claims() != nil {
		h.submitOnce(ctx, inv, j)
		return
	}
	j.receipt, j.err = h.Submitter.Submit(ctx, j.upload, j.task)
}

// survive keeps a panic to the task that it happens in: in a goroutine of its own it would end the process, and with it
// every other invocation of the instance. It is to be deferred.
func (j *job) survive(inv *invocation) {
	if value := recover(); value != nil {
		j.err = &TransientError{text: describe(j.task) + ": the function panicked; its log has the stack", InDoubt: true}
		// Sprint survives methods that panic again.
		j.panicked = oneLine(inv.secrets().hide(fmt.Sprint(value)), 1000)
		j.stack = string(debug.Stack())
	}
}

// Bounds of the error that ends an invocation. Function Compute hands it to the onFailure destination together with the
// event, and a message of SMQ holds 64 KB. Answer and log have every task, in full.
const (
	maxErrorLine = 600      // bytes of one task
	maxErrorText = 16 << 10 // bytes of all tasks, about
)

// conclude returns the error that ends the invocation, nil if every record was understood and no task failed. An error
// of an unknown type counts as transient: a retry too many costs less than a task that is lost.
func conclude(jobs []job, decoding error) error {
	var lines strings.Builder
	failed, told, transient, inDoubt := 0, 0, false, false
	for i := range jobs {
		err := jobs[i].err
		if err == nil {
			continue
		}
		failed++
		if lines.Len() < maxErrorText {
			told++
			lines.WriteString("\n")
			line, cutOff := cut(err.Error(), maxErrorLine)
			lines.WriteString(line)
			if cutOff {
				lines.WriteString("…")
			}
		}
		var t *TransientError
		var p *PermanentError
		if errors.As(err, &t) {
			inDoubt = inDoubt || t.InDoubt
		}
		transient = transient || !errors.As(err, &p)
	}
	if failed == 0 {
		return decoding
	}
	if more := failed - told; more > 0 {
		lines.WriteString("\nand " + strconv.Itoa(more) + " more, all in the log")
	}
	if decoding != nil {
		lines.WriteString("\n")
		lines.WriteString(decoding.Error())
	}
	text := strconv.Itoa(failed) + " of " + strconv.Itoa(len(jobs)) + " tasks failed:" + lines.String()
	switch {
	case transient:
		return &TransientError{text: text, InDoubt: inDoubt}
	case decoding != nil:
		return &EventError{text: text}
	}
	return &PermanentError{text: text}
}
