package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/transport"

	"onput/internal/text"
	"onput/process"
)

// Bounds of answers, which a server other than OSS may have made.
const (
	maxRecord  = 1 << 20 // bytes of a record in OSS; the function writes 128 KB of event and little else
	maxPage    = 8 << 20 // bytes of any other answer; a page has at most 1,000 keys of at most 1,023 bytes
	maxPages   = 100
	maxRecords = 100_000
)

func (r *replay) newClient() *oss.Client {
	config := oss.LoadDefaultConfig().WithRegion(r.Region).WithUserAgent("onput").
		WithCredentialsProvider(credentials.NewEnvironmentVariableCredentialsProvider())
	switch r.Endpoint {
	case "public":
	case "internal":
		config.WithUseInternalEndpoint(true)
	default:
		config.WithEndpoint(r.Endpoint)
	}
	client := transport.NewHttpClient(nil, func(t *http.Transport) { t.DisableCompression = true }) // a megabyte unpacks to a gigabyte
	client.Transport, client.Timeout = boundedAnswers{client.Transport}, replayTimeout
	return oss.NewClient(config.WithHttpClient(client))
}

// boundedAnswers ends each answer with an error after [maxPage] bytes, because the OSS SDK reads answers into memory.
type boundedAnswers struct{ http.RoundTripper }

// RoundTrip sends a request.
func (b boundedAnswers) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		resp.Body = &boundedBody{resp.Body, maxPage}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int // bytes
}

// Read reads the body up to its bound.
func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, fmt.Errorf("the answer has more than %d bytes", maxPage)
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// listRecords returns the objects below BUCKET/PREFIX as failures that are yet to be read.
func (r *replay) listRecords(ctx context.Context, location string) ([]failure, error) {
	bucket, prefix, _ := strings.Cut(location, "/")
	var all []failure
	pages := r.client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), Prefix: oss.Ptr(prefix), MaxKeys: 1000})
	for n := 0; pages.HasNext(); n++ {
		if n == maxPages || len(all) > maxRecords {
			return nil, fmt.Errorf("the listing has more than %d records, or does not end; give a longer prefix", maxRecords)
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, shortError(err)
		}
		for _, o := range page.Contents {
			if o.Size == 0 && strings.HasSuffix(*o.Key, "/") {
				continue // a folder, as OSS's console makes them
			}
			record := &process.Location{Bucket: bucket, Key: *o.Key}
			all = append(all, failure{origin: record.String(), record: record})
		}
	}
	return all, nil
}

// readRecord reads the record of a failure. It reports false after it added a problem.
func (r *replay) readRecord(ctx context.Context, f *failure) bool {
	result, err := r.client.GetObject(ctx, &oss.GetObjectRequest{Bucket: &f.record.Bucket, Key: &f.record.Key})
	if err != nil {
		r.addProblem(f.origin, "%v", shortError(err))
		return false
	}
	defer result.Body.Close()
	data, err := io.ReadAll(io.LimitReader(result.Body, maxRecord+1))
	if err != nil || len(data) > maxRecord {
		r.addProblem(f.origin, "the object cannot be read, or is larger than %d bytes", maxRecord)
		return false
	}
	failures, problems := readFailures(f.origin, true, data)
	r.report.Problems = append(r.report.Problems, problems...)
	switch {
	case len(problems) > 0:
		return false
	case len(failures) != 1:
		r.addProblem(f.origin, "the object has %d failures, but a record has one: replay it as a file", len(failures))
		return false
	}
	failures[0].record = f.record
	*f = failures[0]
	return true
}

// shortError returns an error of the OSS SDK without the request that the SDK repeats in it.
func shortError(err error) error {
	var service *oss.ServiceError
	switch {
	case !errors.As(err, &service):
		return errors.New(redactSecrets(err.Error()))
	case service.Code == "BadErrorResponse": // the SDK's own code; its message quotes the answer
		return fmt.Errorf("%d: the answer is not an OSS error document", service.StatusCode)
	}
	return fmt.Errorf("%d %s: %s (request id %s)", service.StatusCode,
		redactSecrets(service.Code), redactSecrets(service.Message), redactSecrets(service.RequestID))
}

// redactSecrets returns a server's text fit for a terminal. It replaces a text that repeats the signature or its key.
func redactSecrets(answer string) string {
	secrets := text.Secrets{text.SignatureMark, os.Getenv("OSS_ACCESS_KEY_ID"), os.Getenv("OSS_ACCESS_KEY_SECRET"), os.Getenv("OSS_SESSION_TOKEN")}
	return text.Printable(secrets.Redact(answer))
}
