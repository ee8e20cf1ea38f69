package ossclient

import (
	"cmp"
	"context"
	"strconv"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/safejson"
	"onput/rules"
)

// processObject carries out a synchronous task (POST /KEY?x-oss-process). The target is there when it returns without an error.
// Doing the task twice stores the same result twice, so the request is repeated also if no answer came back.
//
// OSS did the task if a 2xx answer is JSON with the status OK, whatever its Content-Type.
//
// https://alibabacloud.com/help/en/oss/user-guide/save-processed-images
func (c *Client) processObject(ctx context.Context, u *rules.Upload, t *rules.Task) (Receipt, error) {
	request := &oss.ProcessObjectRequest{Bucket: &t.Source.Bucket, Key: &t.Source.Key, Process: oss.Ptr(t.Request())}
	r := c.do(ctx, kind{throttle: &c.processing, limit: maxAnswer, harmless: true}, u.Region, func(client *oss.Client, via func(*oss.Options)) error {
		_, err := client.ProcessObject(ctx, request, via)
		return err
	})
	receipt := Receipt{Status: r.status, RequestID: r.requestID(), Attempts: r.attempts}
	if r.verdict != accepted {
		return receipt, r.err(DescribeTask(t))
	}
	stored, ok := safejson.Parse(string(r.body))
	if !ok || safejson.Member(stored, "status").Str != "OK" {
		r.verdict = inDoubt
		r.text = "OSS answered " + strconv.Itoa(r.status) + " without the status OK: it may have stored the result (request id " +
			cmp.Or(receipt.RequestID, "none") + ")"
		return receipt, r.err(DescribeTask(t))
	}
	receipt.Size = max(safejson.Member(stored, "fileSize").Int(), 0)
	return receipt, nil
}
