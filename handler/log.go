package handler

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"onput/internal/text"
	"onput/rules"
)

// The log has one line a task, and one for each upload that fires none. It holds no headers, no credentials, and no texts
// of the OSS SDK.

// withRulesETag returns a Handler whose log lines name the version of the rules in force. Without one it returns h.
func (h *Handler) withRulesETag(etag string) *Handler {
	if etag == "" {
		return h
	}
	with := *h
	with.Log = h.Log.With(slog.String("rulesETag", etag))
	return &with
}

// taskExtras are log attributes of a task besides its receipt.
type taskExtras struct {
	claimWarnings []string
	failureRecord string // oss://bucket/key; "" for none
}

func (e *taskExtras) empty() bool { return e.claimWarnings == nil && e.failureRecord == "" }

// append appends the attributes that are set.
func (e *taskExtras) append(attrs []slog.Attr) []slog.Attr {
	if e.claimWarnings != nil {
		attrs = append(attrs, slog.String("claim", text.OneLine(strings.Join(e.claimWarnings, "; "), 2000)))
	}
	if e.failureRecord != "" {
		attrs = append(attrs, slog.String("record", e.failureRecord))
	}
	return attrs
}

// logTask writes the line of a task.
func (h *Handler) logTask(ctx context.Context, inv *invocation, j *job) {
	level := slog.LevelInfo
	warning := ""
	switch {
	case j.answer.Status == Failed:
		level = slog.LevelError
	case !j.extras.empty():
		level = slog.LevelWarn
	case j.answer.Error != "": // mode log
		level = slog.LevelWarn
	case j.answer.Status == Submitted && j.receipt.TaskID == "":
		level = slog.LevelWarn
		warning = "OSS took the process, and its answer has no task id"
	}
	attrs := make([]slog.Attr, 0, 20)
	attrs = append(attrs,
		slog.String("invocation", inv.requestID),
		slog.String("bucket", j.upload.Bucket),
		slog.String("key", j.upload.Key),
		slog.String("event", j.upload.Event),
		slog.String("rule", j.task.Rule),
		slog.Int("output", j.task.Output),
		slog.String("status", string(j.answer.Status)),
		slog.String("process", j.task.Process),
		slog.String("target", j.answer.Target),
	)
	if j.receipt.Status != 0 {
		attrs = append(attrs, slog.Int("httpStatus", j.receipt.Status))
	}
	attrs = appendNonEmpty(attrs,
		slog.String("requestId", j.receipt.RequestID),
		slog.String("eventId", j.receipt.EventID),
		slog.String("taskId", j.receipt.TaskID),
		slog.String("processRequestId", j.receipt.ProcessRequestID))
	if j.receipt.Attempts > 0 {
		attrs = append(attrs, slog.Int("attempts", j.receipt.Attempts), slog.Int64("ms", j.took.Milliseconds()))
	}
	attrs = appendNonEmpty(attrs, slog.String("error", j.answer.Error), slog.String("warning", warning))
	attrs = j.extras.append(attrs)
	if j.stack != "" {
		attrs = append(attrs, slog.String("panic", j.panicked), slog.String("stack", j.stack))
	}
	h.Log.LogAttrs(ctx, level, "task", attrs...)
}

// appendNonEmpty appends the string attributes that are not empty.
func appendNonEmpty(attrs []slog.Attr, add ...slog.Attr) []slog.Attr {
	for _, a := range add {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	return attrs
}

// logSkipped writes the line of an upload that cannot fire.
func (h *Handler) logSkipped(ctx context.Context, inv *invocation, u *rules.Upload, reason string) {
	h.Log.LogAttrs(ctx, slog.LevelInfo, "skipped",
		slog.String("invocation", inv.requestID),
		slog.String("bucket", u.Bucket),
		slog.String("key", u.Key),
		slog.String("event", u.Event),
		slog.String("reason", reason))
}

// logUnmatched writes the line of an upload that no rule fires for.
func (h *Handler) logUnmatched(ctx context.Context, inv *invocation, u *rules.Upload) {
	h.Log.LogAttrs(ctx, slog.LevelInfo, "unmatched",
		slog.String("invocation", inv.requestID),
		slog.String("bucket", u.Bucket),
		slog.String("key", u.Key),
		slog.String("event", u.Event))
}

// logCompletion writes the line of a completion message.
func (h *Handler) logCompletion(ctx context.Context, inv *invocation, t *completedTask) {
	level := slog.LevelInfo
	switch {
	case t.Failed:
		level = slog.LevelError
	case t.warning != "":
		level = slog.LevelWarn
	}
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs, slog.String("invocation", inv.requestID), slog.String("taskId", t.TaskID))
	attrs = appendNonEmpty(attrs,
		slog.String("taskType", t.TaskType),
		slog.String("eventId", t.EventID),
		slog.String("rule", t.note.Rule),
		slog.String("bucket", t.note.Bucket),
		slog.String("key", t.note.Key),
		slog.String("upload", t.note.Upload),
		slog.String("submittedBy", t.note.Invocation),
		slog.String("code", t.Code),
		slog.String("message", t.Message),
		slog.String("text", t.Text),
		slog.String("warning", t.warning))
	if t.note.Rule != "" {
		attrs = append(attrs, slog.Int("output", t.note.Output))
	}
	attrs = append(attrs, slog.Any("sources", t.Sources), slog.Any("targets", t.Targets))
	h.Log.LogAttrs(ctx, level, string(t.status()), attrs...)
}

// logInvocation writes the line of the whole invocation: for debugging, and as an error if the invocation fails for a
// reason that no task's line has.
func (h *Handler) logInvocation(ctx context.Context, inv *invocation, start time.Time, uploads, tasks int, err error) {
	level := slog.LevelDebug
	attrs := make([]slog.Attr, 0, 5)
	attrs = append(attrs,
		slog.String("invocation", inv.requestID),
		slog.Int("uploads", uploads),
		slog.Int("tasks", tasks),
		slog.Int64("ms", time.Since(start).Milliseconds()))
	if err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	h.Log.LogAttrs(ctx, level, "invocation", attrs...)
}
