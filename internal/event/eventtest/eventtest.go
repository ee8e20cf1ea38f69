// Package eventtest builds events for tests: records, and every envelope around them.
package eventtest

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// Quote returns s as a JSON string.
func Quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Record returns a complete event record for a key.
func Record(key string) string {
	return `{"eventName":"ObjectCreated:PutObject","eventSource":"acs:oss","eventTime":"2022-08-13T06:45:43.000Z","eventVersion":"1.0",` +
		`"oss":{"bucket":{"arn":"acs:oss:cn-hangzhou:123456789:acme-uploads","name":"acme-uploads"},` +
		`"object":{"deltaSize":122539,"eTag":"688A","key":` + Quote(key) + `,"objectMeta":{"mimeType":"application/zip"},"size":122539}},` +
		`"region":"cn-hangzhou","responseElements":{"requestId":"58F9"},"userIdentity":{"principalId":"1649"}}`
}

// Envelopes are the ways in which one record, or several, reach a function.
var Envelopes = []struct {
	Name string
	Wrap func(records []string) string
}{
	{"native", func(r []string) string { return Native(r...) }},
	{"array of records", func(r []string) string { return "[" + strings.Join(r, ",") + "]" }},
	{"array of CloudEvents", func(r []string) string { return array(r, CloudEvent) }},
	{"array of CloudEvents with data as a string", func(r []string) string {
		return array(r, func(r string) string { return CloudEvent(Quote(r)) })
	}},
	{"array of native events", func(r []string) string { return array(r, func(r string) string { return Native(r) }) }},
	{"CloudEvent around a native event", func(r []string) string { return CloudEvent(Native(r...)) }},
	{"topic message", func(r []string) string { return Topic(Native(r...)) }},
	{"topic message in Base64", func(r []string) string { return Topic(base64Of(Native(r...))) }},
	{"topic message whose attributes look like events", func(r []string) string {
		attributes := `{"events":[` + Record("forged") + `],"data":` + Record("forged") + `,"oss":{"bucket":{"name":"b"},"object":{"key":"forged"}},` +
			`"Message":` + Quote(Native(Record("forged"))) + `,"body":"x","messageBody":"x","type":"oss:X:Y",`
		return attributes + strings.TrimPrefix(Topic(Native(r...)), "{")
	}},
	{"message without a topic name", func(r []string) string { return `{"Message":` + Quote(Native(r...)) + `}` }},
	{"stream with attributes", func(r []string) string {
		return `{"body":` + Quote(Native(r...)) + `,"attrs":{"Extend":"{\"key\":\"value\"}"}}`
	}},
	{"stream with attributes, in Base64", func(r []string) string { return `{"body":` + Quote(base64Of(Native(r...))) + `,"attrs":{}}` }},
	{"queue message", func(r []string) string { return Queue(Quote(Native(r...))) }},
	{"queue message decoded", func(r []string) string { return Queue(Native(r...)) }},
	{"queue messages in Base64", func(r []string) string {
		return array(r, func(r string) string { return Queue(Quote(base64Of(Native(r)))) })
	}},
	{"queue message, data only", func(r []string) string {
		return `{"requestId":"6","messageId":"C","messageBody":` + Quote(Native(r...)) + `}`
	}},
	{"the longest way", func(r []string) string {
		return base64Of("[" + Queue(Quote(base64Of(Topic(base64Of(Native(r...)))))) + "]")
	}},
	{"JSON string", func(r []string) string { return Quote(Native(r...)) }},
	{"Base64", func(r []string) string { return base64Of(Native(r...)) }},
	{"Base64 without padding", func(r []string) string { return base64.RawStdEncoding.EncodeToString([]byte(Native(r...))) }},
	{"Base64 for URLs", func(r []string) string { return base64.URLEncoding.EncodeToString([]byte(Native(r...))) }},
	{"Base64 for URLs without padding", func(r []string) string { return base64.RawURLEncoding.EncodeToString([]byte(Native(r...))) }},
	{"Base64 in lines", func(r []string) string {
		var b strings.Builder
		for line := range slices.Chunk([]byte(base64Of(Native(r...))), 76) {
			b.WriteString(string(line) + "\r\n")
		}
		return b.String()
	}},
	{"Base64 twice", func(r []string) string { return base64Of(base64Of(Native(r...))) }},
	{"Base64 in a JSON string", func(r []string) string { return Quote(" " + base64Of("\n"+Native(r...)+"\n") + "\t") }},
	{"white space around", func(r []string) string { return " \r\n\t" + Native(r...) + "\n\n" }},
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// array returns a JSON array of the wrapped records.
func array(records []string, wrap func(string) string) string {
	var wrapped []string
	for _, r := range records {
		wrapped = append(wrapped, wrap(r))
	}
	return "[" + strings.Join(wrapped, ", ") + "]"
}

// Native returns the event of an OSS trigger.
func Native(records ...string) string { return `{"events":[` + strings.Join(records, ",") + `]}` }

// CloudEvent returns an OSS CloudEvent of EventBridge.
func CloudEvent(data string) string {
	return `{"datacontenttype":"application/json;charset=utf-8","data":` + data +
		`,"source":"acs.oss","type":"oss:ObjectCreated:PostObject","specversion":"1.0","id":"69B1"}`
}

// Topic returns the message of an SMQ topic, in format JSON.
func Topic(message string) string {
	return `{"TopicOwner":"118620210433****","Message":` + Quote(message) +
		`,"PublishTime":1550216302888,"SubscriptionName":"s","MessageMD5":"BA4B","TopicName":"test-topic","MessageId":"2F5B"}`
}

// Queue returns a message of an SMQ queue.
func Queue(body string) string {
	return `{"id":"c2g7","source":"MNS-Function-mnstrigger","specversion":"1.0","type":"mns:Queue:SendMessage",` +
		`"data":{"requestId":"606E","messageId":"C6DB","messageBody":` + body + `}}`
}

// CompletionMessage returns the completion message of a task, as IMM's documentation prints it. More are members that are
// added to the content.
func CompletionMessage(taskID, status, code, message string, more ...string) string {
	content := `{"ProjectName":"test-project","DatasetName":"","RequestId":"F9F8","StartTime":"2024-08-20T07:03:07.36Z",` +
		`"EndTime":"2024-08-20T07:03:08.57Z","UserData":"","TaskType":"MediaConvert","TaskId":` + Quote(taskID) + `,"Status":` + Quote(status) +
		`,"Code":` + Quote(code) + `,"Message":` + Quote(message) + `,"EventSourceId":""`
	if len(more) == 0 {
		more = []string{`"Sources":[{"URI":"oss://acme-uploads/immtest/test.mp4","SubtitleSources":null}]`,
			`"Targets":[{"URI":"","Subtitle":{"Extract":{"URI":""}},"Image":{"Sprites":null,"Snapshots":[{"URI":"oss://acme-derived/dest.png"}],"Animations":null}}]`}
	}
	content += "," + strings.Join(more, ",") + "}"
	return `{"id":"25E-1uB","source":"acs.imm","type":"imm:Task:MediaConvert","subject":"acs:imm:cn-beijing:1:test/imm:Task:MediaConvert",` +
		`"time":"1724133063161","content":` + Quote(content) + `}`
}

// ContentOf returns the content of a completion message, which older pages of the documentation show without the envelope.
func ContentOf(message string) string {
	var m struct{ Content string }
	if err := json.Unmarshal([]byte(message), &m); err != nil {
		panic(err)
	}
	return m.Content
}
