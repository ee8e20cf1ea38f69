package handler

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"

	"onput/internal/claims"
	"onput/process"
)

// Objects is what claims and the records of failures need of OSS. An OSS has it beside Submit: the requests go with the
// credentials of the invocation that ctx belongs to, and are made again where they are refused, as submissions are.
//
// Region is that of the bucket, "" for the invocation's own. Errors are those of claims.Store, else *TransientError and
// *PermanentError, whose text names operation and object.
type Objects interface {
	// Append adds data to an appendable object of that length, and creates it where position is 0.
	Append(ctx context.Context, region string, at process.Location, position int64, data []byte) error

	// Read returns the object, of a larger one the first max bytes.
	Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error)

	// Put writes the object, in place of one that is there.
	Put(ctx context.Context, region string, at process.Location, contentType string, data []byte) error
}

// Append posts data to the object (POST /KEY?append&position=N).
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
func (o *OSS) Append(ctx context.Context, region string, at process.Location, position int64, data []byte) error {
	r := o.do(ctx, region, maxAnswer, func(ctx context.Context, c *oss.Client, via func(*oss.Options)) error {
		_, err := c.AppendObject(ctx, &oss.AppendObjectRequest{
			Bucket:   oss.Ptr(at.Bucket),
			Key:      oss.Ptr(at.Key),
			Position: oss.Ptr(position),
			Body:     bytes.NewReader(data),
		}, via)
		return err
	})
	if r.verdict == accepted && r.header.Get("x-oss-next-append-position") != strconv.FormatInt(position+int64(len(data)), 10) {
		r.disown()
	}
	switch {
	case r.verdict == rejected && r.code == "PositionNotEqualToLength":
		return claims.ErrPosition
	case r.verdict == rejected && r.code == "ObjectNotAppendable":
		return claims.ErrNotAppendable
	}
	return r.err("AppendObject " + object(at))
}

// Read gets the object.
func (o *OSS) Read(ctx context.Context, region string, at process.Location, max int64) (claims.Object, error) {
	r := o.get(ctx, region, at, "", max)
	if r.verdict == accepted && r.requestID() == "" {
		r.disown()
	}
	switch {
	case r.verdict == rejected && r.code == "NoSuchKey":
		return claims.Object{}, claims.ErrNotFound
	case r.verdict == accepted && r.bodyErr != nil:
		return claims.Object{}, &TransientError{text: "GetObject " + object(at) + ": the answer broke off"}
	case r.verdict != accepted:
		return claims.Object{}, r.err("GetObject " + object(at))
	}
	return claims.Object{Data: r.body, Modified: r.time("Last-Modified"), Date: r.time("Date")}, nil
}

// Put puts the object.
func (o *OSS) Put(ctx context.Context, region string, at process.Location, contentType string, data []byte) error {
	r := o.do(ctx, region, maxAnswer, func(ctx context.Context, c *oss.Client, via func(*oss.Options)) error {
		_, err := c.PutObject(ctx, &oss.PutObjectRequest{
			Bucket:      oss.Ptr(at.Bucket),
			Key:         oss.Ptr(at.Key),
			ContentType: oss.Ptr(contentType),
			Body:        bytes.NewReader(data),
		}, via)
		return err
	})
	if r.verdict == accepted && r.requestID() == "" {
		r.disown()
	}
	return r.err("PutObject " + object(at))
}

// get asks for an object unless its ETag is etag, and reads at most limit bytes of it.
func (o *OSS) get(ctx context.Context, region string, at process.Location, etag string, limit int64) outcome {
	request := &oss.GetObjectRequest{Bucket: oss.Ptr(at.Bucket), Key: oss.Ptr(at.Key)}
	if etag != "" {
		request.IfNoneMatch = oss.Ptr(etag)
	}
	return o.do(ctx, region, limit, func(ctx context.Context, c *oss.Client, via func(*oss.Options)) error {
		result, err := c.GetObject(ctx, request, via)
		if err == nil {
			err = result.Body.Close()
		}
		return err
	})
}

// disown makes the outcome of an answer that says all went well, and lacks what OSS says with it, one that is in doubt: what
// stands between the function and OSS, a proxy say, may have answered.
func (r *outcome) disown() {
	r.verdict, r.text = doubtful, "what answered "+strconv.Itoa(r.status)+" is not OSS, or says nothing of the request"
}

// time returns the time in a header of the answer, the zero time where there is none.
func (r *outcome) time(header string) time.Time {
	t, err := http.ParseTime(r.header.Get(header))
	if err != nil {
		return time.Time{}
	}
	return t
}

// store is the objects in one region, as claims use them.
type store struct {
	objects Objects
	region  string
}

// Append is Objects.Append.
func (s store) Append(ctx context.Context, at process.Location, position int64, data []byte) error {
	return s.objects.Append(ctx, s.region, at, position, data)
}

// Read is Objects.Read.
func (s store) Read(ctx context.Context, at process.Location, max int64) (claims.Object, error) {
	return s.objects.Read(ctx, s.region, at, max)
}
