package claims

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
	"time"

	"onput/process"
)

// Task is one process that an upload fires. All fields but Notify and Invocation identify it.
type Task struct {
	Source  process.Location // the object that was uploaded
	Upload  Upload
	Rule    string
	Output  int              // index of the output in the rule
	Process string           // without sys directives
	Target  process.Location // zero if the operation writes no object
	Notify  string           // SMQ topic of the completion message; "" for none

	Invocation string // its id in Function Compute, for people who read the log
}

// Upload holds the fields of an event that identify an upload of an object. A field is zero if the event lacks it.
type Upload struct {
	RequestID string // OSS's id of the request that uploaded the object
	ETag      string
	Time      time.Time
}

// Claims, notes and failure records have folders of their own below the prefix, so that each may have its own lifecycle
// rule. A claim must outlive its event, which Function Compute drops after maxAsyncEventAgeInSeconds, a day by default.
//
// https://help.aliyun.com/document_detail/2513612.html
const (
	claimsFolder = "claims/"
	notesFolder  = "tasks/"
	failedFolder = "failed/"
)

// FailureRecordLocation returns the location of a task's failure record, which callers write.
// It is unique for each task of each upload, or of each object if its events do not identify uploads.
func (c *Claimer) FailureRecordLocation(t *Task) process.Location {
	return c.objectAt(t.Source.Bucket, failedFolder+t.hash(c.identity(&t.Upload)))
}

// location returns the location of a task's claim.
func (c *Claimer) location(t *Task) (process.Location, error) {
	at := c.objectAt(t.Source.Bucket, claimsFolder)
	upload := c.identity(&t.Upload)
	if upload == nil {
		at.Key += "?"
		text := "the event has neither the request id nor the time of the upload, so a second delivery of it could not " +
			"be told from a second upload; nothing was submitted: add responseElements.requestId or eventTime to the event"
		if c.settings.ByContent {
			text = "the event has no eTag, and claims go by content; nothing was submitted: add oss.object.eTag to the event"
		}
		return at, &Error{Object: at, Reason: Unidentified, text: text}
	}
	at.Key += t.hash(upload)
	return at, nil
}

// hash returns a hash of the fields that identify the task. upload is the result of identity.
func (t *Task) hash(upload []string) string {
	h := sha256.New()
	write(h, t.Source.Bucket, t.Source.Key)
	write(h, upload...)
	write(h, t.Rule, strconv.Itoa(t.Output), t.Process, t.Target.Bucket, t.Target.Key)
	return hex.EncodeToString(h.Sum(nil))
}

// identity returns the fields that identify an upload among others of the same key, or nil if the event has none.
// An ETag alone is not enough: the same bytes, uploaded again, would count as delivered again.
func (c *Claimer) identity(u *Upload) []string {
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

// objectAt returns the location of an object below the prefix that belongs to uploads to a source bucket.
func (c *Claimer) objectAt(source, name string) process.Location {
	return process.Location{Bucket: cmp.Or(c.settings.Bucket, source), Key: c.settings.Prefix + name}
}

// write adds fields to a hash, each after its length, so that different lists of fields never hash the same bytes.
func write(h hash.Hash, fields ...string) {
	for _, s := range fields {
		io.WriteString(h, strconv.Itoa(len(s))+":"+s)
	}
}
