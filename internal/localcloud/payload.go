package localcloud

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// rawString is a string whose bytes are not changed in JSON, valid UTF-8 or not. OSS does not document what it does with a
// key that is not UTF-8; rawString preserves it.
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

// payload returns the event that the trigger passes to its function for a message.
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
