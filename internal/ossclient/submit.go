package ossclient

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/safejson"
	"onput/internal/text"
	"onput/rules"
)

// Receipt is OSS's answer to the submission of a task. A synchronous task has none of the ids of IMM.
type Receipt struct {
	Status           int    // of HTTP; 0 without an answer
	RequestID        string // OSS's, from the header x-oss-request-id
	EventID          string // the id that the completion message will have
	TaskID           string // "MediaConvert-…", by which IMM knows the task
	ProcessRequestID string // IMM's request id
	Size             int64  // of a synchronous task: the bytes that OSS stored; 0 if it does not say
	Attempts         int    // number of requests made
}

// Submit posts the process string of a task to its object, in the region of u. OSS carries out a synchronous task before it
// answers (process_object.go), and takes any other for IMM (POST /KEY?x-oss-async-process).
// The receipt is filled in as far as it is known, also with an error. Errors are [*TransientError] or [*PermanentError],
// whose text begins with [DescribeTask].
//
// OSS took the task if a 2xx answer is JSON with at least one of EventId, TaskId and RequestId, whatever its Content-Type.
// Any other 2xx, such as the page of a proxy, is in doubt.
//
// https://help.aliyun.com/zh/oss/asynchronous-processing
func (c *Client) Submit(ctx context.Context, u *rules.Upload, t *rules.Task) (Receipt, error) {
	if t.Synchronous {
		return c.processObject(ctx, u, t)
	}
	request := &oss.AsyncProcessObjectRequest{Bucket: &t.Source.Bucket, Key: &t.Source.Key, AsyncProcess: oss.Ptr(t.Request())}
	r := c.do(ctx, kind{throttle: &c.submissions, limit: maxAnswer}, u.Region, func(client *oss.Client, via func(*oss.Options)) error {
		_, err := client.AsyncProcessObject(ctx, request, via)
		return err
	})
	receipt := Receipt{Status: r.status, RequestID: r.requestID(), Attempts: r.attempts}
	if r.verdict != accepted {
		return receipt, r.err(DescribeTask(t))
	}
	// The SDK reads the ids only for three spellings of Content-Type.
	if ids, ok := safejson.Parse(string(r.body)); ok {
		receipt.EventID = r.id(safejson.Member(ids, "EventId").Str)
		receipt.TaskID = r.id(safejson.Member(ids, "TaskId").Str)
		receipt.ProcessRequestID = r.id(safejson.Member(ids, "RequestId").Str)
	}
	if receipt.EventID == "" && receipt.TaskID == "" && receipt.ProcessRequestID == "" {
		r.verdict = inDoubt
		r.text = "OSS answered " + strconv.Itoa(r.status) + " without naming a task: it may have taken it (request id " +
			cmp.Or(receipt.RequestID, "none") + ")"
		return receipt, r.err(DescribeTask(t))
	}
	return receipt, nil
}

// maxObjectText bounds the name of an object in [DescribeTask], so that the rest of a message keeps its place.
const maxObjectText = 250

// DescribeTask names a task in a message: the request, the object, the rule, the operation.
func DescribeTask(t *rules.Task) string {
	operation, _, _ := strings.Cut(t.Process, ",")
	request := "AsyncProcessObject "
	if t.Synchronous {
		request = "ProcessObject "
	}
	s := request + text.Truncate(text.QuoteIfNeeded(t.Source.String()), maxObjectText) + ", rule " + t.Rule
	if t.Output > 0 {
		s += " output " + strconv.Itoa(t.Output)
	}
	return s + ", " + text.OneLine(operation, 100)
}
