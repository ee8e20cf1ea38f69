package ruleset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

func TestMeantField(t *testing.T) {
	for path, want := range map[string]string{
		"userIdentity.principalID":          "userIdentity.principalId",
		"useridentity.principalid":          "userIdentity.principalId",
		"principalId":                       "userIdentity.principalId",
		"oss.userIdentity.principalId":      "userIdentity.principalId",
		"userIdentity.principalId":          "",
		"requestParameters.sourceIpAddress": "requestParameters.sourceIPAddress",
		"sourceIPAdress":                    "",
		"bucket.name":                       "oss.bucket.name",
		"object.size":                       "oss.object.size",
		"events.0.oss.object.key":           "oss.object.key",
		"oss.object.etag":                   "oss.object.eTag",
		"mimeType":                          "oss.object.objectMeta.mimeType",
		"awsRegion":                         "region",
		"x-oss-meta-process":                "oss.object.objectMeta.userMeta.x-oss-meta-process",
		"X-Oss-Meta-Process":                "oss.object.objectMeta.userMeta.x-oss-meta-process",
		"oss.object.x-oss-meta-a":           "oss.object.objectMeta.userMeta.x-oss-meta-a",
		"oss.object.objectMeta.userMeta.a":  "oss.object.objectMeta.userMeta.x-oss-meta-a",
		"meta.a":                            "oss.object.objectMeta.userMeta.x-oss-meta-a",
		"userMeta.a":                        "oss.object.objectMeta.userMeta.x-oss-meta-a",
		UserMetadata + ".x-oss-meta-a":      "",
		"oss.object.objectMeta.mimeType":    "",
		"x":                                 "",
		"something.else":                    "",
	} {
		if got := MeantField(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestFieldHint(t *testing.T) {
	bare := gjson.Parse(`{"region":"cn-a","oss":{"object":{"key":"k"}}}`)
	meta := gjson.Parse(`{"oss":{"object":{"objectMeta":{"userMeta":{"x-oss-meta-b":"1"}}}}}`)
	for _, tt := range []struct {
		path   string
		record gjson.Result
		want   string
	}{
		{"region", bare, ""},
		{"Region", bare, "did you mean region?"},
		{"x-oss-meta-a", bare, "user metadata is at oss.object.objectMeta.userMeta.x-oss-meta-a, but this event has none"},
		{"oss.object.objectMeta.userMeta.x-oss-meta-a", bare, "user metadata is at oss.object.objectMeta.userMeta.x-oss-meta-a, but this event has none"},
		{"x-oss-meta-a", meta, "user metadata is at oss.object.objectMeta.userMeta.x-oss-meta-a"},
		{"oss.object.objectMeta.userMeta.x-oss-meta-a", meta, ""},
		{"oss.object.objectMeta.userMeta.x-oss-meta-b", meta, ""},
	} {
		if got := FieldHint(tt.path, tt.record); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestFieldsNear(t *testing.T) {
	record := gjson.Parse(`{"b":1,"a":{"x":true,"yy":"s","yz":null,"list":[1],"a.b":1,"":1,"p|q":2,"` + strings.Repeat("n", 300) + `":1},"c":{}}`)
	if diff := cmp.Diff([]string{"a.yy", "a.x", "b"}, FieldsNear("a.yyy", record)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := RecordPaths(gjson.Parse("[1]")); got != nil {
		t.Errorf("of a list: %q", got)
	}
	var many strings.Builder
	for range 1000 {
		many.WriteString(`"x":1,`)
	}
	if got := RecordPaths(gjson.Parse("{" + many.String() + `"y":1}`)); len(got) != maxRecordPaths {
		t.Errorf("%d paths", len(got))
	}
	for _, path := range RecordPaths(record) {
		if !record.Get(path).Exists() {
			t.Errorf("%s is no path", path)
		}
	}
}
