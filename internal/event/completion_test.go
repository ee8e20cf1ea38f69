package event

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/internal/event/eventtest"
)

var finishedTask, contentOf = eventtest.CompletionMessage, eventtest.ContentOf

// TestCompletionEnvelopes checks that a message is understood in every envelope.
func TestCompletionEnvelopes(t *testing.T) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	message := finishedTask("MediaConvert-db7f", "Succeeded", "", "")
	want := Completion{EventID: "25E-1uB", TaskID: "MediaConvert-db7f", TaskType: "MediaConvert",
		Sources: []string{"oss://acme-uploads/immtest/test.mp4"}, Targets: []string{"oss://acme-derived/dest.png"}}
	for _, tt := range []struct {
		name, payload string
		withoutID     bool
	}{
		{name: "topic, STREAM", payload: message},
		{name: "topic, STREAM, Base64", payload: b64(message)},
		{name: "topic, STREAM with attributes", payload: `{"body":` + quote(message) + `,"attrs":{"Extend":"{}"}}`},
		{name: "topic, STREAM with attributes, Base64", payload: `{"body":` + quote(b64(message)) + `,"attrs":{}}`},
		{name: "topic, JSON", payload: topic(message)},
		{name: "topic, JSON, Base64", payload: topic(b64(message))},
		{name: "topic, JSON, attributes of a forger", payload: `{"content":"{}","TaskId":"forged","Status":"Failed","type":"imm:Task:X","source":"acs.imm",` + topic(message)[1:]},
		{name: "queue", payload: queue(quote(message))},
		{name: "queue, array", payload: "[" + queue(quote(message)) + "]"},
		{name: "queue, Base64", payload: "[" + queue(quote(b64(message))) + "]"},
		{name: "queue, a topic's JSON in it", payload: "[" + queue(quote(b64(topic(b64(message))))) + "]"},
		{name: "array", payload: "[" + message + "]"},
		{name: "content as an object", payload: strings.Replace(message, quote(contentOf(message)), contentOf(message), 1)},
		{name: "content alone", payload: contentOf(message), withoutID: true},
		{name: "content alone, in a topic's JSON", payload: topic(contentOf(message)), withoutID: true},
		{name: "EventBridge", payload: `{"id":"25E-1uB","source":"acs.imm","specversion":"1.0","type":"imm:Task:MediaConvert","data":` + contentOf(message) + `}`},
		{name: "EventBridge, content in data", payload: `{"id":"25E-1uB","source":"acs.imm","specversion":"1.0","type":"imm:Task:MediaConvert","data":{"content":` + quote(contentOf(message)) + `}}`},
		{name: "EventBridge, the message in data", payload: `{"id":"other","source":"acs.imm","specversion":"1.0","type":"imm:Task:MediaConvert","data":` + message + `}`},
		{name: "EventBridge, raw data", payload: contentOf(message), withoutID: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := want
			if tt.withoutID {
				want.EventID = ""
			}
			uploads, got, err := Decode([]byte(tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Completion{want}, got); diff != "" || len(uploads) > 0 {
				t.Errorf("%d uploads; completions (-want +got):\n%s", len(uploads), diff)
			}
		})
	}
}

// TestCompletionContents checks contents of other operations, which the documentation does not show.
func TestCompletionContents(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		want          Completion
	}{
		{"transcoded", `{"TaskId":"MediaConvert-1","TaskType":"MediaConvert","Status":"Succeeded","Sources":[{"URI":"oss://a/1"},{"URI":"oss://a/2"}],"Targets":[{"URI":"oss://b/1"}]}`,
			Completion{TaskID: "MediaConvert-1", TaskType: "MediaConvert", Sources: []string{"oss://a/1", "oss://a/2"}, Targets: []string{"oss://b/1"}}},
		{"a watermark", `{"TaskId":"DecodeBlindWatermark-1","TaskType":"DecodeBlindWatermark","Status":"Succeeded","Content":"阿里云","EventId":"E"}`,
			Completion{TaskID: "DecodeBlindWatermark-1", TaskType: "DecodeBlindWatermark", Text: "阿里云", EventID: "E"}},
		{"a document", `{"TaskId":"OfficeConversion-1","Status":"Failed","Code":"C","Message":"M","SourceURI":"oss://a/d.docx","TargetURI":"oss://b/{index}.png"}`,
			Completion{TaskID: "OfficeConversion-1", Failed: true, Code: "C", Message: "M", Sources: []string{"oss://a/d.docx"}, Targets: []string{"oss://b/{index}.png"}}},
		{"other types", `{"TaskId":"x","Status":"Succeeded","TaskType":7,"Code":null,"Sources":"none","Targets":[{"URI":5},"x",null]}`, Completion{TaskID: "x"}},
		{"lines", `{"TaskId":"x\ny","Status":"Failed","Message":"a\u2028b\u001b[31m"}`, Completion{TaskID: "x y", Failed: true, Message: "a b [31m"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, got, err := Decode([]byte(tt.content))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]Completion{tt.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompletionErrors(t *testing.T) {
	for _, tt := range []struct{ payload, want string }{
		{finishedTask("M-1", "Running", "", ""), `found a completion message whose status is "\"Running\"", neither Succeeded nor Failed`},
		{`{"TaskId":"M-1","Status":3}`, `whose status is "3"`},
		{`{"source":"acs.imm","type":"imm:Task:X","content":"no JSON"}`, "found an IMM message whose content is not a task"},
		{`{"type":"imm:FileMeta:Index","content":"{}"}`, "found an IMM message whose content is not a task"},
		{`{"TaskId":"M-1"}`, "found an unknown JSON object"},
		{`{"content":"{\"TaskId\":\"M-1\",\"Status\":\"Failed\"}"}`, "found an unknown JSON object"},
		{`{"content":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, "nested deeper"},
		{`{"source":"acs.imm","content":` + quote(strings.Repeat("[", 100)+strings.Repeat("]", 100)) + `}`, "content is not a task"},
	} {
		_, got, err := Decode([]byte(tt.payload))
		var event *EventError
		if !errors.As(err, &event) || !strings.Contains(err.Error(), tt.want) || len(got) > 0 {
			t.Errorf("%s\nis %v, %+v", tt.payload, err, got)
		}
	}
}

// TestCompletionSample decodes the sample of the documentation.
func TestCompletionSample(t *testing.T) {
	payload, err := os.ReadFile(filepath.Join("testdata", "events", "completion-imm.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, got, err := Decode(payload)
	if err != nil {
		t.Fatal(err)
	}
	want := []Completion{{EventID: "25E-1uBJUMOshisffTNk8Nr3GIj****", TaskID: "MediaConvert-db7faf5a-99c5-4afe-8309-d167fe53****", TaskType: "MediaConvert",
		Sources: []string{"oss://your-bucket/immtest/test.mp4"}, Targets: []string{"oss://your-bucket/dest.png"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
