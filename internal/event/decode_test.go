package event

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onput/internal/event/eventtest"
	"onput/rules"
)

// Short names for the many events of these tests.
var (
	quote, record, native, topic, queue = eventtest.Quote, eventtest.Record, eventtest.Native, eventtest.Topic, eventtest.Queue
	cloudEventOf, envelopes             = eventtest.CloudEvent, eventtest.Envelopes
)

var ignoreRecord = cmpopts.IgnoreFields(rules.Upload{}, "Record")

// TestDecodeEnvelopes checks that records decode to the same uploads in every envelope.
func TestDecodeEnvelopes(t *testing.T) {
	keys := []string{
		"a.docx", "文档/报告.docx", "a b+c%20%2F&#?=.docx", "{key}/{{x}}.mp4", "line\nbreak\ttab", `quote"back\slash`, "../../etc/passwd",
		"/leading//slashes/", strings.Repeat("é", 511) + "x", "\u2028\u202e", "events", "emoji😀.jpg",
	}
	batches := [][]string{{record(keys[0]), record(keys[1]), record(keys[2])}}
	wantKeys := [][]string{keys[:3]}
	for _, key := range keys {
		batches = append(batches, []string{record(key)})
		wantKeys = append(wantKeys, []string{key})
	}
	for _, e := range envelopes {
		t.Run(e.Name, func(t *testing.T) {
			for i, batch := range batches {
				got, _, err := Decode([]byte(e.Wrap(batch)))
				if err != nil {
					t.Fatalf("%s: %v", e.Wrap(batch), err)
				}
				var want []rules.Upload
				for _, key := range wantKeys[i] {
					want = append(want, rules.Upload{
						Event: "ObjectCreated:PutObject", Region: "cn-hangzhou", Bucket: "acme-uploads", Key: key, ETag: "688A",
						Type: "application/zip", RequestID: "58F9", Size: 122539, Time: time.Date(2022, 8, 13, 6, 45, 43, 0, time.UTC),
					})
				}
				if diff := cmp.Diff(want, got, ignoreRecord); diff != "" {
					t.Errorf("uploads (-want +got):\n%s", diff)
				}
				for k, u := range got {
					if u.Record.Get("userIdentity.principalId").Str != "1649" || u.Record.Get("oss.object.key").Str != wantKeys[i][k] {
						t.Errorf("record of upload %d is %s", k, u.Record.Raw)
					}
				}
			}
		})
	}
}

func TestDecodeSamples(t *testing.T) {
	tests := []struct {
		file string
		want rules.Upload
	}{
		{"native-doc-2022.json", rules.Upload{
			Event: "ObjectCreated:PutObject", Region: "cn-hangzhou", Bucket: "testbucket", Key: "source/a.png",
			ETag: "688A7BF4F233DC9C88A80BF985AB****", Type: "application/zip", RequestID: "58F9FF2D3DF792092E12044C",
			Size: 122539, Time: time.Date(2022, 8, 13, 6, 45, 43, 0, time.UTC)}},
		{"native-fc3-component-2017.json", rules.Upload{
			Event: "ObjectCreated:PutObject", Region: "cn-shanghai", Bucket: "testbucket", Key: "image/a.jpg",
			ETag: "688A7BF4F233DC9C88A80BF985AB7329", RequestID: "58F9FF2D3DF792092E12044C",
			Size: 122539, Time: time.Date(2017, 4, 21, 12, 46, 37, 0, time.UTC)}},
		{"native-sdk-readme.json", rules.Upload{
			Event: "ObjectCreated:PutObject", Region: "cn-shenzhen", Bucket: "testbucket", Key: "image/a.jpg",
			ETag: "7D73E1052AF595535DE90994F4C3E6D5", Type: "image/jpeg", RequestID: "62A2E2EFD0DEFE3930847A6E",
			Size: 29203, Time: time.Date(2022, 6, 10, 6, 21, 35, 0, time.UTC)}},
		{"eventbridge-cloudevent-2026.json", rules.Upload{
			Event: "ObjectCreated:PostObject", Region: "cn-hangzhou", Bucket: "***", Key: "input/***.csv",
			ETag: "63***D32", Type: "text/csv", RequestID: "69B1***C0A8",
			Size: 59537, Time: time.Date(2026, 3, 11, 5, 40, 45, 0, time.UTC)}},
	}
	for _, test := range tests {
		payload, err := os.ReadFile(filepath.Join("testdata", "events", test.file))
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := Decode(payload)
		if err != nil {
			t.Fatalf("%s: %v", test.file, err)
		}
		if diff := cmp.Diff([]rules.Upload{test.want}, got, ignoreRecord); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.file, diff)
		}
	}
	for file, found := range map[string]string{
		"smq-queue-via-eventbridge.json":               "TEST",
		"smq-topic-mns-stream.json":                    "hello topic",
		"smq-topic-mns-with-MessageAttributes.json":    "hello topic",
		"smq-topic-mns-without-MessageAttributes.json": "hello topic",
	} {
		payload, err := os.ReadFile(filepath.Join("testdata", "events", file))
		if err != nil {
			t.Fatal(err)
		}
		var event *EventError
		if _, _, err := Decode(payload); !errors.As(err, &event) || !strings.Contains(err.Error(), strconv.Quote(found)) {
			t.Errorf("%s: error is %v; want one that quotes %q", file, err, found)
		}
	}
}

// TestDecodeFields checks where a field may stand, and the result for one that is missing or of another type.
func TestDecodeFields(t *testing.T) {
	const bare = `"oss":{"bucket":{"name":"b"},"object":{"key":"k"}}`
	tests := []struct {
		name, payload string
		want          rules.Upload
	}{
		{"nothing but bucket and key", `{` + bare + `}`, rules.Upload{}},
		{"everything of another type",
			`{"eventName":1,"region":[],"eventTime":{},"responseElements":"x","oss":{"region":1,"responseElements":[],` +
				`"bucket":{"name":"b","arn":{}},"object":{"key":"k","size":"7","eTag":1,"objectMeta":[]}}}`, rules.Upload{}},
		{"region in oss", `{"oss":{"region":"cn-beijing","bucket":{"name":"b","arn":"acs:oss:cn-hangzhou:1:b"},"object":{"key":"k"}}}`,
			rules.Upload{Region: "cn-beijing"}},
		{"region in the ARN", `{"oss":{"bucket":{"name":"b","arn":"acs:oss:oss-cn-hangzhou:1:b"},"object":{"key":"k"}}}`,
			rules.Upload{Region: "cn-hangzhou"}},
		{"no ARN", `{"oss":{"bucket":{"name":"b","arn":"nonsense"},"object":{"key":"k"}}}`, rules.Upload{}},
		{"region with oss-", `{"region":"oss-cn-hangzhou",` + bare + `}`, rules.Upload{Region: "cn-hangzhou"}},
		{"the documented slip",
			`{"eventName":"ObjectCreated:PutObject","oss":{"bucket":{"name":"b"},"object":{"key":"k"},"ossSchemaVersion":"1.0","ruleId":"9",` +
				`"region":"cn-hangzhou","requestParameters":{"sourceIPAddress":"1"},"responseElements":{"requestId":"58F9"},"userIdentity":{"principalId":"1"}}}`,
			rules.Upload{Event: "ObjectCreated:PutObject", Region: "cn-hangzhou", RequestID: "58F9"}},
		{"event name with oss:", `{"eventName":"oss:ObjectCreated:CopyObject",` + bare + `}`, rules.Upload{Event: "ObjectCreated:CopyObject"}},
		{"event name and id of the CloudEvent", cloudEventOf(`{` + bare + `}`), rules.Upload{Event: "ObjectCreated:PostObject", RequestID: "69B1"}},
		{"those around events", cloudEventOf(native(`{` + bare + `}`)), rules.Upload{Event: "ObjectCreated:PostObject", RequestID: "69B1"}},
		{"not those of a queue's CloudEvent", queue(`{` + bare + `}`), rules.Upload{}},
		{"not those of a CloudEvent around a CloudEvent", cloudEventOf(`{"data":{` + bare + `}}`), rules.Upload{}},
		{"not those of a CloudEvent around a body", cloudEventOf(`{"body":{` + bare + `}}`), rules.Upload{}},
		{"not those of a CloudEvent around a message's body", cloudEventOf(`{"messageBody":{` + bare + `}}`), rules.Upload{}},
		{"not those of a CloudEvent around a message", cloudEventOf(`{"Message":{` + bare + `}}`), rules.Upload{}},
		{"not those of a CloudEvent around a topic's message", cloudEventOf(`{"TopicName":1,"Message":{` + bare + `}}`), rules.Upload{}},
		{"both places", `{"responseElements":{"requestId":"1"},"region":"r1",` +
			`"oss":{"region":"r2","responseElements":{"requestId":"2"},"bucket":{"name":"b"},"object":{"key":"k"}}}`, rules.Upload{Region: "r1", RequestID: "1"}},
		{"both places, the inner ones first", `{"oss":{"region":"r2","responseElements":{"requestId":"2"},"bucket":{"name":"b"},"object":{"key":"k"}},` +
			`"responseElements":{"requestId":"1"},"region":"r1"}`, rules.Upload{Region: "r1", RequestID: "1"}},
		{"the outer ones of no use", `{"responseElements":{},"region":1,` +
			`"oss":{"region":"r2","responseElements":{"requestId":"2"},"bucket":{"name":"b"},"object":{"key":"k"}}}`, rules.Upload{Region: "r2", RequestID: "2"}},
		{"size 0", `{"oss":{"bucket":{"name":"b"},"object":{"key":"k","size":0}}}`, rules.Upload{Size: 0, ETag: "size"}},
		{"size negative", `{"oss":{"bucket":{"name":"b"},"object":{"key":"k","size":-2}}}`, rules.Upload{}},
		{"size broken", `{"oss":{"bucket":{"name":"b"},"object":{"key":"k","size":1.5}}}`, rules.Upload{}},
		{"size too large", `{"oss":{"bucket":{"name":"b"},"object":{"key":"k","size":99999999999999999999}}}`, rules.Upload{}},
		{"size above 2^53", `{"oss":{"bucket":{"name":"b"},"object":{"key":"k","size":9007199254740993}}}`, rules.Upload{Size: 9007199254740993}},
		{"the first of two", `{` + bare + `,"oss":{"bucket":{"name":"b2"},"object":{"key":"k2"}},"region":"x1","region":"x2"}`, rules.Upload{Region: "x1"}},
	}
	for _, test := range tests {
		want := test.want
		want.Bucket, want.Key = "b", "k"
		if want.ETag == "size" {
			want.ETag = ""
		} else if want.Size == 0 {
			want.Size = -1
		}
		got, _, err := Decode([]byte(test.payload))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if diff := cmp.Diff([]rules.Upload{want}, got, ignoreRecord); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestDecodeForged decodes payloads that resemble an event, or are one only in part.
func TestDecodeForged(t *testing.T) {
	const bare = `{"oss":{"bucket":{"name":"b"},"object":{"key":"k"}}}`
	const task = `{"TaskId":"t","Status":"Failed"}`
	const neither = "found neither JSON nor Base64"
	many := "[" + strings.Repeat("1,", maxRecords) + "1]"
	tests := []struct {
		payload     string
		uploads     int
		completions int
		found       string // in the error; "" for none
	}{
		{`{"\u0065vents":[` + bare + `]}`, 1, 0, ""},
		{`{"oss":{"bucket":{"n\u0061me":"b"},"object":{"k\u0065y":"k"}}}`, 1, 0, ""},
		{`"`, 0, 0, neither},
		{`{"oss":{"object":{"key":"`, 0, 0, neither},
		{`{:1}`, 0, 0, neither},
		{`"\u123g"`, 0, 0, neither},
		{"\"\x1f2345678\"", 0, 0, neither},
		{`[` + task, 0, 0, neither},
		{`[` + bare, 0, 0, neither},
		{`{"events":[` + bare + `],"events":"`, 0, 0, neither},
		{`{"events":[` + task + `],"TopicName":1,"Message":` + bare + `}`, 1, 0, ""},
		{`{"events":[` + bare + `,{}],"TopicName":1,"Message":` + task + `}`, 0, 1, ""},
		{`{"events":` + many + `,"TopicName":1,"Message":` + bare + `}`, 1, 0, ""},
		{`{"events":` + many + `,"TopicName":1,"Message":` + many + `}`, 0, 0, "and 9991 more"},
		{many + ` `, 0, 0, "and 9991 more"},
		{`[` + many + `,` + bare + `]`, 0, 0, "10001 of 10001 records"},
		{`{"TopicName":1,"data":` + bare + `}`, 1, 0, ""},
		{`{"TopicName":1,"events":[` + bare + `]}`, 1, 0, ""},
		{strings.Repeat(`{"data":`, 8) + bare + strings.Repeat("}", 8), 1, 0, ""},
		{strings.Repeat(`{"data":`, 9) + bare + strings.Repeat("}", 9), 0, 0, "envelopes nested more than 8 deep"},
	}
	for _, test := range tests {
		uploads, completions, err := Decode([]byte(test.payload))
		if len(uploads) != test.uploads || len(completions) != test.completions {
			t.Errorf("%.200s: %d uploads, %d completions", test.payload, len(uploads), len(completions))
		}
		if test.found == "" && err != nil || test.found != "" && (err == nil || !strings.Contains(err.Error(), test.found)) {
			t.Errorf("%.200s: error %v", test.payload, err)
		}
	}
}

// TestDecodeMalformed checks that JSON is decoded if and only if encoding/json finds it valid.
func TestDecodeMalformed(t *testing.T) {
	for _, s := range []string{
		`{}`, `[]`, `{"a":1}`, ` { "a" : [ 1 , -2.5e+3 , 0.0E-1 ] , "b" : { } } `, `"\u00e9\\\"\/\b\f\n\r\t"`, `"é文😀"`, "\"\x7f\xff\"", `true`, `false`,
		`null`, `0`, `-0`, `10`, `[[[]],{"a":[{}]}]`, "\t\r\n1\n", `{"a":1,"a":2}`, `"12345678\"12345678"`, `{"":""}`,

		`{`, `[`, `"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u12g4"`, `"\u123g"`, `"\ug234"`, `"\u1g34"`, `"\u123"`, "\"\n\"", "\"12345678\t\"", "\"\x00\"", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`,
		`{"a" 1}`, `{"a":1 "b":2}`, `{"a":1]`, `[1}`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `01`, `-`, `+1`, `1.`, `.5`, `1e`, `1e+`, `--1`, `tru`, `truth`, `nulll`, `True`,
		`1 2`, `{}{}`, `{} x`, "1\x00", "\x00", "\ufeff1", `'a'`, `"a" "b"`, "\v1", "[1,\u00a02]", `{"a":1,"b"`, `{"a":1,"b":`, `{"a":"`, `[true`, `[tru`,
	} {
		if _, _, err := Decode([]byte("[" + s + "]")); json.Valid([]byte(s)) == strings.Contains(err.Error(), `neither JSON nor Base64 of it: "[`) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	onion := func(n int) string {
		s := native(record("k"))
		for range n {
			s = base64.StdEncoding.EncodeToString([]byte(s))
		}
		return s
	}
	tests := []struct {
		name, payload string
		uploads       int
		found         string // in the error
	}{
		{"nothing", "", 0, "found an empty text"},
		{"white space", " \n", 0, "found an empty text"},
		{"text", "hello", 0, `found neither JSON nor Base64 of it: "hello"`},
		{"null", "null", 0, `"null"`},
		{"a number", "1234", 0, `"1234"`},
		{"true", "true", 0, `"true"`},
		{"an empty string", `""`, 0, "found an empty text"},
		{"a string of text", `"hello world"`, 0, `"hello world"`},
		{"an empty object", `{}`, 0, `unknown JSON object: "{}"`},
		{"something else", `{"Records":[{"s3":{}}]}`, 0, `unknown JSON object`},
		{"an empty array", `[]`, 0, "array without events"},
		{"no events", `{"events":[]}`, 0, "array without events"},
		{"events of another type", `{"events":{}}`, 0, "unknown JSON object"},
		{"oss of another type", `{"oss":1}`, 0, "unknown JSON object"},
		{"no bucket", `{"events":[{"oss":{"object":{"key":"k"}}}]}`, 0, "without a bucket at oss.bucket.name"},
		{"no key", `{"events":[{"oss":{"bucket":{"name":"b"},"object":{"key":""}}}]}`, 0, "without a key at oss.object.key"},
		{"a key that is a number", `{"oss":{"bucket":{"name":"b"},"object":{"key":7}}}`, 0, "without a key"},
		{"a key too long", record(strings.Repeat("k", 1024)), 0, "found a key of 1024 bytes, more than 1023"},
		{"a key of megabytes", native(record("k"), record(strings.Repeat("k", 1<<20))), 1, "1 of 2 records: [1]: found a key of 1048576 bytes, more than 1023"},
		{"a bucket too long", strings.Replace(record("k"), `"name":"acme-uploads"`, `"name":"`+strings.Repeat("b", 64)+`"`, 1), 0, "found a bucket of 64 bytes, more than 63"},
		{"cut off", record("k")[:100], 0, "neither JSON nor Base64"},
		{"two documents", record("k") + record("k"), 0, "neither JSON nor Base64"},
		{"one good, two bad", `{"events":[{},` + record("k") + `,7]}`, 1, `2 of 3 records: [0]: found an unknown JSON object: "{}"; [2]: found the JSON value "7"`},
		{"forged log lines", "x\n{\"level\":\"ERROR\"}", 0, `"x\n{\"level\":\"ERROR\"}"`},
		{"brackets", strings.Repeat("[", 1<<20), 0, "nested deeper than 64"},
		{"objects", strings.Repeat(`{"a":`, 1<<20), 0, "nested deeper than 64"},
		{"well-formed and deep", strings.Repeat(`[`, 65) + strings.Repeat(`]`, 65), 0, "nested deeper than 64"},
		{"as deep as can be", strings.Repeat(`[`, 64) + strings.Repeat(`]`, 64), 0, "envelopes nested more than 8 deep"},
		{"deep in Base64", base64.StdEncoding.EncodeToString([]byte(strings.Repeat("[", 1<<20))), 0, "nested deeper than 64"},
		{"deep in a message", topic(strings.Repeat(`{"a":`, 1<<18)), 0, "nested deeper than 64"},
		{"arrays in arrays", "[[[[[[[[[" + record("k") + "]]]]]]]]]", 0, "envelopes nested more than 8 deep"},
		{"an onion", onion(9), 0, "envelopes nested more than 8 deep"},
		{"a long string", `"` + strings.Repeat("a!", 1<<20) + `"`, 0, "neither JSON nor Base64"},
		{"a long Base64", strings.Repeat("QUFB", 1<<19), 0, "neither JSON nor Base64"},
		{"too long", strings.Repeat(" ", MaxPayload+1), 0, "10485761 bytes; at most 10485760"},
		{"bad records beyond counting", "[" + strings.Repeat("{},", 200_000) + "{}]", 0, "and 9991 more"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, _, err := Decode([]byte(test.payload))
			var event *EventError
			if !errors.As(err, &event) {
				t.Fatalf("error is %v; want an EventError", err)
			}
			text := err.Error()
			if !strings.Contains(text, test.found) || !strings.HasPrefix(text, "event not understood: ") {
				t.Errorf("error is %.300s\nwant one with: %s", text, test.found)
			}
			if len(text) > 4000 || strings.ContainsAny(text, "\n\r") {
				t.Errorf("the error has %d bytes or more than a line", len(text))
			}
			if len(got) != test.uploads {
				t.Errorf("%d uploads; want %d", len(got), test.uploads)
			}
		})
	}
	if _, _, err := Decode([]byte(onion(6))); err != nil { // 7 with the events array
		t.Errorf("an onion of 6: %v", err)
	}
}

func TestDecodeMany(t *testing.T) {
	records := make([]string, 10_000)
	for i := range records {
		records[i] = record(strconv.Itoa(i))
	}
	got, _, err := Decode([]byte(native(records...)))
	if err != nil || len(got) != len(records) || got[9_999].Key != "9999" {
		t.Errorf("%d uploads, error %v", len(got), err)
	}
}

// TestDecodeMemory checks that decoding allocates little more than the payload and its content, once.
func TestDecodeMemory(t *testing.T) {
	filler := native(strings.Replace(record("k"), "{", `{"filler":"`+strings.Repeat("x", 3<<20)+`",`, 1))
	payload := []byte(base64.StdEncoding.EncodeToString([]byte(filler)))
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := Decode(payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	if max := int64(len(payload)+len(filler)) * 11 / 10; result.AllocedBytesPerOp() > max {
		t.Errorf("%d bytes for %d and %d", result.AllocedBytesPerOp(), len(payload), len(filler))
	}
}

// TestDecodeUnpacks checks the bound on unpacked bytes. Each unpacking takes memory twice, for a moment.
func TestDecodeUnpacks(t *testing.T) {
	text := strings.Repeat("x", MaxPayload-20_000)
	for name, wrap := range map[string]func(string) string{
		"strings in arrays": func(s string) string { return "[" + quote(s) + "]" },
		"CloudEvents":       func(s string) string { return `{"data":` + quote(s) + `}` },
		"forgotten events":  func(s string) string { return `{"events":[` + quote(s) + `],"TopicName":"t","Message":"x"}` },
		"malformed at last": func(s string) string { return `{"events":[` + quote(s) + `]` },
	} {
		payload := "text"
		for range maxEnvelopes {
			payload = wrap(payload)
		}
		payload = strings.Replace(payload, "text", text, 1)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _, err := Decode([]byte(payload))
		runtime.ReadMemStats(&after)
		var event *EventError
		if !errors.As(err, &event) || len(payload) > MaxPayload {
			t.Errorf("%s: %d bytes, error %v", name, len(payload), err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(len(payload)+2*maxUnpacked+MaxPayload) {
			t.Errorf("%s: %d bytes for %d", name, got, len(payload))
		}
	}
}

// FuzzDecode checks that Decode of any payload returns complete uploads, completions, or an error.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal("no sample events", err)
	}
	for _, file := range files {
		payload, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	for _, e := range envelopes {
		f.Add([]byte(e.Wrap([]string{record("a.docx"), record("b/ü.mp4")})))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		uploads, completions, err := Decode(payload)
		if err == nil && len(uploads)+len(completions) == 0 {
			t.Error("neither uploads nor completions nor an error")
		}
		if err != nil {
			var event *EventError
			if !errors.As(err, &event) || strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 4000 {
				t.Errorf("error is %q", err)
			}
		}
		for _, u := range uploads {
			if u.Bucket == "" || u.Key == "" || u.Size < -1 || !u.Record.IsObject() {
				t.Errorf("upload %+v", u)
			}
			again, _, err := Decode([]byte(u.Record.Raw))
			if err != nil || len(again) != 1 || again[0].Key != u.Key || again[0].Bucket != u.Bucket {
				t.Errorf("the record of %q decodes to %v, %v", u.Key, again, err)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	payload := []byte(native(record("in/a.docx")))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Decode(payload); err != nil {
			b.Fatal(err)
		}
	}
}
