package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/handler"
	"onput/internal/event"
)

// replayTimeout is the deadline for one failure, like that of an invocation.
const replayTimeout = time.Minute

// pending is the status of a task that --yes would fire.
const pending handler.Status = "pending"

// plan returns the tasks that a failure would fire.
func (r *replay) plan(f *failure) []handler.UploadAnswer {
	uploads, _, err := event.Decode(f.payload)
	if err != nil { // some records of the event are not uploads; the others are
		r.addProblem(f.origin, "%v", err)
	}
	var all []handler.UploadAnswer
	for i := range uploads {
		u := &uploads[i]
		a := handler.UploadAnswer{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Skipped: r.set.Skip(u), Tasks: []handler.TaskAnswer{}}
		for _, t := range r.set.Match(u) {
			if !f.includes(u, &t) {
				continue
			}
			task := handler.TaskAnswer{Rule: t.Rule, Output: t.Output, Status: pending, Process: t.Process, Target: t.Target.String()}
			switch {
			case t.Err != nil:
				task.Status, task.Error = handler.Failed, "cannot be sent: "+t.Err.Error()
			case t.Log:
				task.Status = handler.Logged
			}
			a.Tasks = append(a.Tasks, task)
		}
		all = append(all, a)
	}
	return all
}

// fire runs the handler on the event of a failure, under the request id of its invocation. It reports whether every record
// of the event was decoded and all of its tasks were tried.
func (r *replay) fire(ctx context.Context, f *failure) ([]handler.UploadAnswer, bool) {
	h := handler.Handler{Rules: handler.FixedRules(r.set), Submitter: r.oss, Log: slog.New(slog.DiscardHandler), Only: f.includes}
	ctx, cancel := context.WithTimeout(fccontext.NewContext(ctx, &fccontext.FcContext{RequestID: f.requestID}), replayTimeout)
	defer cancel()
	answer, err := h.Invoke(ctx, f.payload)
	if err != nil && countTasks(answer.Uploads)[handler.Failed] == 0 { // a failed task carries its own error
		r.addProblem(f.origin, "%v", err)
	}
	return answer.Uploads, err == nil
}
