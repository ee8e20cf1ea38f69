package handler

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tidwall/gjson"

	"onput/internal/claims"
	"onput/process"
	"onput/rules"
)

// completion is a completion message: where a rule has notify, OSS publishes to an SMQ topic what became of the task. The
// message knows the task, and neither the rule nor the upload.
//
// https://help.aliyun.com/zh/imm/developer-reference/asynchronous-notification-format
type completion struct {
	eventID  string // as the submission was answered; "" where the message has none
	taskID   string
	taskType string // MediaConvert, OfficeConversion, DecodeBlindWatermark
	failed   bool
	code     string // of a task that failed, as IMM says it
	message  string
	text     string   // of a blind watermark; only "Content" can be it, which no source confirms
	sources  []string // oss://bucket/key, as OSS writes it
	targets  []string
}

// Bounds of what is read of one message. A line of the log has 32 KB, and video/snapshots may write thousands of objects.
const (
	maxURIs    = 20      // of sources, and of targets
	maxURIText = 8 << 10 // bytes of them
	maxSaid    = 2000    // bytes of a code, a message, or a watermark's text
	maxTaskID  = 200     // bytes of an id or a type
)

// completion takes a completion message, or its content alone, and reports whether the object is one. One that does not
// say how the task ended counts as not understood.
func (d *decoder) completion(o gjson.Result) bool {
	content := o
	if inner := o.Get("content"); inner.Exists() {
		if o.Get("source").Str != "acs.imm" && !strings.HasPrefix(o.Get("type").Str, "imm:") {
			return false
		}
		content = inner
		if inner.Type == gjson.String {
			content, _ = parseJSON(inner.Str)
		}
		if stringAt(content, "TaskId") == "" {
			d.fail("found a message of IMM whose content is no task: " + excerpt(o.Raw))
			return true
		}
	}
	status := content.Get("Status")
	if stringAt(content, "TaskId") == "" || !status.Exists() {
		return false
	}
	c := completion{
		taskID:   oneLine(stringAt(content, "TaskId"), maxTaskID),
		taskType: oneLine(stringAt(content, "TaskType"), maxTaskID),
		code:     oneLine(stringAt(content, "Code"), maxSaid),
		message:  oneLine(stringAt(content, "Message"), maxSaid),
		text:     oneLine(stringAt(content, "Content"), maxSaid),
		sources:  uris(content, "Sources", "SourceURI"),
		targets:  uris(content, "Targets", "TargetURI"),
	}
	if content.Raw != o.Raw {
		c.eventID = oneLine(stringAt(o, "id"), maxTaskID)
	}
	c.eventID = cmp.Or(c.eventID, oneLine(stringAt(content, "EventId"), maxTaskID))
	switch stringOf(status) {
	case "Succeeded":
	case "Failed":
		c.failed = true
	default:
		d.fail("found a completion message whose status is " + excerpt(status.Raw) + ", neither Succeeded nor Failed")
		return true
	}
	d.completions = append(d.completions, c)
	return true
}

// uris returns the URIs anywhere in a member, in their order, and of a message that has it that of another member.
// Transcodes have them at Targets[].URI, pictures deeper, at Targets[].Image.Snapshots[].URI.
func uris(content gjson.Result, list, single string) []string {
	var found []string
	room := maxURIText
	take := func(uri string) {
		if uri != "" && len(found) < maxURIs && len(uri) <= room {
			room -= len(uri)
			found = append(found, uri)
		}
	}
	var collect func(v gjson.Result)
	collect = func(v gjson.Result) { // not deeper than maxNesting
		if !v.IsObject() && !v.IsArray() {
			return
		}
		v.ForEach(func(name, value gjson.Result) bool {
			if collect(value); name.Str == "URI" {
				take(stringOf(value))
			}
			return true
		})
	}
	collect(content.Get(list))
	take(stringAt(content, single))
	return found
}

// bucket returns the bucket of the first source, "" where the message has none.
func (c *completion) bucket() string {
	if len(c.sources) == 0 {
		return ""
	}
	rest, _ := strings.CutPrefix(c.sources[0], "oss://")
	bucket, _, _ := strings.Cut(rest, "/")
	if !process.ValidBucketName(bucket) {
		return ""
	}
	return bucket
}

// finished is a completion message on its way into the answer.
type finished struct {
	*completion
	note    claims.Note // zero where the task has none, or none yet
	warning string      // why the note could not be read
}

// complete reports the completion messages, each with the rule and the upload of its task where find knows them; nil knows
// none. It returns what the failed tasks come to, nil if none failed, and in mode log.
func (h *Handler) complete(ctx context.Context, inv *invocation, messages []completion, find findNote, answer *Answer) *TaskFailed {
	if len(messages) == 0 {
		return nil
	}
	all := make([]finished, len(messages))
	for i := range messages {
		all[i].completion = &messages[i]
	}
	if find != nil {
		lookUp(ctx, all, find)
	}
	var lines strings.Builder
	failed, told := 0, 0
	answer.Completions = make([]CompletionAnswer, len(all))
	for i := range all {
		f := &all[i]
		answer.Completions[i] = f.answer()
		h.logFinished(ctx, inv, f)
		if !f.failed {
			continue
		}
		failed++
		if lines.Len() < maxErrorText {
			told++
			lines.WriteString("\n" + f.line())
		}
	}
	if failed == 0 || h.LogOnly {
		return nil
	}
	if more := failed - told; more > 0 {
		lines.WriteString("\nand " + strconv.Itoa(more) + " more, all in the log")
	}
	return &TaskFailed{text: strconv.Itoa(failed) + " of " + strconv.Itoa(len(all)) + " finished tasks failed in OSS:" + lines.String()}
}

// findNote returns what was written down of a task when it was submitted: claims.Claims.Find. The error is
// claims.ErrNotFound where there is nothing, or nothing yet.
type findNote func(ctx context.Context, bucket, taskID string) (claims.Note, error)

// notes finds notes as the rules in force keep them, in the invocation's region, where the topic is; nil without claims.
func (h *Handler) notes(inv *invocation) findNote {
	settings := inv.set.Claims()
	if settings == nil {
		return nil
	}
	return func(ctx context.Context, bucket, taskID string) (claims.Note, error) {
		if bucket == "" && settings.Bucket == "" { // the message names no source
			return claims.Note{}, claims.ErrNotFound
		}
		c, _, err := h.claims(inv, &rules.Upload{Bucket: bucket})
		if err != nil {
			return claims.Note{}, err
		}
		return c.Find(ctx, bucket, taskID)
	}
}

// lookUp fills in the notes, several at once.
func lookUp(ctx context.Context, all []finished, find findNote) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(all), maxAtOnce) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(all); i = int(next.Add(1)) - 1 {
				all[i].lookUp(ctx, find)
			}
		})
	}
	workers.Wait()
}

// lookUp fills in the note. A panic is kept from the other invocations of the instance.
func (f *finished) lookUp(ctx context.Context, find findNote) {
	defer func() {
		if value := recover(); value != nil {
			f.warning = "looking for the rule, the function panicked: " + invocationOf(ctx).secrets().hide(fmt.Sprint(value))
		}
	}()
	note, err := find(ctx, f.bucket(), f.taskID)
	switch {
	case err == nil:
		f.note = note
	case !errors.Is(err, claims.ErrNotFound):
		f.warning = "the rule could not be looked up: " + oneLine(err.Error(), 500)
	}
}

func (f *finished) status() Status {
	if f.failed {
		return Failed
	}
	return Completed
}

// failure returns what IMM says of a failed task: its code and message, which may repeat keys.
func (f *finished) failure() string {
	switch {
	case f.code != "" && f.message != "":
		return f.code + ": " + f.message
	case f.code == "" && f.message == "":
		return "OSS does not say why"
	}
	return f.code + f.message
}

func (f *finished) answer() CompletionAnswer {
	a := CompletionAnswer{
		TaskID: f.taskID, TaskType: f.taskType, EventID: f.eventID, Status: f.status(),
		Rule: f.note.Rule, Output: f.note.Output, Bucket: f.note.Bucket, Key: f.note.Key,
		Sources: f.sources, Targets: f.targets, Text: f.text,
	}
	if f.failed {
		a.Error = f.failure()
	}
	return a
}

// line describes a failed task in an error.
func (f *finished) line() string {
	said, more := cut(f.failure(), maxErrorLine)
	if more {
		said += "…"
	}
	s := "task " + f.taskID
	switch {
	case f.note.Key != "":
		s += ", " + shortObject(process.Location{Bucket: f.note.Bucket, Key: f.note.Key}, 250)
	case len(f.sources) > 0:
		source, _ := cut(f.sources[0], 250)
		s += ", " + strconv.Quote(source)
	}
	if f.note.Rule != "" {
		s += ", rule " + oneLine(f.note.Rule, 100)
	}
	return s + ": " + said
}

// logFinished writes the line of a completion message.
func (h *Handler) logFinished(ctx context.Context, inv *invocation, f *finished) {
	level := slog.LevelInfo
	switch {
	case f.failed:
		level = slog.LevelError
	case f.warning != "":
		level = slog.LevelWarn
	}
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs, slog.String("invocation", inv.requestID), slog.String("taskId", f.taskID))
	for _, a := range [...]struct{ name, value string }{
		{"taskType", f.taskType}, {"eventId", f.eventID},
		{"rule", f.note.Rule}, {"bucket", f.note.Bucket}, {"key", f.note.Key}, {"upload", f.note.Upload},
		{"submittedBy", f.note.Invocation}, {"code", f.code}, {"message", f.message}, {"text", f.text},
		{"warning", f.warning},
	} {
		if a.value != "" {
			attrs = append(attrs, slog.String(a.name, a.value))
		}
	}
	if f.note.Rule != "" {
		attrs = append(attrs, slog.Int("output", f.note.Output))
	}
	attrs = append(attrs, slog.Any("sources", f.sources), slog.Any("targets", f.targets))
	h.Log.LogAttrs(ctx, level, string(f.status()), attrs...)
}

// stringAt returns the string that is the member of a name, "" where there is none or something else.
func stringAt(v gjson.Result, name string) string {
	return stringOf(member(v, name))
}

// stringOf returns a string, "" for anything else.
func stringOf(v gjson.Result) string {
	if v.Type == gjson.String {
		return v.Str
	}
	return ""
}

// withFailed returns the error that ends an invocation where tasks failed in OSS. What a retry can help goes first.
func withFailed(err error, failed *TaskFailed) error {
	if failed == nil {
		return err
	}
	if err == nil {
		return failed
	}
	text := err.Error() + "\n" + failed.text
	var transient *TransientError
	if errors.As(err, &transient) {
		return &TransientError{text: text, InDoubt: transient.InDoubt}
	}
	return &TaskFailed{text: text}
}
