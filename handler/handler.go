package handler

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"onput/internal/event"
	"onput/internal/membudget"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/rules"
)

// maxAtOnce bounds the requests of one invocation that are under way at the same time.
const maxAtOnce = 16

// Handler handles invocations. It is safe for concurrent use; its fields are set before the first invocation.
type Handler struct {
	Rules     Rules
	Submitter Submitter         // must also be an Objects if rules have claims, and a LookUps if they ask for facts about objects
	Memory    *membudget.Budget // of the instance; nil for no limit
	LogOnly   bool              // mode log: decide and report, submit nothing, fail no invocation for a task
	Log       *slog.Logger

	// Only selects the tasks that are fired; nil selects all. The other tasks are not even reported.
	Only func(*rules.Upload, *rules.Task) bool
}

// Invoke handles one event: it submits all tasks of its uploads before it returns, and before the deadline of ctx.
// It uses the credentials and the region of the FC invocation in ctx.
//
// The answer reports each upload and task, also with an error. The error is one of errors.go and names every task that
// failed.
func (h *Handler) Invoke(ctx context.Context, payload []byte) (answer *Answer, failure error) {
	read := func(func(int64) error) ([]byte, error) { return payload, nil }
	h.InvokeReading(ctx, int64(len(payload)), read, func(a *Answer, err error) { answer, failure = a, err })
	return answer, failure
}

// InvokeReading is like Invoke for a payload of at most size bytes that is still to be read. Read calls grow before its
// buffer grows to n bytes. InvokeReading holds the memory of the invocation until reply returns, which gets the results.
func (h *Handler) InvokeReading(ctx context.Context, size int64, read func(grow func(n int64) error) ([]byte, error), reply func(*Answer, error)) {
	inv := newInvocation(ctx)
	defer func() { inv.lease.Release() }()
	reply(h.invoke(ctx, inv, size, read))
}

func (h *Handler) invoke(ctx context.Context, inv *invocation, size int64, read func(grow func(n int64) error) ([]byte, error)) (*Answer, error) {
	start := time.Now()
	ctx, cancel := withBudget(ossclient.WithCaller(ctx, &inv.caller))
	defer cancel()
	answer := &Answer{RequestID: inv.requestID, Uploads: []UploadAnswer{}}

	set, etag, err := h.Rules.Current(ctx)
	inv.set, inv.log = set, h.Log
	if etag != "" {
		inv.log = inv.log.With(slog.String("rulesETag", etag))
	}
	inv.log = inv.log.With(slog.String("invocation", inv.requestID))
	var payload []byte
	if err == nil {
		payload, inv.lease, err = h.readPayload(ctx, size, read)
	}
	if err != nil {
		inv.logEnd(ctx, start, 0, 0, err)
		return answer, err
	}
	uploads, completions, err := event.Decode(payload)
	inv.need = newNeed(len(payload), completions)
	jobs, tooMany := h.match(ctx, inv, uploads, answer)
	if tooMany != nil {
		inv.logEnd(ctx, start, len(uploads), 0, tooMany)
		return &Answer{RequestID: inv.requestID, Uploads: []UploadAnswer{}}, tooMany
	}
	forEach(len(jobs), func(i int) { h.runJob(ctx, inv, &jobs[i]) })
	finished := h.complete(ctx, inv, completions, h.noteFinder(inv), answer)
	inv.logEnd(ctx, start, len(uploads), len(jobs), err)
	return answer, invocationError(jobs, err, finished)
}

// job is one task and its result so far.
type job struct {
	upload  *rules.Upload
	task    *rules.Task
	answer  *TaskAnswer
	receipt ossclient.Receipt
	took    time.Duration // of the submission, its claim included
	err     error

	undecided error // why it is not known whether the upload fires the task; nil if it does

	claimWarnings   []string
	failureRecord   string // oss://bucket/key; "" for none
	panicked, stack string // value and stack of a panic
}

// match fills in the answer for each upload and returns the tasks that the uploads fire. It returns an error if there is no
// memory for them.
func (h *Handler) match(ctx context.Context, inv *invocation, uploads []rules.Upload, answer *Answer) ([]job, error) {
	var jobs []job
	answer.Uploads = make([]UploadAnswer, len(uploads))
	for i := range uploads {
		u := &uploads[i]
		if u.Region == "" {
			u.Region = inv.caller.Region
		}
		a := &answer.Uploads[i]
		*a = UploadAnswer{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Tasks: []TaskAnswer{}}
		decided := len(jobs)
		jobs, a.Skipped = h.decide(ctx, inv, u, jobs)
		inv.need.texts += jsonLen(a.Bucket, a.Key, a.Event, a.Skipped)
		if err := h.leaseNeed(inv); err != nil {
			return nil, err
		}
		if a.Skipped != "" {
			inv.logUpload(ctx, "skipped", u, slog.String("reason", a.Skipped))
			continue
		}
		fired := jobs[decided:]
		if len(fired) == 0 {
			inv.logUpload(ctx, "unmatched", u)
			continue
		}
		for k := range fired {
			inv.need.addTask(fired[k].task)
		}
		if err := h.leaseNeed(inv); err != nil {
			return nil, err
		}
		a.Tasks = make([]TaskAnswer, len(fired))
		for k := range fired {
			t := fired[k].task
			a.Tasks[k] = TaskAnswer{Rule: t.Rule, Output: t.Output, Process: t.Process, Target: t.Target.String()}
			fired[k].answer = &a.Tasks[k]
		}
	}
	return jobs, h.resizeLease(inv)
}

// forEach calls do with each number below n, at most [maxAtOnce] at a time, and waits for all calls.
func forEach(n int, do func(int)) {
	if n == 1 { // the usual event needs no goroutine
		do(0)
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, maxAtOnce) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// runJob submits the task of a job, or decides not to, and reports the result.
func (h *Handler) runJob(ctx context.Context, inv *invocation, j *job) {
	logOnly := h.LogOnly || j.task.Log
	switch err := j.unsubmittable(); {
	case err != nil && logOnly: // report the failure, and fail nothing
		j.answer.Status, j.answer.Error = Logged, err.Error()
	case err != nil:
		j.err = err
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
		h.applyFailurePolicy(ctx, inv, j)
	} else if j.answer.Status == "" {
		if j.answer.Status = Submitted; j.task.Synchronous {
			j.answer.Status = Done
		}
	}
	r := &j.receipt
	j.answer.TaskID, j.answer.EventID, j.answer.RequestID, j.answer.Size = r.TaskID, r.EventID, r.RequestID, r.Size
	inv.logTask(ctx, j)
}

// unsubmittable returns the error of a task that cannot be sent to OSS, or nil.
func (j *job) unsubmittable() error {
	head := ossclient.DescribeTask(j.task) + ": nothing was sent: "
	switch {
	case j.task.Err != nil:
		return &PermanentError{Text: head + text.OneLine(j.task.Err.Error(), 2000)}
	case j.undecided != nil:
		return withText(j.undecided, head+"the object's metadata, tags or class decide whether the rule fires: "+text.OneLine(j.undecided.Error(), 2000))
	}
	return nil
}

// submit submits the task to OSS, through its claim if the rules have claims.
func (h *Handler) submit(ctx context.Context, inv *invocation, j *job) {
	defer j.recoverPanic(inv)
	if inv.set.Claims() != nil {
		h.submitOnce(ctx, inv, j)
		return
	}
	j.receipt, j.err = h.Submitter.Submit(ctx, j.upload, j.task)
}

// recoverPanic turns a panic into an error of the task; it must be deferred. An unrecovered panic would end the process, and
// with it every other invocation of the instance.
func (j *job) recoverPanic(inv *invocation) {
	if value := recover(); value != nil {
		j.err = &TransientError{Text: ossclient.DescribeTask(j.task) + ": the function panicked; its log has the stack", InDoubt: true}
		// Sprint recovers from methods that panic again.
		j.panicked = text.OneLine(inv.caller.Secrets().Redact(fmt.Sprint(value)), 1000)
		j.stack = text.Bound(string(debug.Stack()))
	}
}
