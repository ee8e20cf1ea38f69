package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"onput/internal/text"
	"onput/process"
)

// maxRecord bounds the bytes that are read of a record in OSS. The function writes 128 KB of event and little else.
const maxRecord = 1 << 20

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
	return oss.NewClient(config)
}

// listRecords returns the objects below BUCKET/PREFIX as failures that are yet to be read.
func (r *replay) listRecords(ctx context.Context, location string) ([]failure, error) {
	bucket, prefix, _ := strings.Cut(location, "/")
	var all []failure
	pages := r.client.NewListObjectsV2Paginator(&oss.ListObjectsV2Request{Bucket: oss.Ptr(bucket), Prefix: oss.Ptr(prefix)})
	for pages.HasNext() {
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
		r.addProblem(f.origin, "%d failures are in the object, which is no record of one: replay it as a file", len(failures))
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
		return fmt.Errorf("%d: the answer is no error document of OSS", service.StatusCode)
	}
	return fmt.Errorf("%d %s: %s (request id %s)", service.StatusCode,
		redactSecrets(service.Code), redactSecrets(service.Message), redactSecrets(service.RequestID))
}

// redactSecrets returns a server's text fit for a terminal. It replaces a text that repeats the signature or its key.
func redactSecrets(answer string) string {
	secrets := text.Secrets{text.SignatureMark, os.Getenv("OSS_ACCESS_KEY_ID"), os.Getenv("OSS_ACCESS_KEY_SECRET"), os.Getenv("OSS_SESSION_TOKEN")}
	return text.Printable(secrets.Redact(answer))
}
