package handler

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/rules"
)

// Submitter hands a task to OSS, at most once. The upload is the one that fired it, with its region filled in. The
// receipt holds what is known of the request, also beside an error. Errors are *TransientError or *PermanentError, whose
// text names operation, object and rule.
type Submitter interface {
	Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (Receipt, error)
}

// Receipt is what OSS answered.
type Receipt struct {
	Status           int    // of HTTP; 0 without an answer
	RequestID        string // OSS's, from the header x-oss-request-id
	EventID          string // the completion message will have it as its id
	TaskID           string // "MediaConvert-…"; IMM knows the task by it
	ProcessRequestID string // IMM's request id
	Attempts         int    // how many times the request was made
}

// maxAnswer bounds the bytes that are read of an answer to a submission, or of an error, which are a few hundred.
const maxAnswer = 1 << 20

// Submit posts the task's process string to the object (POST /KEY?x-oss-async-process). It returns when OSS has taken it,
// rejected it, or when ctx ends. OSS took it where a 2xx answer is JSON with at least one of EventId, TaskId and RequestId,
// whatever its Content-Type. Any other 2xx, such as the page of a proxy, leaves that in doubt.
//
// https://help.aliyun.com/zh/oss/asynchronous-processing
func (o *OSS) Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (Receipt, error) {
	request := &oss.AsyncProcessObjectRequest{
		Bucket:       oss.Ptr(t.Source.Bucket),
		Key:          oss.Ptr(t.Source.Key),
		AsyncProcess: oss.Ptr(t.Request()),
	}
	r := o.doInPace(ctx, &o.pace, u.Region, maxAnswer, func(ctx context.Context, c *oss.Client, via func(*oss.Options)) error {
		_, err := c.AsyncProcessObject(ctx, request, via)
		return err
	})
	receipt := Receipt{Status: r.status, RequestID: r.requestID(), Attempts: r.attempts}
	if r.verdict != accepted {
		return receipt, r.err(describe(t))
	}
	// The SDK knows three spellings of Content-Type and calls anything else an error, so the ids are read here.
	if ids, ok := parseJSON(string(r.body)); ok {
		receipt.EventID = r.id(stringAt(ids, "EventId"))
		receipt.TaskID = r.id(stringAt(ids, "TaskId"))
		receipt.ProcessRequestID = r.id(stringAt(ids, "RequestId"))
	}
	if receipt.EventID == "" && receipt.TaskID == "" && receipt.ProcessRequestID == "" {
		r.verdict = doubtful
		r.text = "OSS answered " + strconv.Itoa(r.status) + " without naming a task: it may have taken it (request id " +
			cmp.Or(receipt.RequestID, "none") + ")"
		return receipt, r.err(describe(t))
	}
	return receipt, nil
}

// describe names a task in a message: the request, the object, the rule, the operation.
func describe(t *rules.Task) string {
	operation, _, _ := strings.Cut(t.Process, ",")
	s := "AsyncProcessObject " + shortObject(t.Source, 250) + ", rule " + t.Rule
	if t.Output > 0 {
		s += " output " + strconv.Itoa(t.Output)
	}
	return s + ", " + oneLine(operation, 100)
}
