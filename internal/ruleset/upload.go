package ruleset

import (
	"time"

	"github.com/tidwall/gjson"

	"onput/process"
)

// Upload is one event record: an object was created in a bucket. The fields are documented on
// https://help.aliyun.com/zh/functioncompute/fc/formats-of-event-for-different-triggers-1.
type Upload struct {
	Event     string // the record's name, "ObjectCreated:PutObject"
	Region    string // "cn-hangzhou"; "" where the event has none
	Bucket    string
	Key       string // raw, never URL-decoded
	ETag      string
	Type      string       // the object's MIME type; "" where the event has none
	RequestID string       // OSS's id of the request that created the object; "" where the event has none
	Size      int64        // bytes; -1 where the event has none
	Time      time.Time    // of the event; zero where the event has none
	Record    gjson.Result // the whole record, for where conditions

	Meta  map[string]string // user metadata besides that in Record, by lower-case names without x-oss-meta-
	Tags  map[string]string
	Class string // storage class
	Known Given  // which of Meta, Tags and Class are known as a whole: a subset of GivenByOSS
}

// Task is one process for one upload.
type Task struct {
	Rule    string           // name of the rule
	Output  int              // index of the output in the rule, from 0
	Source  process.Location // the uploaded object
	Target  process.Location // as sent, with braces escaped if OSS expands them; zero where the operation writes no object
	Process string           // the operation with its parameters, without sys directives
	Notify  string           // SMQ topic of the completion message; "" for none
	Log     bool             // mode: log: report the task, submit nothing
	Err     error            // why no retry can submit the task; nil if it can be submitted

	Synchronous bool // OSS carries it out while the client waits (ProcessObject), and then the target is there
}

// Request returns the whole process string of the task, with its sys directives: exactly what is sent.
func (t *Task) Request() string {
	var target *process.Location
	if t.Target != (process.Location{}) {
		target = &t.Target
	}
	var notify *string
	if t.Notify != "" {
		notify = &t.Notify
	}
	return t.Process + process.Directives(target, notify)
}

// Describe returns the operation of the task in words, "" if it cannot be read.
func (t *Task) Describe() string {
	r, err := process.ParseTemplate(t.Process) // a process that could not be filled in still has its variables
	if err != nil {
		return ""
	}
	return r.Describe()
}
