package serverlessdevs

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/internal/eventpattern"
)

// A pattern names the locations of all uploads that it matches, and perhaps of others.
func TestUploadLocations(t *testing.T) {
	const arn = "acs:oss:cn-hangzhou:1:"
	for _, tt := range []struct {
		pattern string
		want    []UploadLocation
	}{
		{`{}`, anywhere},
		{`{"subject":[{"prefix":"ARNb/in/"},{"prefix":"ARNc/"}]}`, []UploadLocation{{"b", "in/"}, {"c", ""}}},
		{`{"subject":["ARNb/in/a.mp4"]}`, []UploadLocation{{"b", "in/a.mp4"}}},
		{`{"subject":[{"prefix":"ARNb"}]}`, []UploadLocation{{Bucket: "b*"}}},
		{`{"subject":["ARNb"]}`, nil},
		{`{"subject":[{"prefix":"acs:oss:cn-"}]}`, anywhere},
		{`{"subject":[{"prefix":"acs:"}]}`, anywhere},
		{`{"subject":[{"prefix":"b/in/"}]}`, nil},
		{`{"subject":[{"suffix":".jpg"}]}`, anywhere},
		{`{"subject":[{"anything-but":"x"},{"exists":false},1,null]}`, anywhere},
		{`{"data":{"oss":{"bucket":{"name":["b"]}}}}`, []UploadLocation{{Bucket: "b"}}},
		{`{"data":{"oss":{"bucket":{"arn":["ARNb",{"prefix":"ARNc"},"b"]}}}}`, []UploadLocation{{Bucket: "b"}, {Bucket: "c*"}}},
		{`{"data":{"oss":{"bucket":{"name":[{"prefix":"b-"}]}}}}`, []UploadLocation{{Bucket: "b-*"}}},
		{`{"data":{"oss":{"bucket":{"name":["b","c"]},"object":{"key":[{"prefix":"in/"}]}}}}`, []UploadLocation{{"b", "in/"}, {"c", "in/"}}},
		{`{"subject":[{"prefix":"ARNb/in/"}],"data":{"oss":{"object":{"key":[{"prefix":"in/a/"},{"prefix":"out/"}]}}}}`, []UploadLocation{{"b", "in/a/"}}},
		{`{"subject":[{"prefix":"ARNb/in/"}],"data":{"oss":{"bucket":{"name":["c",{"prefix":"b"}]},"object":{"key":[{"suffix":".mp4"}]}}}}`, []UploadLocation{{"b", "in/"}}},
	} {
		p, err := eventpattern.Parse(strings.ReplaceAll(tt.pattern, "ARN", arn))
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		if diff := cmp.Diff(tt.want, uploadLocations(p)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.pattern, diff)
		}
	}
}

// A pattern that is not understood is a problem of its trigger, which may deliver all uploads, and not an error.
func TestPatternProblem(t *testing.T) {
	const head = "resources: {f: {props: {functionName: f, triggers: [{triggerType: eventbridge, triggerConfig: {eventRuleFilterPattern: '"
	for _, pattern := range []string{`{`, `[]`, `{"source":"acs.oss"}`, `{"source":["acs.oss"],"subject":[{}]}`} {
		all, err := Parse("s.yaml", []byte(head+pattern+"'}}]}}}"))
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if got := all[0].Triggers[0]; got.Problem == "" || got.Pattern != nil || !slices.Equal(got.Uploads, anywhere) || got.Pos.Line != 1 {
			t.Errorf("%s: %+v", pattern, got)
		}
	}
}
