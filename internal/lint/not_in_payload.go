package lint

import "slices"

// fieldsOfEveryEvent are the fields that every documented event record has. Events through EventBridge have no ruleId,
// the oldest records no objectMeta.
//
// https://help.aliyun.com/zh/functioncompute/fc/formats-of-event-for-different-triggers-1
var fieldsOfEveryEvent = []string{
	"eventName", "eventSource", "eventTime", "eventVersion", "region", "requestParameters.sourceIPAddress",
	"responseElements.requestId", "userIdentity.principalId", "oss.bucket.arn", "oss.bucket.name",
	"oss.bucket.ownerIdentity", "oss.object.deltaSize", "oss.object.eTag", "oss.object.key", "oss.object.size",
	"oss.ossSchemaVersion",
}

// notInPayload warns of conditions on fields that not every event has, once for each field.
func notInPayload(p *pass) {
	reported := map[string]bool{} // by path, "" for type
	for r := range p.rules() {
		m := &r.def.Match
		if len(m.Types) > 0 && !reported[""] {
			reported[""] = true
			p.warn(m.Types[0].Node, "events without oss.object.objectMeta have no type and never match here: "+
				"match the key's extension instead, if that is enough")
		}
		for _, w := range m.Where {
			if !slices.Contains(fieldsOfEveryEvent, w.Path.Text) && !reported[w.Path.Text] {
				reported[w.Path.Text] = true
				p.warn(w.Path.Node, "not every event has %s, and events without it never match here: "+
					"run onput explain on one of your events to see if it has", w.Path.Text)
			}
		}
	}
}
