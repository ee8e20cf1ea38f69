package handler

import (
	"context"
	"errors"

	"onput/internal/claims"
	"onput/internal/ossclient"
	"onput/internal/text"
	"onput/rules"
)

// submitOnce submits a task through its claim, so that deliveries of the same upload submit it once.
// If another delivery submitted it, this one is a duplicate.
func (h *Handler) submitOnce(ctx context.Context, inv *invocation, j *job) {
	claimer, _, err := h.claimer(inv, j.upload)
	if err != nil {
		j.err = err
		return
	}
	outcome, err := claimer.Do(ctx, claimTask(inv, j), func(ctx context.Context) (claims.Receipt, error) {
		var err error
		j.receipt, err = h.Submitter.Submit(ctx, j.upload, j.task)
		r := &j.receipt
		return claims.Receipt{TaskID: r.TaskID, EventID: r.EventID, RequestID: r.RequestID, ProcessRequestID: r.ProcessRequestID}, err
	})
	j.claimWarnings = outcome.Warnings
	if outcome.Duplicate {
		r := outcome.Receipt // of the first submission
		j.answer.Status = Duplicate
		j.receipt = ossclient.Receipt{TaskID: r.TaskID, EventID: r.EventID, RequestID: r.RequestID, ProcessRequestID: r.ProcessRequestID}
	}
	j.err = err
	// A claim's error may wrap one of OSS's, whose type says nothing about the task: access that is denied may be granted.
	if claimErr, ok := errors.AsType[*claims.Error](err); ok {
		message := ossclient.DescribeTask(j.task) + ": " + text.OneLine(claimErr.Error(), 2000)
		if claimErr.Permanent() {
			j.err = &PermanentError{Text: message}
		} else {
			j.err = &TransientError{Text: message}
		}
	}
}

// claimer returns the Claimer of an upload's tasks, and the store of its claims. They are in the claims bucket that the rules
// name, in the invocation's region, or else in the upload's bucket and region.
func (h *Handler) claimer(inv *invocation, u *rules.Upload) (*claims.Claimer, regionStore, error) {
	objects, ok := h.Submitter.(Objects)
	if !ok {
		return nil, regionStore{}, &PermanentError{Text: "nothing was sent: claims are on, but there is no OSS to keep them"}
	}
	section := inv.set.Claims()
	settings := claims.Settings{
		Bucket: section.Bucket, Prefix: section.Prefix, ByContent: section.ByContent, SubmitUnclaimed: section.Fire,
	}
	s := regionStore{objects: objects}
	if settings.Bucket == "" {
		s.region = u.Region
	}
	return claims.New(s, settings), s, nil
}

// claimTask returns the identity of a task for its claim.
func claimTask(inv *invocation, j *job) claims.Task {
	return claims.Task{
		Source:     j.task.Source,
		Upload:     claims.Upload{RequestID: j.upload.RequestID, ETag: j.upload.ETag, Time: j.upload.Time},
		Rule:       j.task.Rule,
		Output:     j.task.Output,
		Process:    j.task.Process,
		Target:     j.task.Target,
		Notify:     j.task.Notify,
		Invocation: inv.requestID,
	}
}
