package userinput

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"onput/internal/event"
	"onput/internal/event/eventtest"
)

// TestEvents reads events in every envelope and encoding, alone and one after the other.
func TestEvents(t *testing.T) {
	for _, e := range eventtest.Envelopes {
		payload := e.Wrap([]string{eventtest.Record("in/报告.docx")})
		for name, tt := range map[string]struct {
			file string
			want int
		}{
			"alone":         {payload, 1},
			"two lines":     {payload + "\n" + payload + "\n", 2},
			"CRLF, a blank": {payload + "\r\n\r\n" + payload, 2},
			"three":         {payload + " \n " + payload + "\n\n" + payload, 3},
		} {
			if tt.want > 1 && strings.Contains(payload, "\n") && !isJSON([]byte(payload)) {
				continue // Base64 over several lines has no end
			}
			for _, data := range [][]byte{[]byte(tt.file), []byte("\ufeff" + tt.file), encode(t, tt.file, unicode.LittleEndian, unicode.UseBOM)} {
				events, err := Events(data)
				if err != nil || len(events) != tt.want {
					t.Errorf("%s, %s: %d events, %v", e.Name, name, len(events), err)
					continue
				}
				for _, got := range events {
					if len(got.Uploads) != 1 || got.Uploads[0].Key != "in/报告.docx" {
						t.Errorf("%s, %s: %+v", e.Name, name, got.Uploads)
					}
				}
			}
		}
	}
}

func TestEventsOverLines(t *testing.T) {
	events, err := Events([]byte("{\n\"oss\":{\"bucket\":{\"name\":\"b\"},\n\"object\":{\"key\":\"k\"}}}\n\n" + eventtest.Record("in/a.docx")))
	if err != nil || len(events) != 2 || events[0].Line != 1 || events[1].Line != 5 {
		t.Errorf("%+v, %v", events, err)
	}
}

// TestEventErrors checks what is said of payloads that are no event.
func TestEventErrors(t *testing.T) {
	record := eventtest.Record("in/a.docx")
	for _, tt := range []struct {
		file   string
		events int
		want   string
	}{
		{"", 0, "it is empty"},
		{"\ufeff \r\n", 0, "it is empty"},
		{`{"Records":[{"eventSource":"aws:s3","s3":{"object":{}}}]}`, 0, "it is an event of Amazon S3"},
		{`{"version":"0","source":"aws.s3","detail-type":"Object Created","detail":{}}`, 0, "it is an event of Amazon EventBridge, aws.s3"},
		{`{"Records":[{"eventSource":"aws:sqs"}]}`, 0, "it is an event of AWS, aws:sqs"},
		{`{"kind":"storage#object","bucket":"b","name":"k"}`, 0, "it is an event of Google Cloud Storage, storage#object"},
		{`{"triggerTime":"2023-12-26T07:49:00Z","triggerName":"nightly","payload":""}`, 0, "it is the payload of a timer trigger, nightly"},
		{`{"version":"v1","rawPath":"/","headers":{}}`, 0, "it is the request of an HTTP trigger"},
		{`{"path":"/","httpMethod":"GET","headers":{}}`, 0, "it is the request of an HTTP trigger of API Gateway"},
		{`{"source":{"logstoreName":"l"},"jobName":"j"}`, 0, "it is an event of Log Service"},
		{`{"requestContext":{},"requestPayload":"{}"}`, 0, "it is an onFailure record of Function Compute, which onput replay takes"},
		{`{"errorType":"PermanentError","rule":"a","process":"p","event":{}}`, 0, "it is a failure record of the function, which onput replay takes"},
		{`{"requestId":"1","uploads":[]}`, 0, "it is an answer of the function"},
		{`{"events":[{"eventSource":"acs:cdn","eventName":"LogFileCreated"}]}`, 0, "it is an event of acs:cdn"},
		{`{"TopicName":"news","Message":"hello"}`, 0, "it is a message of the SMQ topic news"},
		{`[{"specversion":"1.0","type":"mns:Queue:SendMessage","source":"q","data":{"messageBody":"TEST"}}]`, 0, "it is a message of an SMQ queue"},
		{`{"specversion":"1.0","type":"ecs:Instance","source":"acs.ecs","data":{}}`, 0, "it is an event of EventBridge, ecs:Instance"},
		{"version: 1\nrules:\n  - name: a\n", 0, "it is a rule file"},
		{"edition: 3.0.0\nresources: {}\n", 0, "it is a file of Serverless Devs"},
		{"\x89PNG\r\n\x1a\n\x00\x00", 0, "it is no text"},
		{`{"triggerTime":"","triggerName":"a\u001b[31m\nb","payload":""}`, 0, "it is the payload of a timer trigger, a [31m b"},
		{`{"shopping":["tea"]}`, 0, "event not understood: found an unknown JSON object"},
		{`{"events":[`, 0, "event not understood: found neither JSON nor Base64"},
		{record + "\n{}\n" + record, 2, "line 2: event not understood: found an unknown JSON object"},
		{record + "\n{\"a\":", 1, "line 2: event not understood: found neither JSON"},
		{record + "\n\nnext", 1, "line 3: event not understood: found neither JSON"},
		{strings.Repeat("{}\n", 9), 0, "and 4 more problems"},
		{`{"events":[{},` + record + `]}`, 1, "1 of 2 records: [0]"},
	} {
		events, err := Events([]byte(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.want) || len(events) != tt.events {
			t.Errorf("%q: %d events, %v", tt.file, len(events), err)
		}
	}
}

// No documented event of OSS is taken for something else.
func TestEventKinds(t *testing.T) {
	for _, e := range eventtest.Envelopes {
		payload := e.Wrap([]string{eventtest.Record("k")})
		if kind := kindOf([]byte(payload)); kind != "" && !strings.HasPrefix(kind, "a message of") {
			t.Errorf("%s: %s", e.Name, kind)
		}
	}
}

// FuzzEvents checks that a file has events or an error, and that each event is one by itself.
func FuzzEvents(f *testing.F) {
	files, err := filepath.Glob("../event/testdata/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no sample events", err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
		f.Add([]byte(fmt.Sprintf("\ufeff%s\r\n%s", payload, payload)))
		f.Add([]byte(base64.StdEncoding.EncodeToString(payload)))
		f.Add(encode(f, string(payload), unicode.BigEndian, unicode.IgnoreBOM))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		events, err := Events(data)
		if len(events) == 0 && err == nil {
			t.Error("neither an event nor an error")
		}
		for _, e := range events {
			uploads, completions, _ := event.Decode(e.Payload)
			if len(uploads) != len(e.Uploads) || len(completions) != len(e.Completions) || len(uploads)+len(completions) == 0 || e.Line < 1 {
				t.Errorf("line %d: %q", e.Line, e.Payload)
			}
		}
		kindOf(data)
	})
}
