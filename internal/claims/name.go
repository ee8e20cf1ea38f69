package claims

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"time"

	"onput/process"
)

// Task is one asynchronous process that an upload fires. What identifies it is all but Notify and Invocation.
type Task struct {
	Source  process.Location // the object that was uploaded
	Upload  Upload
	Rule    string
	Output  int              // index of the output in the rule
	Process string           // without sys directives
	Target  process.Location // zero where the operation writes no object
	Notify  string           // SMQ topic of the completion message; "" for none

	Invocation string // its id in Function Compute, for people who read the log
}

// Upload tells one upload of an object from another, as its event has it.
type Upload struct {
	RequestID string    // OSS's id of the request that uploaded it; "" where the event has none
	ETag      string    // "" where the event has none
	Time      time.Time // zero where the event has none
}

// Claims, notes and records of failures are in folders of their own below the prefix, so that each may have its own lifecycle
// rule. A claim must outlive its event, which Function Compute drops after maxAsyncEventAgeInSeconds, a day by default.
//
// https://help.aliyun.com/document_detail/2513612.html
const (
	claimsFolder = "claims/"
	notesFolder  = "tasks/"
	failedFolder = "failed/"
)

// Failed returns where the record of a failure of a task is, which claims themselves do not use. It is another one for
// each task of each upload; where events do not tell uploads apart, for each task of each object.
func (c *Claims) Failed(t *Task) process.Location {
	return process.Location{Bucket: c.bucket(t.Source.Bucket), Key: c.settings.Prefix + failedFolder + t.hash(c.identity(&t.Upload))}
}

// location returns where the claim of a task is.
func (c *Claims) location(t *Task) (process.Location, error) {
	at := process.Location{Bucket: c.bucket(t.Source.Bucket), Key: c.settings.Prefix + claimsFolder}
	upload := c.identity(&t.Upload)
	if upload == nil {
		at.Key += "?"
		text := "the event has neither the request id nor the time of the upload, so that a second delivery of it could not " +
			"be told from a second upload; nothing was submitted: add responseElements.requestId or eventTime to the event"
		if c.settings.ByContent {
			text = "the event has no eTag, and claims go by content; nothing was submitted: add oss.object.eTag to the event"
		}
		return at, &Error{Object: at, Reason: Unidentified, text: text}
	}
	at.Key += t.hash(upload)
	return at, nil
}

// hash stands for all that makes the task this task, upload being what tells its upload from others.
func (t *Task) hash(upload []string) string {
	h := sha256.New()
	write(h, t.Source.Bucket, t.Source.Key)
	write(h, upload...)
	write(h, t.Rule, strconv.Itoa(t.Output), t.Process, t.Target.Bucket, t.Target.Key)
	return hex.EncodeToString(h.Sum(nil))
}

// identity returns what tells an upload from others of the same key, nil if nothing does. Where an event has no request
// id, the eTag alone would not do: the same bytes uploaded again would count as delivered again.
func (c *Claims) identity(u *Upload) []string {
	switch {
	case c.settings.ByContent && u.ETag != "":
		return []string{"content", u.ETag}
	case c.settings.ByContent:
		return nil
	case u.RequestID != "":
		return []string{"request", u.RequestID}
	case !u.Time.IsZero():
		return []string{"time", u.ETag, u.Time.UTC().Format(time.RFC3339Nano)}
	}
	return nil
}

// bucket returns the claims bucket for uploads into a bucket.
func (c *Claims) bucket(source string) string {
	if c.settings.Bucket != "" {
		return c.settings.Bucket
	}
	return source
}

// write adds fields to a hash, each with its length before it, so that no two lists of fields look alike.
func write(h hash.Hash, fields ...string) {
	for _, s := range fields {
		io.WriteString(h, strconv.Itoa(len(s))+":"+s)
	}
}
