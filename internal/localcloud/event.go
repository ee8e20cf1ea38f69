package localcloud

import (
	"sync"
	"time"
)

// Event is something that happened in the local cloud: one of the types in this file.
type Event interface{ event() }

// ObjectCreated is an upload, or a step of one, that OSS tells triggers of.
type ObjectCreated struct {
	Event       string // ObjectCreated:PutObject
	Bucket, Key string
	Size        int64
	Delta       int64 // by how much the bucket grew, which is less than Size where an object was overwritten
	ETag        string
	Header      map[string]string // Content-Type, X-Oss-Meta-*…
	Position    int64             // where an AppendObject began; -1 for the others
	RequestID   string            // OSS's request id of the upload
	Time        time.Time
	SourceIP    string
	AccessKeyID string
}

// TaskAccepted is an asynchronous process that OSS took.
type TaskAccepted struct{ Process Process }

// TaskEnded is the end of a task. Where the process has a topic, the message was published there.
type TaskEnded struct {
	Process Process
	Result  TaskResult
	Topic   string // "" for none
	Message []byte
}

// ProcessRefused is an asynchronous process that OSS did not take because of what it says or the object that it is for.
type ProcessRefused struct {
	Request Request // with OSS's error code
	Body    string  // as received
	Err     *Error
}

// FunctionStarted is an instance of the function that came to life.
type FunctionStarted struct {
	Instance int // from 1
	PID      int
}

// FunctionExited is an instance that ended, on its own or killed.
type FunctionExited struct {
	Instance int
	PID      int
	Status   string // "exit status 1", "signal: killed"
}

// InvocationStarted is an event that was handed to the function.
type InvocationStarted struct {
	RequestID string
	Instance  int
	Retry     int // 0 for the first try
	Payload   []byte
}

// InvocationEnded is a try that came to an end.
type InvocationEnded struct{ Result Result }

// InvocationRetried says that a failed asynchronous invocation will be tried again.
type InvocationRetried struct {
	RequestID string
	Retry     int // the number of the retry to come, from 1
	Pause     time.Duration
}

// InvocationFailed is an asynchronous invocation that was given up: what the onFailure destination gets.
type InvocationFailed struct{ Failure Failure }

// LogLine is a line that the function wrote to its standard output or standard error.
type LogLine struct {
	Instance  int
	RequestID string // of the invocation that wrote it, "" where that cannot be told
	Text      string
}

func (ObjectCreated) event()     {}
func (TaskAccepted) event()      {}
func (TaskEnded) event()         {}
func (ProcessRefused) event()    {}
func (FunctionStarted) event()   {}
func (FunctionExited) event()    {}
func (InvocationStarted) event() {}
func (InvocationEnded) event()   {}
func (InvocationRetried) event() {}
func (InvocationFailed) event()  {}
func (LogLine) event()           {}

// watcher makes calls to watch one at a time.
func watcher(watch func(Event)) func(Event) {
	if watch == nil {
		return func(Event) {}
	}
	var mu sync.Mutex
	return func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		watch(e)
	}
}
