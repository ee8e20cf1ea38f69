package ossclient

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/clock"
	"onput/process"
	"onput/rules"
)

// Questions about objects, which are harmless to repeat: a request without an answer is tried again. The region is the
// bucket's, "" for the caller's. Errors are ErrGone, *TransientError or *PermanentError. None of them is in doubt.

// ErrGone reports that there is no such object any more.
var ErrGone = errors.New("the object is gone")

// LookUp asks OSS for the facts about an upload that the rules need and the upload lacks, and adds them to u. It makes at most
// one HeadObject and one GetObjectTagging, the latter only if the rules still need it after the former.
func (c *Client) LookUp(ctx context.Context, set *rules.Set, u *rules.Upload) error {
	at := process.Location{Bucket: u.Bucket, Key: u.Key}
	for {
		switch need := set.Needs(u); {
		case need&(rules.GivenMeta|rules.GivenClass) != 0:
			head, err := c.Head(ctx, u.Region, at)
			if err != nil {
				return err
			}
			u.Meta, u.Class = head.Meta, head.Class
			u.Known |= rules.GivenMeta | rules.GivenClass
		case need.Has(rules.GivenTags):
			tags, err := c.Tags(ctx, u.Region, at)
			if err != nil {
				return err
			}
			u.Tags = tags
			u.Known |= rules.GivenTags
		default:
			return nil
		}
	}
}

// Match returns every task that u fires, once OSS has been asked for what the rules need to know. The errors are those of LookUp.
func (c *Client) Match(ctx context.Context, set *rules.Set, u *rules.Upload) ([]rules.Task, error) {
	if err := c.LookUp(ctx, set, u); err != nil {
		return nil, err
	}
	return set.Match(u), nil
}

// Head is OSS's answer to a HeadObject.
type Head struct {
	Meta  map[string]string // user metadata, by lower-case names without x-oss-meta-
	Class string            // storage class
	Type  string            // MIME type
	ETag  string            // without quotes
	Size  int64             // bytes; -1 if the answer lacks it
}

// Head asks for the metadata of an object (HEAD /KEY).
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/headobject
func (c *Client) Head(ctx context.Context, region string, at process.Location) (Head, error) {
	r := c.ask(ctx, region, oss.OperationInput{OpName: "HeadObject", Method: http.MethodHead, Bucket: &at.Bucket, Key: &at.Key})
	if err := r.errorOfQuestion("HeadObject", at); err != nil {
		return Head{}, err
	}
	head := Head{
		Meta: map[string]string{}, Class: r.header.Get("x-oss-storage-class"), Type: r.header.Get("Content-Type"),
		ETag: strings.Trim(r.header.Get("ETag"), `"`), Size: -1,
	}
	for name, values := range r.header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-oss-meta-") {
			head.Meta[rules.MetaName(name)] = values[0]
		}
	}
	if n, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64); err == nil {
		head.Size = n
	}
	return head, nil
}

// Tags asks for the tags of an object (GET /KEY?tagging).
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/getobjecttagging
func (c *Client) Tags(ctx context.Context, region string, at process.Location) (map[string]string, error) {
	r := c.ask(ctx, region, oss.OperationInput{OpName: "GetObjectTagging", Method: http.MethodGet, Bucket: &at.Bucket, Key: &at.Key,
		Parameters: map[string]string{"tagging": ""}})
	var answer struct {
		Tags []struct{ Key, Value string } `xml:"TagSet>Tag"`
	}
	r.require(r.bodyErr == nil && xml.Unmarshal(r.body, &answer) == nil)
	if err := r.errorOfQuestion("GetObjectTagging", at); err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range answer.Tags {
		tags[t.Key] = t.Value
	}
	return tags, nil
}

// maxQuestion bounds one attempt of a question, so that one that hangs leaves time for others: at most a third of what the
// invocation has left, and no longer than this.
const maxQuestion = 10 * time.Second

// ask makes a request that changes nothing, and repeats it also if no answer came back. The generic call of the SDK leaves the
// types of its operations out of the function, which Function Compute loads at each cold start.
func (c *Client) ask(ctx context.Context, region string, question oss.OperationInput) outcome {
	r := c.do(ctx, kind{limit: maxAnswer, harmless: true}, region, func(client *oss.Client, via func(*oss.Options)) error {
		limit := maxQuestion
		if deadline, ok := ctx.Deadline(); ok {
			limit = min(limit, clock.Left(deadline, time.Now())/3)
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		_, err := client.InvokeOperation(ctx, &question, via)
		return err
	})
	r.require(r.requestID() != "")
	return r
}

// errorOfQuestion returns the outcome of a question as an error, or nil if OSS answered it.
func (r *outcome) errorOfQuestion(operation string, at process.Location) error {
	// The answer to a HEAD has no body, and need not name its code.
	if r.verdict == rejected && r.status == http.StatusNotFound && r.requestID() != "" && (r.code == "NoSuchKey" || r.code == "") {
		return ErrGone
	}
	if r.verdict == inDoubt {
		r.verdict = retryLater // a question has no effect
		r.text = strings.Replace(r.text, noAnswerInDoubt, "no answer came back", 1)
	}
	return r.err(describeRequest(operation, at))
}
