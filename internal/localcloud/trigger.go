package localcloud

import (
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"

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
