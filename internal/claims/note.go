package claims

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"onput/process"
)

// Note is what is written down of a task for those who come later. The first line of a claim has it, for people; and a
// task with a completion message leaves it at PREFIX/tasks/TASKID, because that message knows the task's id and neither
// the upload nor the rule.
//
// https://help.aliyun.com/zh/imm/developer-reference/asynchronous-notification-format
type Note struct {
	TaskID  string `json:"taskId,omitempty"`
	EventID string `json:"eventId,omitempty"` // the completion message has it as its id

	Bucket  string    `json:"bucket"` // the upload's
	Key     string    `json:"key"`
	Upload  string    `json:"upload,omitempty"` // OSS's id of the request that uploaded it
	ETag    string    `json:"eTag,omitempty"`
	Time    time.Time `json:"time,omitzero"`
	Rule    string    `json:"rule"`
	Output  int       `json:"output,omitempty"`
	Process string    `json:"process"`
	Target  string    `json:"target,omitempty"` // oss://bucket/key, as sent
	Notify  string    `json:"notify,omitempty"`

	Invocation string `json:"invocation,omitempty"` // that submitted it
}

func (t *Task) note() Note {
	return Note{
		Bucket: t.Source.Bucket, Key: t.Source.Key,
		Upload: clip(t.Upload.RequestID, maxID), ETag: clip(t.Upload.ETag, maxID), Time: t.Upload.Time,
		Rule: t.Rule, Output: t.Output, Process: t.Process, Target: t.Target.String(), Notify: t.Notify,
	}
}

// Find returns the note of a task that was submitted with a completion message. Bucket is that of the upload. The error
// is ErrNotFound where there is none, which may also be because it was not there yet when the message came.
func (c *Claims) Find(ctx context.Context, bucket, taskID string) (Note, error) {
	at, err := c.noteAt(bucket, taskID)
	if err != nil {
		return Note{}, err
	}
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	ctx, cancel = c.forRequest(ctx)
	defer cancel()
	object, err := c.store.Read(ctx, at, maxLog+1)
	if err != nil {
		return Note{}, err
	}
	var n Note
	if len(object.Data) > maxLog || json.Unmarshal(object.Data, &n) != nil || n.TaskID != taskID {
		return Note{}, &Error{Object: at, Reason: Unusable, text: "the object is no note of the task"}
	}
	return n, nil
}

// leaveNote writes the note of a task that was submitted. It may be there already, from a try whose answer was lost.
func (d *delivery) leaveNote(ctx context.Context, r Receipt) error {
	at, err := d.noteAt(d.task.Source.Bucket, r.TaskID)
	if err != nil {
		return err
	}
	n := d.task.note()
	n.TaskID, n.EventID, n.Invocation = r.TaskID, r.EventID, d.task.Invocation
	var trouble error
	for i := range maxTroubles {
		if i > 0 {
			if !d.pause(ctx, i) {
				return timeUsedUp(trouble)
			}
		}
		request, cancel := d.forRequest(ctx)
		trouble = d.store.Append(request, at, 0, encode(n))
		cancel()
		if trouble == nil || errors.Is(trouble, ErrPosition) {
			return nil
		}
	}
	return trouble
}

// isTaskID says whether s looks like the id of a task: letters, digits, dots, hyphens and underscores, a letter or digit
// first. One that comes in a message may be anything, and becomes part of a key. A regular expression would say so, too, and
// cost every start of the function the time that it takes to compile.
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

// noteAt returns where the note of a task is.
func (c *Claims) noteAt(bucket, taskID string) (process.Location, error) {
	if !isTaskID(taskID) {
		return process.Location{}, errNoTaskID
	}
	return process.Location{Bucket: c.bucket(bucket), Key: c.settings.Prefix + notesFolder + taskID}, nil
}
