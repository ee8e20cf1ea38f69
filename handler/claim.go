package handler

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"onput/internal/claims"
	"onput/rules"
)

// With claims in the rules a task is submitted at most once, although its event may come several times: package claims
// has the protocol, and an OSS the objects.

// kept is what is told of a task beside its receipt.
type kept struct {
	warnings []string // of its claim
	record   string   // oss://bucket/key of the record of its failure; "" for none
}

// attrs adds what is kept to a log line.
func (k *kept) attrs(attrs []slog.Attr) []slog.Attr {
	if k == nil {
		return attrs
	}
	if k.warnings != nil {
		attrs = append(attrs, slog.String("claim", oneLine(strings.Join(k.warnings, "; "), 2000)))
	}
	if k.record != "" {
		attrs = append(attrs, slog.String("record", k.record))
	}
	return attrs
}

// submitOnce submits a task unless another delivery of the upload did, which makes this one a duplicate.
func (h *Handler) submitOnce(ctx context.Context, inv *invocation, j *job) {
	c, _, err := h.claims(inv, j.upload)
	if err != nil {
		j.err = err
		return
	}
	outcome, err := c.Do(ctx, claimed(inv, j), func(ctx context.Context) (claims.Receipt, error) {
		var err error
		j.receipt, err = h.Submitter.Submit(ctx, j.upload, j.task)
		return claims.Receipt{
			TaskID:           j.receipt.TaskID,
			EventID:          j.receipt.EventID,
			RequestID:        j.receipt.RequestID,
			ProcessRequestID: j.receipt.ProcessRequestID,
		}, err
	})
	if outcome.Warnings != nil {
		j.kept = &kept{warnings: outcome.Warnings}
	}
	if outcome.Duplicate {
		first := outcome.Receipt
		j.answer.Status = Duplicate
		j.receipt = Receipt{RequestID: first.RequestID, EventID: first.EventID, TaskID: first.TaskID, ProcessRequestID: first.ProcessRequestID}
	}
	j.err = err
	// A claim's error may wrap one of OSS's, whose kind says nothing about the task: access that is denied will be granted.
	var unclaimed *claims.Error
	if errors.As(err, &unclaimed) {
		text := describe(j.task) + ": " + oneLine(unclaimed.Error(), 2000)
		if unclaimed.Permanent() {
			j.err = &PermanentError{text: text}
		} else {
			j.err = &TransientError{text: text}
		}
	}
}

// claims returns the claims of an upload's tasks, and where they are kept. Without a bucket of their own they are in the
// upload's bucket, and so in its region; a bucket that the rules name is in the invocation's.
func (h *Handler) claims(inv *invocation, u *rules.Upload) (*claims.Claims, store, error) {
	objects, ok := h.Submitter.(Objects)
	if !ok {
		return nil, store{}, &PermanentError{text: "nothing was sent: claims are on, and there is no OSS to keep them"}
	}
	settings := claims.Settings(*inv.set.Claims())
	s := store{objects: objects}
	if settings.Bucket == "" {
		s.region = u.Region
	}
	return claims.New(s, settings), s, nil
}

// claimed returns a task as claims know it.
func claimed(inv *invocation, j *job) claims.Task {
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
