package userinput

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"onput/internal/event"
	"onput/internal/safejson"
	"onput/internal/text"
)

// kindOf returns what a payload without an event of OSS is, such as "an event of Amazon S3", or "" if that is not known.
func kindOf(payload []byte) string {
	v, ok := safejson.Parse(string(bytes.TrimSpace(payload)))
	if !ok {
		return textKind(payload)
	}
	if v.IsArray() {
		v = v.Get("0")
	}
	if !v.IsObject() {
		return ""
	}
	for _, k := range jsonKinds {
		if kind := k.name(v); kind != "" {
			return kind
		}
	}
	return ""
}

// jsonKind recognizes one kind of JSON object.
type jsonKind struct {
	members []string            // gjson paths that it has
	what    string              // "the payload of a timer trigger"
	detail  string              // gjson path of a text that tells more, "" for none
	unless  func(d string) bool // the detail excludes the kind; nil if none does
}

// name returns the kind of an object, "" if it is another one.
func (k *jsonKind) name(o gjson.Result) string {
	for _, m := range k.members {
		if !o.Get(m).Exists() {
			return ""
		}
	}
	if k.detail == "" {
		return k.what
	}
	detail := text.OneLine(o.Get(k.detail).String(), maxDetail)
	if k.unless != nil && k.unless(detail) {
		return ""
	}
	return strings.TrimSpace(k.what + " " + detail)
}

// maxDetail bounds the text of a payload that a kind repeats, in bytes.
const maxDetail = 60

// jsonKinds are payloads that people have at hand and that are no event of OSS. The first that fits counts.
//
// https://help.aliyun.com/zh/functioncompute/fc/formats-of-event-for-different-triggers-1
// https://help.aliyun.com/zh/functioncompute/fc/http-trigger-invoking-function
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
// https://cloud.google.com/storage/docs/json_api/v1/objects
var jsonKinds = []jsonKind{
	{members: []string{"Records.0.s3"}, what: "an event of Amazon S3"},
	{members: []string{"source", "detail-type", "detail"}, what: "an event of Amazon EventBridge,", detail: "source"},
	{members: []string{"Records.0.eventSource"}, what: "an event of AWS,", detail: "Records.0.eventSource"},
	{members: []string{"kind", "bucket", "name"}, what: "an event of Google Cloud Storage,", detail: "kind", unless: isNotStorage},
	{members: []string{"triggerTime", "triggerName"}, what: "the payload of a timer trigger,", detail: "triggerName"},
	{members: []string{"rawPath", "headers"}, what: "the request of an HTTP trigger"},
	{members: []string{"httpMethod", "headers"}, what: "the request of an HTTP trigger of API Gateway"},
	{members: []string{"source.logstoreName"}, what: "an event of Log Service"},
	{members: []string{"requestContext", "requestPayload"}, what: "an onFailure record of Function Compute, which onput replay takes"},
	{members: []string{"errorType", "rule", "process", "event"}, what: "a failure record of the function, which onput replay takes"},
	{members: []string{"uploads", "requestId"}, what: "an answer of the function"},
	{members: []string{"events.0.eventSource"}, what: "an event of", detail: "events.0.eventSource", unless: isOSS},
	{members: []string{"eventSource"}, what: "an event of", detail: "eventSource", unless: isOSS},
	{members: []string{"TopicName", "Message"}, what: "a message of the SMQ topic", detail: "TopicName"},
	{members: []string{"data.messageBody"}, what: "a message of an SMQ queue"},
	{members: []string{"specversion", "type", "source"}, what: "an event of EventBridge,", detail: "type", unless: isOSSType},
}

func isOSS(source string) bool        { return source == "acs:oss" }
func isOSSType(name string) bool      { return strings.HasPrefix(name, "oss:") }
func isNotStorage(source string) bool { return source != "storage#object" }

// textKind returns what a payload that is not JSON is.
func textKind(payload []byte) string {
	switch {
	case bytes.IndexByte(payload, 0) >= 0 || !utf8.Valid(payload):
		return "no text"
	case deploymentField.Match(payload):
		return "a file of Serverless Devs"
	case rulesField.Match(payload):
		return "a rule file"
	}
	return ""
}

// completionKind returns what a completion message is.
func completionKind(c *event.Completion) string {
	kind := "the completion message of task " + c.TaskID
	if c.TaskType != "" && !strings.HasPrefix(c.TaskID, c.TaskType) {
		kind += " (" + c.TaskType + ")"
	}
	return kind + ", not an upload"
}
