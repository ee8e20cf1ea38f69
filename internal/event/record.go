package event

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"onput/internal/safejson"
	"onput/internal/text"
	"onput/process"
	"onput/rules"
)

// maxBucket bounds the name of a bucket, in bytes.
//
// https://help.aliyun.com/en/oss/user-guide/bucket-naming-conventions
const maxBucket = 63

// record decodes an OSS event record; oss is its member of that name. The documented sample of one event has region and
// responseElements inside oss, so both places count.
//
// https://help.aliyun.com/en/oss/user-guide/event-notification-overview
func (d *decoder) record(record, oss gjson.Result, outer cloudEvent) {
	bucket, object := safejson.Member(oss, "bucket"), safejson.Member(oss, "object")
	u := rules.Upload{
		Event:     strings.TrimPrefix(cmp.Or(safejson.Member(record, "eventName").Str, outer.event), "oss:"),
		Region:    regionOf(record, oss, bucket),
		Bucket:    safejson.Member(bucket, "name").Str,
		Key:       safejson.Member(object, "key").Str,
		ETag:      safejson.Member(object, "eTag").Str,
		Type:      safejson.Member(safejson.Member(object, "objectMeta"), "mimeType").Str,
		RequestID: cmp.Or(requestIDOf(record), requestIDOf(oss), outer.id),
		Size:      -1,
		Record:    record,
	}
	problem := ""
	switch {
	case u.Bucket == "":
		problem = "found a record without a bucket at oss.bucket.name: " + text.Excerpt(record.Raw)
	case u.Key == "":
		problem = "found a record without a key at oss.object.key: " + text.Excerpt(record.Raw)
	case len(u.Bucket) > maxBucket:
		problem = fmt.Sprintf("found a bucket of %d bytes, more than %d", len(u.Bucket), maxBucket)
	case len(u.Key) > process.MaxKey:
		problem = fmt.Sprintf("found a key of %d bytes, more than %d", len(u.Key), process.MaxKey)
	}
	if problem != "" {
		d.fail(problem)
		return
	}
	if n, err := strconv.ParseInt(safejson.Member(object, "size").Raw, 10, 64); err == nil && n >= 0 {
		u.Size = n
	}
	u.Time, _ = time.Parse(time.RFC3339, safejson.Member(record, "eventTime").Str) // zero if it is none
	d.uploads = append(d.uploads, u)
}

// requestIDOf returns the request id that a record or its member oss holds.
func requestIDOf(v gjson.Result) string {
	return safejson.Member(safejson.Member(v, "responseElements"), "requestId").Str
}

// regionOf returns the record's region, "cn-hangzhou". It falls back to the bucket's ARN, acs:oss:REGION:UID:BUCKET.
func regionOf(record, oss, bucket gjson.Result) string {
	region := cmp.Or(safejson.Member(record, "region").Str, safejson.Member(oss, "region").Str)
	if region == "" {
		if arn, ok := strings.CutPrefix(safejson.Member(bucket, "arn").Str, "acs:oss:"); ok {
			region, _, _ = strings.Cut(arn, ":")
		}
	}
	return strings.TrimPrefix(region, "oss-")
}
