package handler

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"onput/internal/claims"
	"onput/internal/event"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

// completedTask is a completion message and the task's note.
type completedTask struct {
	*event.Completion
	note    claims.Note // zero if the task has none, or none yet
	warning string      // the reason why the note could not be read
}

// complete reports the completion messages, with the rule and the upload of each task whose note is found.
// Find is nil without claims. It returns the failed tasks, none in mode log.
func (h *Handler) complete(ctx context.Context, inv *invocation, messages []event.Completion, find findNote, answer *Answer) failureList {
	failures := failureList{title: " finished tasks failed in OSS:", of: len(messages)}
	if len(messages) == 0 {
		return failures
	}
	tasks := make([]completedTask, len(messages))
	for i := range messages {
		tasks[i].Completion = &messages[i]
	}
	if find != nil {
		forEach(len(tasks), func(i int) { tasks[i].readNote(ctx, inv, find) })
	}
	answer.Completions = make([]CompletionAnswer, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		answer.Completions[i] = t.answer()
		inv.logCompletion(ctx, t)
		if t.Failed && !h.LogOnly {
			failures.add(t.describeFailure())
		}
	}
	return failures
}

// findNote returns the note of a task, as [claims.Claimer.Find] does.
type findNote func(ctx context.Context, bucket, taskID string) (claims.Note, error)

// noteFinder returns a findNote for the claims of the rules in force, or nil without claims. It reads in the invocation's
// region, which is the topic's.
func (h *Handler) noteFinder(inv *invocation) findNote {
	settings := inv.set.Claims()
	if settings == nil {
		return nil
	}
	return func(ctx context.Context, bucket, taskID string) (claims.Note, error) {
		if bucket == "" && settings.Bucket == "" { // the message names no source
			return claims.Note{}, claims.ErrNotFound
		}
		claimer, _, err := h.claimer(inv, &rules.Upload{Bucket: bucket})
		if err != nil {
			return claims.Note{}, err
		}
		return claimer.Find(ctx, bucket, taskID)
	}
}

// readNote fills in the note. It recovers a panic, which would end the other invocations of the instance.
func (t *completedTask) readNote(ctx context.Context, inv *invocation, find findNote) {
	defer func() {
		if value := recover(); value != nil {
			t.warning = "the function panicked while looking up the rule: " + inv.caller.Secrets().Redact(fmt.Sprint(value))
		}
	}()
	note, err := find(ctx, t.Bucket(), t.TaskID)
	switch {
	case err == nil:
		t.note = note
	case !errors.Is(err, claims.ErrNotFound):
		t.warning = "the rule could not be looked up: " + text.OneLine(err.Error(), 500)
	}
}

func (t *completedTask) status() Status {
	if t.Failed {
		return Failed
	}
	return Completed
}

func (t *completedTask) answer() CompletionAnswer {
	a := CompletionAnswer{
		TaskID: t.TaskID, TaskType: t.TaskType, EventID: t.EventID, Status: t.status(),
		Rule: t.note.Rule, Output: t.note.Output, Bucket: t.note.Bucket, Key: t.note.Key,
		Sources: t.Sources, Targets: t.Targets, Text: t.Text,
	}
	if t.Failed {
		a.Error = t.Failure()
	}
	return a
}

// maxObjectText bounds the name of an object in an error, in bytes.
const maxObjectText = 250

// describeFailure returns the line of a failed task in an error.
func (t *completedTask) describeFailure() string {
	s := "task " + t.TaskID
	switch {
	case t.note.Key != "":
		object := process.Location{Bucket: t.note.Bucket, Key: t.note.Key}
		s += ", " + text.Truncate(text.QuoteIfNeeded(object.String()), maxObjectText)
	case len(t.Sources) > 0:
		source := text.Prefix(t.Sources[0], maxObjectText)
		s += ", " + strconv.Quote(source)
	}
	if t.note.Rule != "" {
		s += ", rule " + text.OneLine(t.note.Rule, 100)
	}
	return s + ": " + text.Truncate(t.Failure(), maxErrorLine)
}
