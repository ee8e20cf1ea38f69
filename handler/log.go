package handler

import (
	"context"
	"log/slog"
	"time"

	"onput/rules"
)

// The log has one line a task, and one for an upload that fires none. No headers, no credentials, no texts of the OSS
// SDK.

func (h *Handler) logTask(ctx context.Context, inv *invocation, j *job) {
	level := slog.LevelInfo
	warning := ""
	switch {
	case j.answer.Status == Failed:
		level = slog.LevelError
	case j.kept != nil:
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
	for _, id := range [...]struct{ name, value string }{
		{"requestId", j.receipt.RequestID},
		{"eventId", j.receipt.EventID},
		{"taskId", j.receipt.TaskID},
		{"processRequestId", j.receipt.ProcessRequestID},
	} {
		if id.value != "" {
			attrs = append(attrs, slog.String(id.name, id.value))
		}
	}
	if j.receipt.Attempts > 0 {
		attrs = append(attrs, slog.Int("attempts", j.receipt.Attempts), slog.Int64("ms", j.took.Milliseconds()))
	}
	if j.answer.Error != "" {
		attrs = append(attrs, slog.String("error", j.answer.Error))
	}
	if warning != "" {
		attrs = append(attrs, slog.String("warning", warning))
	}
	attrs = j.kept.attrs(attrs)
	if j.stack != "" {
		attrs = append(attrs, slog.String("panic", j.panicked), slog.String("stack", j.stack))
	}
	h.Log.LogAttrs(ctx, level, "task", attrs...)
}

func (h *Handler) logSkipped(ctx context.Context, inv *invocation, u *rules.Upload, reason string) {
	h.Log.LogAttrs(ctx, slog.LevelInfo, "skipped",
		slog.String("invocation", inv.requestID),
		slog.String("bucket", u.Bucket),
		slog.String("key", u.Key),
		slog.String("event", u.Event),
		slog.String("reason", reason))
}

func (h *Handler) logUnmatched(ctx context.Context, inv *invocation, u *rules.Upload) {
	h.Log.LogAttrs(ctx, slog.LevelInfo, "unmatched",
		slog.String("invocation", inv.requestID),
		slog.String("bucket", u.Bucket),
		slog.String("key", u.Key),
		slog.String("event", u.Event))
}

// logInvocation writes the line of the whole invocation: for debugging, and as an error where it fails of something that
// no task's line tells.
func (h *Handler) logInvocation(ctx context.Context, inv *invocation, start time.Time, uploads, tasks int, err error) {
	level := slog.LevelDebug
	if err != nil {
		level = slog.LevelError
	}
	if !h.Log.Enabled(ctx, level) { // nearly always
		return
	}
	attrs := make([]slog.Attr, 0, 5)
	attrs = append(attrs,
		slog.String("invocation", inv.requestID),
		slog.Int("uploads", uploads),
		slog.Int("tasks", tasks),
		slog.Int64("ms", time.Since(start).Milliseconds()))
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	h.Log.LogAttrs(ctx, level, "invocation", attrs...)
}
