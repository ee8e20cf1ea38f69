package localcloud

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"strings"

	"onput/process"
)

// ImageEngine carries out the actions of an image process, such as image/resize,w_200/format,webp, on the picture that it
// reads from source. Fetch opens another object in the source's bucket, such as the image of a watermark; its error wraps
// [fs.ErrNotExist] if there is none. OSS answers with an error that is an [*Error].
type ImageEngine func(ctx context.Context, actions string, source io.Reader, fetch FetchObject) (*ProcessedImage, error)

// FetchObject opens an object by its key.
type FetchObject func(ctx context.Context, key string) (io.ReadCloser, error)

// ProcessedImage is what a process makes of a picture.
type ProcessedImage struct {
	Data          []byte
	ContentType   string // image/webp; application/json or text/plain if the process reports on the picture
	Width, Height int
}

// processObject carries out a process that a POST has in its body. It stores the result at the target, or answers with it if
// the process names none.
//
// https://alibabacloud.com/help/en/oss/user-guide/save-processed-images
func (o *OSS) processObject(c *call) (*response, error) {
	body, err := c.readBody(1 << 20)
	if err != nil {
		return nil, err
	}
	p := Process{Synchronous: true, Time: o.opts.Now(), Source: process.Location{Bucket: c.Bucket, Key: c.Key}, Body: string(body),
		AccessKeyID: c.AccessKeyID, OSSRequest: c.ID}
	resp, err := o.carryOut(c, &p)
	if err != nil {
		refused := c.asError(err)
		c.Status = refused.Status
		o.emit(ProcessRefused{Request: c.Request, Body: p.Body, Err: refused})
		return nil, refused
	}
	return resp, nil
}

// carryOut carries out a process, and fills in what is not known of it yet.
func (o *OSS) carryOut(c *call, p *Process) (*response, error) {
	text, ok := processParameter(p.Body, "x-oss-process")
	if !ok {
		return nil, newError(400, "InvalidRequest", "no x-oss-process parameter found")
	}
	var err error
	if p.Request, err = process.Parse(text); err != nil {
		if _, refused := o.processImage(c, text); refused != nil { // in the words of OSS
			return nil, refused
		}
		return nil, errInvalidArgument("%v", err)
	}
	var target *call
	if p.Request.Target != nil {
		if target, err = o.targetOf(c, p.Request.Target); err != nil {
			return nil, err
		}
	}
	image, err := o.processImage(c, text)
	switch {
	case err != nil:
		return nil, err
	case target == nil:
		return newResponse().with(image.ContentType, string(image.Data)), nil
	case !strings.HasPrefix(image.ContentType, "image/"):
		return nil, errInvalidArgument("the process makes no picture that can be stored")
	}
	if err := o.putResult(target, image); err != nil {
		return nil, err
	}
	p.Size, p.Width, p.Height = int64(len(image.Data)), image.Width, image.Height
	o.mu.Lock()
	o.processes = append(o.processes, *p)
	o.mu.Unlock()
	o.emit(ProcessDone{*p})
	stored, err := json.MarshalIndent(struct {
		Bucket   string `json:"bucket"`
		FileSize int64  `json:"fileSize"`
		Object   string `json:"object"`
		Status   string `json:"status"`
	}{p.Request.Target.Bucket, p.Size, p.Request.Target.Key, "OK"}, "", "    ")
	return newResponse().with("application/json", string(stored)), err
}

// processedObject answers a GET with the result of a process in its query.
//
// https://help.aliyun.com/document_detail/183902.htm
func (o *OSS) processedObject(c *call) (*response, error) {
	text := c.query.Get("x-oss-process")
	switch {
	case text == "":
		return nil, newError(400, "InvalidRequest", "no x-oss-process parameter found")
	case strings.Contains(text, "|"):
		return nil, errInvalidArgument("a GET stores nothing: %s", text)
	}
	image, err := o.processImage(c, text)
	if err != nil {
		return nil, err
	}
	return newResponse().with(image.ContentType, string(image.Data)), nil
}

// processImage carries out a process on the object of a call, without its directives.
func (o *OSS) processImage(c *call, text string) (*ProcessedImage, error) {
	_, f, err := o.store.open(c.Bucket, c.Key)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	actions, _, _ := strings.Cut(text, "|")
	if style, ok := strings.CutPrefix(actions, "style/"); ok {
		return nil, newError(404, "NoSuchStyle", "The local OSS has no styles: %s", style)
	}
	if o.opts.Images == nil {
		return nil, errInvalidArgument("operation not support: %s", actions)
	}
	return o.opts.Images(c.http.Context(), actions, f, func(_ context.Context, key string) (io.ReadCloser, error) {
		_, f, err := o.store.open(c.Bucket, key)
		if e, ok := errors.AsType[*Error](err); ok && e.Code == "NoSuchKey" {
			return nil, fs.ErrNotExist
		}
		return f, err
	})
}

// targetOf returns the call that writes the target of a process, if its caller may write there. A process without a bucket
// writes to that of the source.
func (o *OSS) targetOf(c *call, to *process.Location) (*call, error) {
	target := *c
	target.Bucket, target.Key, target.Operation = cmp.Or(to.Bucket, c.Bucket), to.Key, "PutObject"
	if o.opts.AnyTarget {
		if err := o.store.createBucket(target.Bucket); err != nil {
			return nil, err
		}
	}
	if err := checkKey(target.Key); err != nil {
		return nil, err
	}
	return &target, o.checkBucketAccess(&target, operation{})
}

// putResult writes the result of a process, which raises an event like any upload.
func (o *OSS) putResult(target *call, image *ProcessedImage) error {
	staged, err := o.store.stageFile(bytes.NewReader(image.Data))
	if err != nil {
		return err
	}
	_, err = o.commitObject(target, "Normal", staged.etag(), attributes{header: map[string]string{"Content-Type": image.ContentType}}, staged)
	return err
}
