package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"onput/internal/event"
)

// What is compared reads the same fields.
func TestDecodersAgree(t *testing.T) {
	payload, err := documentedEvent()
	if err != nil {
		t.Fatal(err)
	}
	uploads, _, err := event.Decode(payload)
	if err != nil || len(uploads) != 1 {
		t.Fatalf("%+v, %v", uploads, err)
	}
	u := uploads[0]
	want := []any{u.Event, u.Time, u.Region, u.RequestID, u.Bucket, u.Key, u.ETag, u.Size, u.Type}

	e, err := decodeStruct(payload)
	if err != nil {
		t.Fatal(err)
	}
	r := e.Events[0]
	got := []any{r.EventName, r.EventTime, r.Region, r.Response.RequestID, r.OSS.Bucket.Name, r.OSS.Object.Key, r.OSS.Object.ETag,
		r.OSS.Object.Size, r.OSS.Object.Meta.MimeType}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("encoding/json (-Decode):\n%s", diff)
	}

	got = nil
	for i, v := range gjson.GetManyBytes(payload, eventPaths...) {
		switch want[i].(type) {
		case time.Time:
			at, err := time.Parse(time.RFC3339, v.Str)
			if err != nil {
				t.Error(err)
			}
			got = append(got, at)
		case int64:
			got = append(got, v.Int())
		default:
			got = append(got, v.Str)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("gjson (-Decode):\n%s", diff)
	}
}
