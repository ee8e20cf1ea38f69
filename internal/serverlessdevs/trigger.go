package serverlessdevs

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/eventpattern"
)

// Trigger is a trigger of a function.
type Trigger struct {
	Pos       Pos              // of its sourceArn or event pattern; of the trigger itself if it delivers no uploads
	Type      string           // "oss", "eventbridge", "mns_topic", …
	Role      string           // name of the role that invokes the function
	Region    string           // of the bucket; "" for one of EventBridge
	Uploads   []UploadLocation // where the uploads that it delivers come from; it may deliver a part of them alone
	Suffix    string           // of the keys of these uploads
	SuffixPos Pos
	Events    []TriggerEvent        // that it names
	Pattern   *eventpattern.Pattern // of a trigger of EventBridge; nil if it is not understood, or not about OSS
	Problem   string                // why the pattern is not understood
}

// UploadLocation is a bucket and a prefix of keys.
type UploadLocation struct {
	Bucket string // "*" for any, "acme-*" for the names that begin so
	Prefix string
}

// TriggerEvent is the name of an event that a trigger delivers.
type TriggerEvent struct {
	Name    string // "ObjectCreated:PutObject"
	Written string // "oss:ObjectCreated:PutObject"
	Pos     Pos
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
	parts := strings.Split(r.expand(arn), ":") // acs:oss:REGION:ACCOUNT:BUCKET
	if len(parts) >= 5 {
		t.Region = parts[2]
	}
	t.Pos = posOf(arn)
	t.Uploads = []UploadLocation{{parts[len(parts)-1], r.text(config, "filter", "key", "prefix")}}
	t.Suffix = r.text(config, "filter", "key", "suffix")
	t.SuffixPos = t.Pos
	if suffix := child(child(child(config, "filter"), "key"), "suffix"); suffix != nil {
		t.SuffixPos = posOf(suffix)
	}
	for _, e := range items(child(config, "events")) {
		t.Events = append(t.Events, newTriggerEvent(r.expand(e), posOf(e)))
	}
	return nil
}

func newTriggerEvent(written string, p Pos) TriggerEvent {
	return TriggerEvent{strings.TrimPrefix(written, "oss:"), written, p}
}

// eventBridgeTrigger reads uploads and events of a trigger of type eventbridge. It leaves both empty if the trigger has
// another source than OSS. One whose pattern is not understood may deliver all uploads.
func (r *reader) eventBridgeTrigger(t *Trigger, n *yaml.Node) error {
	node := child(child(n, "triggerConfig"), "eventRuleFilterPattern")
	if node == nil {
		return errors.New("the eventbridge trigger has no eventRuleFilterPattern")
	}
	t.Pos, t.SuffixPos = posOf(node), posOf(node)
	pattern, err := eventpattern.Parse(r.expand(node))
	if err != nil {
		t.Problem, t.Uploads = err.Error(), anywhere
		return nil
	}
	if !maySelectUploads(pattern) {
		return nil
	}
	t.Pattern = pattern
	types, _ := pattern.Conditions("type")
	for _, c := range types {
		if c.Operator == eventpattern.Equal {
			t.Events = append(t.Events, newTriggerEvent(c.Text, t.Pos))
		}
	}
	t.Uploads = uploadLocations(pattern)
	return nil
}

// maySelectUploads reports whether a pattern may match events of OSS: its source includes OSS, or it has none and its types
// are not all those of other services.
func maySelectUploads(p *eventpattern.Pattern) bool {
	types, hasTypes := p.Conditions("type")
	if _, ok := p.Conditions("source"); ok || !hasTypes {
		return p.Matches("source", "acs.oss")
	}
	return slices.ContainsFunc(types, func(c eventpattern.Condition) bool {
		return c.Operator != eventpattern.Equal || strings.HasPrefix(c.Text, "oss:")
	})
}
