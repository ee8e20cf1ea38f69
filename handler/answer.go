package handler

// Answer is what an invocation returns, as JSON. Uploads and tasks stand in the order of the event and of the rule file.
type Answer struct {
	RequestID string         `json:"requestId"` // of the invocation
	Uploads   []UploadAnswer `json:"uploads"`

	Completions []CompletionAnswer `json:"completions,omitempty"` // of tasks that OSS finished
}

// UploadAnswer is what became of one upload.
type UploadAnswer struct {
	Bucket  string       `json:"bucket"`
	Key     string       `json:"key"`
	Event   string       `json:"event"`
	Skipped string       `json:"skipped,omitempty"` // why it could not fire anything
	Tasks   []TaskAnswer `json:"tasks"`             // never null
}

// TaskAnswer is what became of one task.
type TaskAnswer struct {
	Rule      string `json:"rule"`
	Output    int    `json:"output,omitempty"` // index among the rule's outputs
	Status    Status `json:"status"`
	Process   string `json:"process"`
	Target    string `json:"target,omitempty"` // as sent: OSS fills in what is left in braces
	TaskID    string `json:"taskId,omitempty"`
	EventID   string `json:"eventId,omitempty"`
	RequestID string `json:"requestId,omitempty"` // OSS's, of the submission
	Error     string `json:"error,omitempty"`     // of a task that failed, or in mode log would have
}

// CompletionAnswer is what a completion message says of a task that OSS finished. Rule, output, bucket and key are there
// where the task's note was found.
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

// Status says what became of a task.
type Status string

const (
	Submitted Status = "submitted" // OSS took it
	Duplicate Status = "duplicate" // OSS took it before, of another delivery of the upload, whose ids these are
	Logged    Status = "logged"    // mode log: nothing was sent
	Failed    Status = "failed"    // TaskAnswer.Error, or CompletionAnswer.Error, says why
	Completed Status = "completed" // OSS has finished it
)
