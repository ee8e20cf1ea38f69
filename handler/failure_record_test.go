package handler

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"onput/internal/event"
)

// TestFailureRecordOf checks that the event in a record decodes to the same upload, whatever envelope it came in.
func TestFailureRecordOf(t *testing.T) {
	bare := `{"oss":{"bucket":{"name":"acme-uploads"},"object":{"key":"a\u000a<&>\".docx","size":7,"eTag":"E"}},"region":"cn-beijing"}`
	for name, payload := range map[string]string{
		"native":                     native(record("in/a.docx")),
		"bare":                       record("in/a.docx"),
		"CloudEvent":                 `{"type":"oss:ObjectCreated:PutObject","id":"6B29","data":` + record("in/a.docx") + `}`,
		"CloudEvent that says more":  `{"type":"oss:ObjectCreated:PutObject","id":"6\"B29","data":` + bare + `}`,
		"CloudEvent with the id":     `{"type":"oss:ObjectCreated:PutObject","id":"6B29","data":` + strings.Replace(record("in/a.docx"), `"requestId":"58F9"`, "", 1) + `}`,
		"without a name":             native(bare),
		"a record that is a message": native(strings.Replace(record("in/a.docx"), "{", `{"body":"x","data":1,`, 1)),
	} {
		uploads, _, err := event.Decode([]byte(payload))
		if err != nil {
			t.Fatal(name, err)
		}
		payload, err := eventOf(&uploads[0])
		if err != nil {
			t.Fatal(name, err)
		}
		again, _, err := event.Decode(payload)
		if err != nil || len(again) != 1 {
			t.Fatal(name, err)
		}
		if again[0].Record.Raw != uploads[0].Record.Raw {
			t.Errorf("%s: the record is not as it came: %s", name, payload)
		}
		want, got := uploads[0], again[0]
		want.Record, got.Record = gjson.Result{}, gjson.Result{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	uploads, _, err := event.Decode([]byte(native(strings.Replace(record("in/a.docx"), "{", `{"x":"`+strings.Repeat("x", maxEventRecord)+`",`, 1))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := eventOf(&uploads[0]); err == nil || !strings.Contains(err.Error(), "more than 131072") {
		t.Errorf("a huge record: %v", err)
	}
}
