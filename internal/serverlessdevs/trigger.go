package serverlessdevs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Trigger is a trigger of a function.
type Trigger struct {
	Pos     Pos              // of its sourceArn or event pattern; of the trigger itself if it delivers no uploads
	Type    string           // "oss", "eventbridge", "mns_topic", …
	Role    string           // name of the role that invokes the function
	Uploads []UploadLocation // where the uploads that it delivers come from
	Suffix  string           // of the keys of these uploads
	Events  []TriggerEvent
}

// UploadLocation is a bucket and a prefix of keys.
type UploadLocation struct {
	Bucket string // "*" for any
	Prefix string
}

// TriggerEvent is the name of an event that a trigger delivers.
type TriggerEvent struct {
	Name string // "ObjectCreated:PutObject"
	Pos  Pos
}

// trigger reads a trigger. Its error is about the trigger's position, which is set in any case.
func (r *reader) trigger(n *yaml.Node) (Trigger, error) {
	t := Trigger{Pos: posOf(n), Type: r.text(n, "triggerType"), Role: roleName(r.text(n, "invocationRole"))}
	var err error
	switch t.Type {
	case "oss":
		err = r.ossTrigger(&t, n)
	case "eventbridge":
		err = r.eventBridgeTrigger(&t, n)
	}
	return t, err
}

// ossTrigger reads uploads and events of a trigger of type oss.
func (r *reader) ossTrigger(t *Trigger, n *yaml.Node) error {
	arn, config := child(n, "sourceArn"), child(n, "triggerConfig")
	if arn == nil {
		return errors.New("the oss trigger has no sourceArn")
	}
	bucket := r.expand(arn)
	t.Pos = posOf(arn)
	t.Uploads = []UploadLocation{{bucket[strings.LastIndexByte(bucket, ':')+1:], r.text(config, "filter", "key", "prefix")}}
	t.Suffix = r.text(config, "filter", "key", "suffix")
	for _, e := range items(child(config, "events")) {
		t.Events = append(t.Events, TriggerEvent{strings.TrimPrefix(e.Value, "oss:"), posOf(e)})
	}
	return nil
}

// eventPattern holds the fields of an event pattern that are read: https://www.alibabacloud.com/help/en/doc-detail/181432.htm
type eventPattern struct {
	Source, Type []string
	Subject      []struct{ Prefix string }
}

// eventBridgeTrigger reads uploads and events of a trigger of type eventbridge. It leaves both empty if the trigger has
// another source than OSS. A subject is acs:oss:REGION:ACCOUNT:BUCKET/KEY.
func (r *reader) eventBridgeTrigger(t *Trigger, n *yaml.Node) error {
	node := child(child(n, "triggerConfig"), "eventRuleFilterPattern")
	if node == nil {
		return errors.New("the eventbridge trigger has no eventRuleFilterPattern")
	}
	t.Pos = posOf(node)
	var pattern eventPattern
	if err := json.Unmarshal([]byte(r.expand(node)), &pattern); err != nil {
		return fmt.Errorf("eventRuleFilterPattern is not understood: %w; want source and type as lists of names, subject as a list of prefixes", err)
	}
	if !slices.Contains(pattern.Source, "acs.oss") {
		return nil
	}
	for _, name := range pattern.Type {
		t.Events = append(t.Events, TriggerEvent{strings.TrimPrefix(name, "oss:"), t.Pos})
	}
	if pattern.Subject == nil {
		t.Uploads = []UploadLocation{{Bucket: "*"}}
	}
	for _, s := range pattern.Subject {
		parts := strings.SplitN(s.Prefix, ":", 5)
		bucket, prefix, ok := strings.Cut(parts[len(parts)-1], "/")
		if len(parts) < 5 || !ok {
			return fmt.Errorf("subject begins with %q; want acs:oss:REGION:ACCOUNT:BUCKET/PREFIX", s.Prefix)
		}
		t.Uploads = append(t.Uploads, UploadLocation{bucket, prefix})
	}
	return nil
}
