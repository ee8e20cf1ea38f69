package ossclient

import (
	"bytes"
	"context"
	"net/http"
	"strconv"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/claims"
	"onput/internal/text"
	"onput/process"
)

// Requests for objects. The region is the bucket's, "" for the caller's. Errors are the ones of [claims.Store], else
// *TransientError or *PermanentError, whose text begins with the operation and the object.

// Append adds data to an appendable object of length position (POST /KEY?append&position=N). It creates the object if
// position is 0.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
func (c *Client) Append(ctx context.Context, region string, at process.Location, position int64, data []byte) error {
	r := c.do(ctx, kind{limit: maxAnswer}, region, func(client *oss.Client, via func(*oss.Options)) error {
		_, err := client.AppendObject(ctx, &oss.AppendObjectRequest{
			Bucket: &at.Bucket, Key: &at.Key, Position: &position, Body: bytes.NewReader(data),
		}, via)
		return err
	})
	r.require(r.header.Get("x-oss-next-append-position") == strconv.FormatInt(position+int64(len(data)), 10))
	switch {
	case r.verdict == rejected && r.code == "PositionNotEqualToLength":
		return claims.ErrPosition
	case r.verdict == rejected && r.code == "ObjectNotAppendable":
		return claims.ErrNotAppendable
	}
	return r.err(describeRequest("AppendObject", at))
}

// Read returns the first max bytes of an object.
func (c *Client) Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error) {
	r := c.get(ctx, region, at, "", max)
	r.require(r.requestID() != "")
	if r.verdict == rejected && r.code == "NoSuchKey" {
		return claims.Object{}, claims.ErrNotFound
	}
	if err := bodyError(&r, at); err != nil {
		return claims.Object{}, err
	}
	return claims.Object{Data: r.body, Modified: r.time("Last-Modified"), Date: r.time("Date")}, nil
}

// Version is the content of an object and the ETag that identifies it.
type Version struct {
	Data        []byte
	ETag        string
	NotModified bool // the object still has the ETag that was asked for; the other fields are empty
}

// ReadIfModified returns the first max bytes of an object, unless its ETag is still etag. An empty etag matches none.
func (c *Client) ReadIfModified(ctx context.Context, at process.Location, etag string, max int64) (Version, error) {
	r := c.get(ctx, "", at, etag, max)
	if r.status == http.StatusNotModified && etag != "" {
		return Version{NotModified: true}, nil
	}
	if err := bodyError(&r, at); err != nil {
		return Version{}, err
	}
	return Version{Data: r.body, ETag: r.id(r.header.Get("ETag"))}, nil
}

// bodyError returns the error of a GetObject, also if only its body broke off.
func bodyError(r *outcome, at process.Location) error {
	request := describeRequest("GetObject", at)
	if r.verdict == accepted && r.bodyErr != nil {
		return &TransientError{Text: request + ": the answer was cut off"}
	}
	return r.err(request)
}

// Put writes an object, and replaces the one that is there.
func (c *Client) Put(ctx context.Context, region string, at process.Location, contentType string, data []byte) error {
	r := c.do(ctx, kind{limit: maxAnswer}, region, func(client *oss.Client, via func(*oss.Options)) error {
		_, err := client.PutObject(ctx, &oss.PutObjectRequest{
			Bucket: &at.Bucket, Key: &at.Key, ContentType: &contentType, Body: bytes.NewReader(data),
		}, via)
		return err
	})
	r.require(r.requestID() != "")
	return r.err(describeRequest("PutObject", at))
}

// get requests an object unless its ETag is etag, and reads at most limit bytes of it.
func (c *Client) get(ctx context.Context, region string, at process.Location, etag string, limit int64) outcome {
	request := &oss.GetObjectRequest{Bucket: &at.Bucket, Key: &at.Key}
	if etag != "" {
		request.IfNoneMatch = &etag
	}
	return c.do(ctx, kind{limit: limit}, region, func(client *oss.Client, via func(*oss.Options)) error {
		result, err := client.GetObject(ctx, request, via)
		if err == nil {
			err = result.Body.Close()
		}
		return err
	})
}

// describeRequest names a request for an object in a message.
func describeRequest(operation string, at process.Location) string {
	return operation + " " + text.QuoteIfNeeded(at.String())
}
