package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"onput/handler"
	"onput/internal/event"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

// replayTimeout is the deadline for one failure, like that of an invocation.
const replayTimeout = time.Minute

// pending is the status of a task that --yes would fire.
const pending handler.Status = "pending"

// plan returns the tasks that a failure would fire.
func (r *replay) plan(ctx context.Context, f *failure) []handler.UploadAnswer {
	uploads, _, err := event.Decode(f.payload)
	if err != nil { // some records of the event are not uploads; the others are
		r.addProblem(f.origin, "%v", err)
	}
	var all []handler.UploadAnswer
	for i := range uploads {
		u := &uploads[i]
		a := handler.UploadAnswer{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Skipped: r.set.Skip(u), Tasks: []handler.TaskAnswer{}}
		tasks, err := r.oss.Match(ctx, r.set, u)
		switch {
		case errors.Is(err, ossclient.ErrGone):
			a.Skipped = err.Error()
		case err != nil && f.task == nil: // else refusal says so
			r.addProblem(f.origin, "the rules ask for the object's metadata, tags or class: %v", err)
		}
		for _, t := range tasks {
			if !r.selects(f, u, &t) {
				continue
			}
			task := handler.TaskAnswer{Rule: t.Rule, Output: t.Output, Status: pending, Process: t.Process, Target: t.Target.String()}
			switch {
			case t.Err != nil:
				task.Status, task.Error = handler.Failed, "cannot be submitted: "+t.Err.Error()
			case t.Log:
				task.Status = handler.Logged
			}
			a.Tasks = append(a.Tasks, task)
		}
		all = append(all, a)
	}
	return all
}

// selects reports whether a task that the rules fire may be one that failed. A record is untrusted input: it only selects
// among the tasks of its upload, and nothing of it is sent.
func (r *replay) selects(f *failure, u *rules.Upload, t *rules.Task) bool {
	return f.task == nil || f.isOf(u) && r.belongs(f, u) && t.Rule == f.task.Rule && t.Output == f.task.Output && (r.Changed || f.isTask(t))
}

// isOf reports whether a record is of an upload.
func (f *failure) isOf(u *rules.Upload) bool {
	return f.task.Bucket == u.Bucket && f.task.Key == recorded(u.Key)
}

// isTask reports whether a record has the process and the target of a task, or none.
func (f *failure) isTask(t *rules.Task) bool {
	return (f.task.Process == "" || f.task.Process == recorded(t.Process)) && (f.task.Target == "" || f.task.Target == recorded(t.Target.String()))
}

// belongs reports whether a record is in a bucket that has records of an upload: without claims.bucket, in the upload's own.
func (r *replay) belongs(f *failure, u *rules.Upload) bool {
	claims := r.set.Claims()
	return f.record == nil || claims == nil || claims.Bucket != "" || f.record.Bucket == u.Bucket
}

// recorded returns a text as it is in a record: with U+FFFD for each byte that is not UTF-8.
func recorded(s string) string { return string([]rune(s)) }

// refusal returns why no task is the one in a record.
func (r *replay) refusal(ctx context.Context, f *failure) string {
	reason := " any more"
	uploads, _, _ := event.Decode(f.payload)
	for i := range uploads {
		u := &uploads[i]
		switch {
		case !f.isOf(u):
			reason = ": its event is for another object"
			continue
		case !r.belongs(f, u):
			reason = ": records of its uploads are in its own bucket"
			continue
		}
		tasks, err := r.oss.Match(ctx, r.set, u)
		if err != nil {
			reason = ": " + text.OneLine(err.Error(), maxReason)
		}
		for _, t := range tasks {
			if t.Rule == f.task.Rule && t.Output == f.task.Output {
				reason = fmt.Sprintf(" as the record says: the rules have changed since and now give %s; fire that with --changed",
					text.Printable(strings.Join(nonempty(t.Process, t.Target.String()), "  ")))
			}
		}
	}
	return fmt.Sprintf("rule %s%s does not fire for %s%s", text.Printable(text.Truncate(f.task.Rule, maxReason)), outputLabel(f.task.Output),
		text.Printable(text.Truncate("oss://"+f.task.Bucket+"/"+f.task.Key, 2*process.MaxKey)), reason)
}

// fire runs the handler on the event of a failure, under the request id of its invocation. It reports whether every record
// of the event was decoded and all of its tasks were tried.
func (r *replay) fire(ctx context.Context, f *failure) ([]handler.UploadAnswer, bool) {
	h := handler.Handler{Rules: handler.FixedRules(r.set), Submitter: r.oss, Log: slog.New(slog.DiscardHandler),
		Only: func(u *rules.Upload, t *rules.Task) bool { return r.selects(f, u, t) }}
	ctx, cancel := context.WithTimeout(fccontext.NewContext(ctx, &fccontext.FcContext{RequestID: f.requestID}), replayTimeout)
	defer cancel()
	answer, err := h.Invoke(ctx, f.payload)
	if err != nil && countTasks(answer.Uploads)[handler.Failed] == 0 { // a failed task carries its own error
		r.addProblem(f.origin, "%v", err)
	}
	return answer.Uploads, err == nil
}
