package localcloud

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"onput/process"
)

// Trigger selects the uploads that invoke the function.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger
type Trigger struct {
	Bucket string
	Events []string // oss:ObjectCreated:PutObject, oss:ObjectCreated:*
	Prefix string
	Suffix string
}

// check returns an error for an invalid trigger.
func (t Trigger) check() error {
	if !process.ValidBucket(t.Bucket) {
		return fmt.Errorf("trigger: %q is no bucket name", t.Bucket)
	}
	if len(t.Events) == 0 {
		return fmt.Errorf("trigger on %s: no events", t.Bucket)
	}
	for _, event := range t.Events {
		if _, err := path.Match(event, ""); err != nil || !strings.HasPrefix(event, "oss:Object") {
			return fmt.Errorf("trigger on %s: %q is no event name, such as oss:ObjectCreated:PutObject or oss:ObjectCreated:*", t.Bucket, event)
		}
	}
	return nil
}

// matches reports whether an upload invokes the function.
func (t Trigger) matches(e ObjectCreated) bool {
	if e.Bucket != t.Bucket || !strings.HasPrefix(e.Key, t.Prefix) || !strings.HasSuffix(e.Key, t.Suffix) {
		return false
	}
	return slices.ContainsFunc(t.Events, func(pattern string) bool {
		ok, _ := path.Match(pattern, "oss:"+e.Event)
		return ok
	})
}

// ruleID returns the hash that identifies the notification rule in events.
func (t Trigger) ruleID() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", t))
	return fmt.Sprintf("%x", sum[:20])
}

// TopicTrigger subscribes the function to an SMQ topic: each message invokes it. The topic need not be created.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc-3-0/user-guide/mns-topic-triggers
type TopicTrigger struct {
	Topic  string
	Format string // notifyContentFormat: STREAM for the message alone, JSON for the message in an envelope
}

// check returns an error for an invalid trigger.
func (t TopicTrigger) check() error {
	if t.Topic == "" {
		return fmt.Errorf("topic trigger: no topic")
	}
	if t.Format != "STREAM" && t.Format != "JSON" {
		return fmt.Errorf("topic trigger on %s: no format is called %q; there are STREAM and JSON", t.Topic, t.Format)
	}
	return nil
}

// rawString is a string whose bytes JSON preserves, even if they are not valid UTF-8. OSS's handling of such keys is not
// documented.
type rawString string

func (s rawString) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(s)) {
		return json.Marshal(string(s))
	}
	b := []byte{'"'}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"'), nil
}

// document is a JSON object.
type document = map[string]any

// payload returns the event that a trigger passes to the function for an upload.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
func (e ObjectCreated) payload(region, account, ruleID string) []byte {
	userMeta := map[string]rawString{}
	for name, value := range e.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-oss-meta-") {
			userMeta[name] = rawString(value)
		}
	}
	object := document{
		"key": rawString(e.Key), "size": e.Size, "deltaSize": e.Delta, "eTag": e.ETag,
		"objectMeta": document{"mimeType": e.Header["Content-Type"], "userMeta": userMeta},
	}
	if e.Position >= 0 { // only of AppendObject
		object["position"] = e.Position
	}
	return mustJSON(document{"events": []document{{
		"eventName":    e.Event,
		"eventSource":  "acs:oss",
		"eventTime":    e.Time.UTC().Format(xmlTime),
		"eventVersion": "1.0",
		"oss": document{
			"bucket":           document{"arn": "acs:oss:" + region + ":" + account + ":" + e.Bucket, "name": e.Bucket, "ownerIdentity": account},
			"object":           object,
			"ossSchemaVersion": "1.0",
			"ruleId":           ruleID,
		},
		"region":            region,
		"requestParameters": document{"sourceIPAddress": e.SourceIP},
		"responseElements":  document{"requestId": e.RequestID},
		"userIdentity":      document{"principalId": account},
	}}})
}

// payload returns the event that the trigger passes to the function for a message.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
func (t TopicTrigger) payload(account string, message []byte, at time.Time) []byte {
	if t.Format == "STREAM" {
		return message
	}
	return mustJSON(struct {
		TopicOwner, Message, Subscriber string
		PublishTime                     int64
		SubscriptionName, MessageMD5    string
		TopicName, MessageId            string
	}{account, string(message), account, at.UnixMilli(), "onput", fmt.Sprintf("%X", md5.Sum(message)), t.Topic, strings.ToUpper(randomHex(32))})
}

// mustJSON marshals a value of strings and numbers.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return b
}
