package handler

// Answer is what an invocation returns, as JSON. Uploads and tasks stand in the order of the event and of the rule file.
type Answer struct {
	RequestID string         `json:"requestId"` // of the invocation
	Uploads   []UploadAnswer `json:"uploads"`
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

// Status says what became of a task.
type Status string

const (
	Submitted Status = "submitted" // OSS took it
	Duplicate Status = "duplicate" // OSS took it before, of another delivery of the upload, whose ids these are
	Logged    Status = "logged"    // mode log: nothing was sent
	Failed    Status = "failed"    // TaskAnswer.Error says why
)
