package lint

import (
	"slices"
	"strings"

	"onput/internal/text"
)

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

// fieldsOfSomeEvents are the other documented fields, apart from user metadata.
var fieldsOfSomeEvents = []string{
	"oss.bucket.virtualBucket", "oss.object.objectMeta.mimeType", "oss.object.position", "oss.object.readFrom", "oss.object.readTo", "oss.ruleId",
}

// metadataPath is the path of user metadata, without its name.
const metadataPath = "oss.object.objectMeta.userMeta."

// meantPath returns the documented path that somebody means by another one, "" if that is unclear or the path is documented.
func meantPath(path string) string {
	documented := slices.Concat(fieldsOfEveryEvent, fieldsOfSomeEvents)
	head, last := "", path
	if i := strings.LastIndexByte(path, '.'); i >= 0 {
		head, last = path[:i], path[i+1:]
	}
	name, isMetadata := strings.CutPrefix(strings.ToLower(last), "x-oss-meta-")
	switch {
	case slices.Contains(documented, path) || strings.HasPrefix(path, metadataPath+"x-oss-meta-") || strings.HasPrefix(path, "xVars."):
		return ""
	case isMetadata && name != "":
		return metadataPath + "x-oss-meta-" + name
	case last != "" && slices.Contains([]string{"meta", "metadata", "usermeta", "user_meta"}, strings.ToLower(head[strings.LastIndexByte(head, '.')+1:])):
		return metadataPath + "x-oss-meta-" + strings.ToLower(last)
	}
	alike := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(path))
	for _, prefix := range []string{"events.0.", "records.0.", "data.", "event.", "detail."} {
		alike = strings.TrimPrefix(alike, prefix)
	}
	if alike == "contenttype" || strings.HasSuffix(alike, ".contenttype") {
		return "oss.object.objectMeta.mimeType"
	}
	for _, field := range documented {
		if lower := strings.ToLower(field); lower == alike || strings.HasSuffix(lower, "."+alike) {
			return field
		}
	}
	return text.Closest(path, documented)
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
			if slices.Contains(fieldsOfEveryEvent, w.Path.Text) || reported[w.Path.Text] {
				continue
			}
			reported[w.Path.Text] = true
			if meant := meantPath(w.Path.Text); meant != "" {
				p.warn(w.Path.Node, "no documented event has %s; did you mean %s?", w.Path.Text, meant)
			} else {
				p.warn(w.Path.Node, "not every event has %s, and events without it never match here: "+
					"run onput explain on one of your events to see if it has", w.Path.Text)
			}
		}
	}
}
