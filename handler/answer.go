package handler

// Answer is the result of an invocation, as JSON. Uploads and tasks stand in the order of the event and of the rule file.
type Answer struct {
	RequestID string         `json:"requestId"` // of the invocation
	Uploads   []UploadAnswer `json:"uploads"`

	Completions []CompletionAnswer `json:"completions,omitempty"`
}

// UploadAnswer is the result of one upload.
type UploadAnswer struct {
	Bucket  string       `json:"bucket"`
	Key     string       `json:"key"`
	Event   string       `json:"event"`
	Skipped string       `json:"skipped,omitempty"` // the reason why it cannot fire anything
	Tasks   []TaskAnswer `json:"tasks"`             // never null
}

// TaskAnswer is the result of one task.
type TaskAnswer struct {
	Rule      string `json:"rule"`
	Output    int    `json:"output,omitempty"` // index among the rule's outputs
	Status    Status `json:"status"`
	Process   string `json:"process"`
	Target    string `json:"target,omitempty"` // as sent; OSS fills in the remaining variables
	TaskID    string `json:"taskId,omitempty"`
	EventID   string `json:"eventId,omitempty"`
	RequestID string `json:"requestId,omitempty"` // OSS's, of the submission
	Size      int64  `json:"size,omitempty"`      // of a task that is done: the bytes that OSS stored
	Error     string `json:"error,omitempty"`     // of a task that failed, or would fail without mode log
}

// CompletionAnswer reports the completion message of a task. Rule, output, bucket and key are set if the task's note was
// found.
type CompletionAnswer struct {
	TaskID   string   `json:"taskId"`
	TaskType string   `json:"taskType,omitempty"`
	EventID  string   `json:"eventId,omitempty"`
	Status   Status   `json:"status"` // completed or failed
	Rule     string   `json:"rule,omitempty"`
	Output   int      `json:"output,omitempty"`
	Bucket   string   `json:"bucket,omitempty"` // of the upload
	Key      string   `json:"key,omitempty"`
	Sources  []string `json:"sources,omitempty"` // the first of them, as OSS writes them
	Targets  []string `json:"targets,omitempty"` // the first of them
	Text     string   `json:"text,omitempty"`    // of a blind watermark
	Error    string   `json:"error,omitempty"`   // of a task that failed
}

// Status is the state of a task.
type Status string

const (
	Submitted Status = "submitted" // OSS took it
	Done      Status = "done"      // OSS carried it out at once: a synchronous task, whose target is there
	Duplicate Status = "duplicate" // OSS took it before, for another delivery of the upload; the ids are that one's
	Logged    Status = "logged"    // mode log: nothing was sent
	Failed    Status = "failed"    // see TaskAnswer.Error or CompletionAnswer.Error
	Completed Status = "completed" // OSS finished it
)
