package localcloud

import (
	"time"
)

// Event is an event in the local cloud: a value of one of the types in this file.
type Event any

// ObjectCreated is an upload, or one of its steps, that triggers may match.
type ObjectCreated struct {
	Event       string // ObjectCreated:PutObject
	Bucket, Key string
	Size        int64
	Delta       int64 // growth of the bucket, less than Size if an object was overwritten
	ETag        string
	Header      map[string]string // Content-Type, X-Oss-Meta-*…
	Position    int64             // offset of an AppendObject; -1 for other operations
	RequestID   string            // OSS's request id of the upload
	Time        time.Time
	SourceIP    string
	AccessKeyID string
}

// TaskAccepted is an asynchronous process that OSS accepted.
type TaskAccepted struct{ Process Process }

// TaskEnded is the end of a task. If the process names a topic, the message was published there.
type TaskEnded struct {
	Process Process
	Result  TaskResult
	Topic   string // "" for none
	Message []byte
}

// ProcessDone is a synchronous process whose result OSS stored.
type ProcessDone struct{ Process Process }

// ProcessRefused is a process that OSS refused, because of its text or its object.
type ProcessRefused struct {
	Request Request // with OSS's error code
	Body    string  // as received
	Err     *Error
}

// FunctionStarted is the start of a process of the function.
type FunctionStarted struct {
	Instance int // from 1
	PID      int
}

// FunctionExited is the end of a process of the function, by itself or killed.
type FunctionExited struct {
	Instance int
	PID      int
	Status   string // "exit status 1", "signal: killed"
}

// InvocationStarted is one attempt of an invocation that was passed to the function.
type InvocationStarted struct {
	RequestID string
	Instance  int
	Retry     int // 0 for the first try
	Payload   []byte
}

// InvocationEnded is the end of one attempt of an invocation.
type InvocationEnded struct{ Result Result }

// InvocationRetried announces a retry of a failed asynchronous invocation.
type InvocationRetried struct {
	RequestID string
	Retry     int // number of the coming retry, from 1
	Pause     time.Duration
}

// InvocationFailed is an asynchronous invocation that failed for good. Its Failure goes to the onFailure destination.
type InvocationFailed struct{ Failure Failure }

// LogLine is a line of the function's standard output or standard error.
type LogLine struct {
	Instance  int
	RequestID string // of the invocation that wrote it; "" if that is unknown
	Retry     int    // of that invocation; 0 for the first try
	Text      string
}

// emit passes an event to [Options].Watch, one at a time.
func (o *OSS) emit(e Event) {
	if o.opts.Watch != nil {
		o.watching.Lock()
		defer o.watching.Unlock()
		o.opts.Watch(e)
	}
}
