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

// logTask writes the line of a task.
func (inv *invocation) logTask(ctx context.Context, j *job) {
	level := slog.LevelInfo
	warning := ""
	switch {
	case j.answer.Status == Failed:
		level = slog.LevelError
	case len(j.claimWarnings) > 0, j.failureRecord != "", j.answer.Error != "": // the last in mode log
		level = slog.LevelWarn
	case j.answer.Status == Submitted && j.receipt.TaskID == "":
		level = slog.LevelWarn
		warning = "OSS took the process, and its answer has no task id"
	}
	attrs := append(make([]slog.Attr, 0, 20),
		slog.String("bucket", j.upload.Bucket),
		slog.String("key", j.upload.Key),
		slog.String("event", j.upload.Event),
		slog.String("rule", j.task.Rule),
		slog.Int("output", j.task.Output),
		slog.String("status", string(j.answer.Status)),
		slog.String("process", j.task.Process),
		slog.String("target", j.answer.Target))
	if j.receipt.Status != 0 {
		attrs = append(attrs, slog.Int("httpStatus", j.receipt.Status))
	}
	attrs = appendNonEmpty(attrs,
		slog.String("requestId", j.receipt.RequestID),
		slog.String("eventId", j.receipt.EventID),
		slog.String("taskId", j.receipt.TaskID),
		slog.String("processRequestId", j.receipt.ProcessRequestID))
	if j.receipt.Size > 0 {
		attrs = append(attrs, slog.Int64("size", j.receipt.Size))
	}
	if j.receipt.Attempts > 0 {
		attrs = append(attrs, slog.Int("attempts", j.receipt.Attempts), slog.Int64("ms", j.took.Milliseconds()))
	}
	attrs = appendNonEmpty(attrs,
		slog.String("error", j.answer.Error),
		slog.String("warning", warning),
		slog.String("claim", text.OneLine(strings.Join(j.claimWarnings, "; "), 2000)),
		slog.String("record", j.failureRecord))
	if j.stack != "" {
		attrs = append(attrs, slog.String("panic", j.panicked), slog.String("stack", j.stack))
	}
	inv.log.LogAttrs(ctx, level, "task", attrs...)
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

// logUpload writes the line of an upload that fires no task.
func (inv *invocation) logUpload(ctx context.Context, message string, u *rules.Upload, more ...slog.Attr) {
	attrs := []slog.Attr{slog.String("bucket", u.Bucket), slog.String("key", u.Key), slog.String("event", u.Event)}
	inv.log.LogAttrs(ctx, slog.LevelInfo, message, append(attrs, more...)...)
}

// logCompletion writes the line of a completion message.
func (inv *invocation) logCompletion(ctx context.Context, t *completedTask) {
	level := slog.LevelInfo
	switch {
	case t.Failed:
		level = slog.LevelError
	case t.warning != "":
		level = slog.LevelWarn
	}
	attrs := appendNonEmpty([]slog.Attr{slog.String("taskId", t.TaskID)},
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
	inv.log.LogAttrs(ctx, level, string(t.status()), attrs...)
}

// logEnd writes the line of the whole invocation, with level error if it fails for a reason that no task's line has.
func (inv *invocation) logEnd(ctx context.Context, start time.Time, uploads, tasks int, err error) {
	level := slog.LevelDebug
	attrs := []slog.Attr{
		slog.Int("uploads", uploads), slog.Int("tasks", tasks), slog.Int64("ms", time.Since(start).Milliseconds()),
	}
	if err != nil {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	inv.log.LogAttrs(ctx, level, "invocation", attrs...)
}
