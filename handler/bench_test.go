package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/fc-runtime-go-sdk/fccontext"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"onput/handler"
	"onput/internal/event"
	"onput/internal/ossclient"
	"onput/internal/workload"
	"onput/rules"
)

// documentedEvent returns the event that Function Compute's documentation prints.
func documentedEvent(tb testing.TB) []byte {
	event, err := os.ReadFile("../internal/event/testdata/events/native-doc-2022.json")
	if err != nil {
		tb.Fatal(err)
	}
	return event
}

// eventOf returns the documented event with a key that fires one task of the set.
func eventOf(tb testing.TB, set *rules.Set, keys []string) []byte {
	for _, key := range keys {
		u := &rules.Upload{Event: "ObjectCreated:PutObject", Bucket: workload.Bucket, Key: key, Size: 1}
		if len(set.Match(u)) == 1 {
			event := bytes.ReplaceAll(documentedEvent(tb), []byte("source/a.png"), []byte(key))
			return bytes.ReplaceAll(event, []byte("testbucket"), []byte(workload.Bucket))
		}
	}
	tb.Fatal("no key fires one task")
	return nil
}

// instantSubmitter is an OSS that accepts every task at once.
type instantSubmitter struct{}

func (instantSubmitter) Submit(context.Context, *rules.Upload, *rules.Task) (ossclient.Receipt, error) {
	return ossclient.Receipt{
		Status:           200,
		RequestID:        "68F0C3A2D5F1A73230A1B2C3",
		EventID:          "0C7-1XqGvzFhJyVvS1Q5ZKv2qQ6tXyz",
		TaskID:           "MediaConvert-6b0a3c1e-8f2d-4c57-9a51-0d6f5e4c3b2a",
		ProcessRequestID: "5F2B7A9C-3D41-5E8F-A6C2-1B0D9E8F7A6B",
		Attempts:         1,
	}, nil
}

// fcContext returns the context of an invocation as the SDK makes it, without its deadline.
func fcContext(ctx context.Context) context.Context {
	return fccontext.NewContext(ctx, &fccontext.FcContext{
		RequestID: "1-68f0c3a2-15b2f9d1-2f0d6f4f9f3a",
		Credentials: fccontext.Credentials{
			AccessKeyId:     "STS.NTsample0000000000000",
			AccessKeySecret: strings.Repeat("s", 44),
			SecurityToken:   strings.Repeat("t", 600),
		},
		Function:  fccontext.Function{Name: "onput", Handler: "main", Memory: "128", Timeout: 60},
		Region:    "cn-hangzhou",
		AccountId: "1234567890123456",
	})
}

// BenchmarkInvoke measures one invocation, from an event of one upload that fires one of 20 rules to the answer, log lines
// included. OSS answers at once.
func BenchmarkInvoke(b *testing.B) {
	w := workload.New(20)
	set, err := rules.Parse("rules.yaml", w.File())
	if err != nil {
		b.Fatal(err)
	}
	event := eventOf(b, set, w.Keys(1, 100))
	h := &handler.Handler{Rules: handler.FixedRules(set), Submitter: instantSubmitter{}, Log: slog.New(slog.NewJSONHandler(io.Discard, nil))}
	ctx, cancel := context.WithTimeout(fcContext(b.Context()), time.Hour)
	defer cancel()
	answer, err := h.Invoke(ctx, event)
	if err != nil {
		b.Fatal(err)
	}
	if len(answer.Uploads) != 1 || len(answer.Uploads[0].Tasks) != 1 || answer.Uploads[0].Tasks[0].Status != handler.Submitted {
		b.Fatalf("one task should have been submitted: %+v", answer)
	}
	b.ReportAllocs()
	for b.Loop() {
		h.Invoke(ctx, event)
	}
}

// BenchmarkDecode compares event.Decode with libraries that read the same fields and check nothing.
func BenchmarkDecode(b *testing.B) {
	payload := documentedEvent(b)
	for _, d := range []struct {
		name   string
		decode func()
	}{
		{"onput", func() { event.Decode(payload) }},
		{"encoding-json", func() { decodeStruct(payload) }},
		{"gjson", func() { gjson.GetManyBytes(payload, eventPaths...) }},
	} {
		b.Run("by="+d.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.decode()
			}
			b.ReportMetric(float64(len(payload)), "event-B")
		})
	}
}

// eventPaths are the fields of a native event that event.Decode reads.
var eventPaths = []string{
	"events.0.eventName",
	"events.0.eventTime",
	"events.0.region",
	"events.0.responseElements.requestId",
	"events.0.oss.bucket.name",
	"events.0.oss.object.key",
	"events.0.oss.object.eTag",
	"events.0.oss.object.size",
	"events.0.oss.object.objectMeta.mimeType",
}

// nativeEvent has the fields of eventPaths.
type nativeEvent struct {
	Events []struct {
		EventName string    `json:"eventName"`
		EventTime time.Time `json:"eventTime"`
		Region    string    `json:"region"`
		Response  struct {
			RequestID string `json:"requestId"`
		} `json:"responseElements"`
		OSS struct {
			Bucket struct {
				Name string `json:"name"`
			} `json:"bucket"`
			Object struct {
				Key  string `json:"key"`
				ETag string `json:"eTag"`
				Size int64  `json:"size"`
				Meta struct {
					MimeType string `json:"mimeType"`
				} `json:"objectMeta"`
			} `json:"object"`
		} `json:"oss"`
	} `json:"events"`
}

func decodeStruct(payload []byte) (e nativeEvent, err error) {
	err = json.Unmarshal(payload, &e)
	return e, err
}

// TestDecodersAgree checks that the decoders of BenchmarkDecode read the same fields.
func TestDecodersAgree(t *testing.T) {
	payload := documentedEvent(t)
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
