package handler

import (
	"context"
	"errors"
	"fmt"

	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/rules"
)

// objectGone is the reason for an upload whose object was deleted before it was asked for.
const objectGone = "the object is gone: it was deleted before its metadata or tags were read"

// decide appends the jobs of an upload to jobs, or returns why the upload is skipped.
//
// If OSS could not be asked for facts that rules need, it appends the jobs that these facts decide, too, with the reason.
// They fail like tasks that could not be submitted, so that a retry or a replay decides again; the other jobs are submitted.
func (h *Handler) decide(ctx context.Context, inv *invocation, u *rules.Upload, jobs []job) (_ []job, skipped string) {
	if skipped := inv.set.Skip(u); skipped != "" {
		return jobs, skipped
	}
	var tasks []rules.Task
	var undecided []bool
	err := h.lookUp(ctx, inv, u)
	switch {
	case errors.Is(err, ossclient.ErrGone):
		return jobs, objectGone
	case err != nil:
		tasks, undecided = inv.set.MatchPossible(u)
	default:
		tasks = inv.set.Match(u)
	}
	for i := range tasks {
		j := job{upload: u, task: &tasks[i]}
		if err != nil && undecided[i] {
			j.undecided = err
		}
		if h.Only == nil || h.Only(u, j.task) {
			jobs = append(jobs, j)
		}
	}
	return jobs, ""
}

// lookUp asks OSS for the facts about an upload that the rules need. Like a submission, it survives a panic.
func (h *Handler) lookUp(ctx context.Context, inv *invocation, u *rules.Upload) (err error) {
	if inv.set.Needs(u) == 0 {
		return nil
	}
	defer func() {
		if value := recover(); value != nil {
			err = &TransientError{Text: "the function panicked while it asked for the object: " +
				text.OneLine(inv.caller.Secrets().Redact(fmt.Sprint(value)), 1000)}
		}
	}()
	lookUps, ok := h.Submitter.(LookUps)
	if !ok {
		return &PermanentError{Text: "there is no OSS to ask"}
	}
	return lookUps.LookUp(ctx, inv.set, u)
}
