package localcloud

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// eventRecord is an event in the format of OSS's native trigger.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
type eventRecord struct {
	EventName    string    `json:"eventName"`
	EventSource  string    `json:"eventSource"`
	EventTime    string    `json:"eventTime"`
	EventVersion string    `json:"eventVersion"`
	OSS          recordOSS `json:"oss"`
	Region       string    `json:"region"`
	Parameters   struct {
		SourceIPAddress string `json:"sourceIPAddress"`
	} `json:"requestParameters"`
	Response struct {
		RequestID string `json:"requestId"`
	} `json:"responseElements"`
	User struct {
		PrincipalID string `json:"principalId"`
	} `json:"userIdentity"`
}

type recordOSS struct {
	Bucket        recordBucket `json:"bucket"`
	Object        recordObject `json:"object"`
	SchemaVersion string       `json:"ossSchemaVersion"`
	RuleID        string       `json:"ruleId"`
}

type recordBucket struct {
	ARN   string `json:"arn"`
	Name  string `json:"name"`
	Owner string `json:"ownerIdentity"`
}

type recordObject struct {
	DeltaSize int64      `json:"deltaSize"`
	ETag      string     `json:"eTag"`
	Key       rawString  `json:"key"`
	Meta      recordMeta `json:"objectMeta"`
	Position  *int64     `json:"position,omitempty"` // only of AppendObject
	Size      int64      `json:"size"`
}

type recordMeta struct {
	MimeType string               `json:"mimeType"`
	UserMeta map[string]rawString `json:"userMeta"`
}

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

// payload returns the event that a trigger passes to its function for an upload.
func (e ObjectCreated) payload(region, account, ruleID string) []byte {
	r := eventRecord{
		EventName: e.Event, EventSource: "acs:oss", EventVersion: "1.0", Region: region,
		EventTime: e.Time.UTC().Format("2006-01-02T15:04:05.000Z"),
		OSS: recordOSS{
			SchemaVersion: "1.0", RuleID: ruleID,
			Bucket: recordBucket{ARN: "acs:oss:" + region + ":" + account + ":" + e.Bucket, Name: e.Bucket, Owner: account},
			Object: recordObject{DeltaSize: e.Delta, ETag: e.ETag, Key: rawString(e.Key), Size: e.Size,
				Meta: recordMeta{MimeType: e.Header["Content-Type"], UserMeta: map[string]rawString{}}},
		},
	}
	if e.Position >= 0 {
		r.OSS.Object.Position = &e.Position
	}
	for name, value := range e.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-oss-meta-") {
			r.OSS.Object.Meta.UserMeta[name] = rawString(value)
		}
	}
	r.Parameters.SourceIPAddress = e.SourceIP
	r.Response.RequestID = e.RequestID
	r.User.PrincipalID = account
	return mustJSON(struct {
		Events []eventRecord `json:"events"`
	}{[]eventRecord{r}})
}

// payload returns the event that the trigger passes to its function for a message.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/formats-of-event-for-different-triggers-1
func (t TopicTrigger) payload(account string, message []byte, at time.Time) []byte {
	if t.Format == "STREAM" {
		return message
	}
	sum := md5.Sum(message)
	return mustJSON(struct {
		TopicOwner, Message, Subscriber string
		PublishTime                     int64
		SubscriptionName, MessageMD5    string
		TopicName, MessageId            string
	}{account, string(message), account, at.UnixMilli(), "onput", strings.ToUpper(hex.EncodeToString(sum[:])), t.Topic, strings.ToUpper(randomHex(32))})
}

// mustJSON marshals a value of strings and numbers.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return b
}
