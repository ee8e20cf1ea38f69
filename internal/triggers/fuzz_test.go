package triggers

import (
	"strings"
	"testing"

	"onput/internal/eventpattern"
)

// Any pattern is compared without a panic, and the examples of its findings are uploads that it does not match.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{
		ofUploads(""), onSubject(below + `incoming/"}`), onSubject(`{"suffix":".jpg"}`), onSubject(`{"prefix":"acs:oss:cn-beijing:1:b/"}`),
		ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"anything-but":{"prefix":"incoming/tmp/"}}]}}}`),
		ofUploads(`,"data":{"oss":{"bucket":{"arn":["acs:oss:cn-hangzhou:1:acme-uploads"]},"object":{"key":[{"contains":"a"},{"suffix":"mp4"}]}}}`),
		`{"source":["acs.oss"],"type":[{"prefix":"oss:ObjectCreated:P"}],"data":{"eventName":[{"anything-but":"ObjectCreated:PutObject"}]}}`,
		`{"type":["oss:ObjectCreated:*","imm:x"],"subject":[{"exists":false},1]}`, `{`, `{"source":["acs.oss"]}`,
	} {
		f.Add(seed)
	}
	ruleText := head + "rules:\n" + rule("films", `{key: "*.{mp4,mov}", events: [PutObject, CompleteMultipartUpload]}`)
	f.Fuzz(func(t *testing.T, src string) {
		if strings.ContainsAny(src, "'$") || strings.ContainsFunc(src, func(r rune) bool { return r < ' ' || r > '~' }) {
			return // not the same between quotes of YAML
		}
		pattern, err := eventpattern.Parse(src)
		found, complete := compare(t, ruleText, bridge(src))
		if !complete || len(found) > 10_000 {
			t.Fatalf("%d findings, complete %v", len(found), complete)
		}
		if err != nil {
			if len(found) != 1 || found[0].Code != "event-pattern" {
				t.Errorf("%s: %v", src, found)
			}
			return
		}
		delivered := func(event, key string) bool {
			for path, value := range map[string]string{
				"source": "acs.oss", "type": "oss:ObjectCreated:" + event, "data.eventName": "ObjectCreated:" + event, "subject": "acs:oss:cn-hangzhou:1:acme-uploads/" + key,
				"data.oss.bucket.name": "acme-uploads", "data.oss.bucket.arn": "acs:oss:cn-hangzhou:1:acme-uploads", "data.oss.object.key": key,
			} {
				if !pattern.Matches(path, value) {
					return false
				}
			}
			return true
		}
		for _, finding := range found {
			events, keys := []string{"PutObject", "CompleteMultipartUpload"}, []string(nil)
			switch m := inEvents.FindStringSubmatch(finding.Message); {
			case m != nil:
				events, keys = strings.Split(m[1], " and "), []string{m[2]}
			case inMissing.MatchString(finding.Message):
				keys = []string{strings.TrimPrefix(inMissing.FindStringSubmatch(finding.Message)[1], "acme-uploads/")}
			}
			for _, key := range keys {
				for _, event := range events {
					if delivered(event, key) {
						t.Errorf("%s of %s is delivered: %s", event, key, finding.Message)
					}
				}
			}
			if strings.Contains(finding.Message, "<nil>") && !strings.Contains(src, "<nil>") {
				t.Error(finding.Message)
			}
		}
	})
}
