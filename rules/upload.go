package rules

import (
	"time"

	"github.com/tidwall/gjson"

	"onput/process"
)

// Upload is one event record: an object that was put into a bucket. What fields mean is on
// https://help.aliyun.com/zh/functioncompute/fc/formats-of-event-for-different-triggers-1.
type Upload struct {
	Event     string // the record's name, "ObjectCreated:PutObject"
	Region    string // "cn-hangzhou"; "" where the event has none
	Bucket    string
	Key       string // raw, never URL-decoded
	ETag      string
	Type      string       // the object's MIME type; "" where the event has none
	RequestID string       // OSS's id of the request that put the object; "" where the event has none
	Size      int64        // bytes; -1 where the event has none
	Time      time.Time    // when OSS saw it; zero where the event has none
	Record    gjson.Result // the whole record, for where conditions
}

// Task is one asynchronous process that an upload fires.
type Task struct {
	Rule    string           // name of the rule
	Output  int              // index of the output in the rule, from 0
	Source  process.Location // the uploaded object
	Target  process.Location // as sent, braces doubled; zero where the operation writes no object
	Process string           // the operation with its parameters, without sys directives
	Notify  string           // SMQ topic for the completion message; "" for none
	Log     bool             // mode: log: report the task, submit nothing
	Err     error            // why it cannot be submitted; no retry can help; nil if it can
}
