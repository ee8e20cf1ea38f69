package claims

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"onput/internal/text"
	"onput/process"
)

// Note describes a task and its upload.
// The first line of a claim has one, for people who read it. A task with a completion message also leaves one at
// PREFIX/tasks/TASKID, because the message has the task's id but neither the upload nor the rule.
//
// https://help.aliyun.com/zh/imm/developer-reference/asynchronous-notification-format
type Note struct {
	TaskID  string `json:"taskId,omitempty"`
	EventID string `json:"eventId,omitempty"` // the id of the completion message

	Bucket  string    `json:"bucket"` // of the upload
	Key     string    `json:"key"`
	Upload  string    `json:"upload,omitempty"` // OSS's id of the request that uploaded it
	ETag    string    `json:"eTag,omitempty"`
	Time    time.Time `json:"time,omitzero"`
	Rule    string    `json:"rule"`
	Output  int       `json:"output,omitempty"`
	Process string    `json:"process"`
	Target  string    `json:"target,omitempty"` // oss://bucket/key, as sent
	Notify  string    `json:"notify,omitempty"`

	Invocation string `json:"invocation,omitempty"` // the one that submitted the task
}

// note returns the note of a task that is not submitted yet.
func (t *Task) note() Note {
	return Note{
		Bucket: t.Source.Bucket, Key: t.Source.Key,
		Upload: text.Truncate(t.Upload.RequestID, maxID), ETag: text.Truncate(t.Upload.ETag, maxID), Time: t.Upload.Time,
		Rule: t.Rule, Output: t.Output, Process: t.Process, Target: t.Target.String(), Notify: t.Notify,
	}
}

// Find returns the note of a task that was submitted with a completion message. bucket is the bucket of the upload.
// The error is [ErrNotFound] if there is no note. The message may also have arrived before the note was written.
func (c *Claimer) Find(ctx context.Context, bucket, taskID string) (Note, error) {
	at, err := c.noteAt(bucket, taskID)
	if err != nil {
		return Note{}, err
	}
	ctx, cancel := c.withDeadline(ctx)
	defer cancel()
	ctx, cancel = c.forRequest(ctx)
	defer cancel()
	object, err := c.store.Read(ctx, at, maxLog+1)
	if err != nil {
		return Note{}, err
	}
	var n Note
	if len(object.Data) > maxLog || json.Unmarshal(object.Data, &n) != nil || n.TaskID != taskID {
		return Note{}, &Error{Object: at, Reason: Unusable, text: "the object is not a note of the task"}
	}
	clean(&n.EventID, &n.Bucket, &n.Upload, &n.ETag, &n.Rule, &n.Invocation)
	n.Key = text.Prefix(n.Key, 3*process.MaxKey) // U+FFFD has three bytes
	return n, nil
}

// leaveNote writes the note of a submitted task. It succeeds if an earlier attempt, whose answer was lost, wrote the note.
func (d *delivery) leaveNote(ctx context.Context, r Receipt) error {
	at, err := d.noteAt(d.task.Source.Bucket, r.TaskID)
	if err != nil {
		return err
	}
	n := d.task.note()
	n.TaskID, n.EventID, n.Invocation = r.TaskID, r.EventID, d.task.Invocation
	var failure error
	for attempt := range maxFailures {
		if attempt > 0 && !d.pause(ctx, attempt) {
			return timeUsedUp(failure)
		}
		request, cancel := d.forRequest(ctx)
		failure = d.store.Append(request, at, 0, encode(n))
		cancel()
		if failure == nil || errors.Is(failure, ErrPosition) {
			return nil
		}
	}
	return failure
}

// isTaskID reports whether s looks like a task id: letters, digits, dots, hyphens and underscores, a letter or digit first.
// An id in a message is untrusted input and becomes part of a key. Compiling a regular expression would slow every start.
func isTaskID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != "" && len(s) <= 200
}

var errNoTaskID = errors.New("no task has such an id")

// noteAt returns the location of a task's note.
func (c *Claimer) noteAt(bucket, taskID string) (process.Location, error) {
	if !isTaskID(taskID) {
		return process.Location{}, errNoTaskID
	}
	return c.objectAt(bucket, notesFolder+taskID), nil
}
