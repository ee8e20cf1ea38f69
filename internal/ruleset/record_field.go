package ruleset

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"onput/internal/text"
)

// RecordField returns a field of the event record. Some fields are next to oss in one documented form of the event, and
// inside oss in another; RecordField finds them in both.
func RecordField(record gjson.Result, path string) gjson.Result {
	v := record.Get(path)
	if !v.Exists() {
		switch first, _, _ := strings.Cut(path, "."); first {
		case "region", "requestParameters", "responseElements", "userIdentity":
			v = record.Get("oss." + path)
		}
	}
	return v
}

// FieldText returns a field as text. It reports false if the field is missing, null, a map or a list.
func FieldText(v gjson.Result) (string, bool) {
	switch v.Type {
	case gjson.String, gjson.True, gjson.False:
		return v.String(), true
	case gjson.Number:
		return v.Raw, true
	}
	return "", false
}

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

// fieldsOfSomeEvents are the fields that some documented event records have.
var fieldsOfSomeEvents = []string{
	"oss.bucket.virtualBucket", "oss.object.objectMeta.mimeType", "oss.object.position", "oss.object.readFrom", "oss.object.readTo", "oss.ruleId",
}

// UserMetadata is the map of user metadata in event records that have it. Its names begin with metadataPrefix.
const UserMetadata = "oss.object.objectMeta.userMeta"

const metadataPrefix = "x-oss-meta-"

// InEveryEvent reports whether every documented event record has a field.
func InEveryEvent(path string) bool { return slices.Contains(fieldsOfEveryEvent, path) }

// MeantField returns the field of documented event records that a path probably means, "" if it is one or resembles none.
func MeantField(path string) string {
	if meant := metadataField(path); meant != "" {
		return meant
	}
	known := slices.Concat(fieldsOfEveryEvent, fieldsOfSomeEvents)
	if slices.Contains(known, path) || strings.HasPrefix(path, UserMetadata+".") || strings.HasPrefix(path, "xVars.") {
		return ""
	}
	alike := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(path))
	for _, prefix := range []string{"events.0.", "records.0.", "data.", "event.", "detail."} { // paths from the whole event
		alike = strings.TrimPrefix(alike, prefix)
	}
	if alike == "contenttype" || strings.HasSuffix(alike, ".contenttype") {
		return "oss.object.objectMeta.mimeType"
	}
	lower := make([]string, len(known))
	for i, field := range known {
		lower[i] = strings.ToLower(field)
		if lower[i] == alike {
			return field
		}
	}
	if i := slices.IndexFunc(lower, func(field string) bool { return strings.HasSuffix(field, "."+alike) }); i >= 0 {
		return known[i]
	}
	// A path to siblings of known fields must be close in its last name: its others are right.
	folder := alike[:strings.LastIndexByte(alike, '.')+1]
	var siblings, others []string
	for _, field := range lower {
		if name, ok := strings.CutPrefix(field, folder); ok && folder != "" {
			siblings = append(siblings, name)
		} else {
			others = append(others, field)
		}
	}
	close := text.Closest(alike, others)
	if name := text.Closest(alike[len(folder):], siblings); name != "" {
		close = folder + name
	}
	if i := slices.Index(lower, close); i >= 0 {
		return known[i]
	}
	return ""
}

// metadataField returns where user metadata is if a path names some elsewhere, "" if it does not.
func metadataField(path string) string {
	if strings.HasPrefix(path, UserMetadata+"."+metadataPrefix) {
		return ""
	}
	folded := strings.ToLower(path)
	for _, part := range []string{metadataPrefix, "usermeta.", "user_meta.", "metadata.", "meta."} {
		if i := strings.LastIndex(folded, part); i == 0 || i > 0 && folded[i-1] == '.' {
			return UserMetadata + "." + metadataPrefix + folded[i+len(part):]
		}
	}
	return ""
}

// Bounds of the fields that RecordPaths returns.
const (
	maxRecordPaths = 100
	maxRecordPath  = 200 // bytes
)

// RecordPaths returns the fields of a record with a single value, as paths of where, in the order of the record. It leaves out
// fields that a path cannot name, and those beyond its bounds.
func RecordPaths(record gjson.Result) []string {
	var paths []string
	var collect func(v gjson.Result, prefix string)
	collect = func(v gjson.Result, prefix string) { // at most safejson.MaxNesting levels
		v.ForEach(func(name, value gjson.Result) bool {
			path := prefix + name.Str
			switch _, single := FieldText(value); {
			case len(paths) >= maxRecordPaths:
				return false
			case name.Str == "" || len(path) > maxRecordPath || strings.ContainsAny(name.Str, `.\`+PathSpecials):
			case single:
				paths = append(paths, path)
			case value.IsObject():
				collect(value, path+".")
			}
			return true
		})
	}
	if record.IsObject() {
		collect(record, "")
	}
	return paths
}

// PathSpecials are the characters that a path of where must not hold, because gjson reads them as more than a name.
const PathSpecials = "@|#*?!{}[]()\""

// FieldHint returns the field that a path of where probably means, and whether the event has it. It returns "" if the event
// has a field at the path, or none is near.
func FieldHint(path string, record gjson.Result) string {
	if RecordField(record, path).Exists() {
		return ""
	}
	meant := MeantField(path)
	switch {
	case strings.HasPrefix(cmp.Or(meant, path), UserMetadata+".") && !record.Get(UserMetadata).IsObject():
		return "user metadata is at " + cmp.Or(meant, path) + ", but this event has none"
	case meant == "":
		return ""
	case strings.HasPrefix(meant, UserMetadata+"."):
		return "user metadata is at " + meant
	}
	return "did you mean " + meant + "?"
}

// FieldsNear returns the fields of a record as paths of where, see [RecordPaths]. Those that share the most with a path come first.
func FieldsNear(path string, record gjson.Result) []string {
	fields := RecordPaths(record)
	common := func(field string) int {
		n := 0
		for n < min(len(field), len(path)) && field[n] == path[n] {
			n++
		}
		return n
	}
	slices.SortStableFunc(fields, func(a, b string) int { return common(b) - common(a) })
	return fields
}
