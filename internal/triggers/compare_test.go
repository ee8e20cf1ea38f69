package triggers

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/internal/serverlessdevs"
	"onput/rules"
)

var update = flag.Bool("update", false, "rewrite golden files")

// Rule files of the tests. The conditions of a rule follow the head.
const (
	head      = "version: 1\nsources: [acme-uploads/incoming/]\n"
	openHead  = "version: 1\n" // without sources
	convert   = `process: "video/snapshots,f_jpg,num_1", target: {bucket: acme-derived, key: "{key}.jpg"}}`
	films     = "rules:\n  - {name: films, match: {key: \"*.{mp4,mov}\", ignore_case: true}, " + convert + "\n"
	documents = "  - {name: docs, match: \"docs/**/*.docx\", process: \"doc/convert,target_pdf\", target: {bucket: acme-derived, key: \"{key}.pdf\"}}\n"
)

// rule returns a rule of the list.
func rule(name, match string) string {
	return "  - {name: " + name + ", match: " + match + ", " + strings.Replace(convert, "{key}.", name+"/{key}.", 1) + "\n"
}

const uploads = "oss:ObjectCreated:PutObject, oss:ObjectCreated:PostObject, oss:ObjectCreated:CompleteMultipartUpload"

// oss returns a trigger on acme-uploads.
func oss(prefix, suffix, events string) string {
	return fmt.Sprintf("        - {triggerType: oss, sourceArn: \"acs:oss:cn-hangzhou:1:acme-uploads\",\n"+
		"           triggerConfig: {events: [%s], filter: {key: {prefix: %q, suffix: %q}}}}\n", events, prefix, suffix)
}

// bridge returns a trigger of EventBridge.
func bridge(pattern string) string {
	return "        - triggerType: eventbridge\n          triggerConfig: {eventRuleFilterPattern: '" + pattern + "'}\n"
}

// ofUploads returns a pattern of the events of uploads with further fields.
func ofUploads(fields string) string {
	return `{"source":["acs.oss"],"type":["` + strings.ReplaceAll(uploads, ", ", `","`) + `"]` + fields + "}"
}

// onSubject returns a pattern of the events of uploads with conditions on the subject.
func onSubject(conditions string) string { return ofUploads(`,"subject":[` + conditions + "]") }

const below = `{"prefix":"acs:oss:cn-hangzhou:1:acme-uploads/`

func compare(t testing.TB, ruleText, triggers string) ([]Finding, bool) {
	t.Helper()
	loaded, err := rules.Load("rules.yaml", []byte(ruleText), rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	functions, err := serverlessdevs.Parse("s.yaml", []byte("resources:\n  f:\n    props:\n      region: cn-hangzhou\n      functionName: f\n      triggers:\n"+triggers))
	if err != nil {
		t.Fatal(err)
	}
	return Compare(functions, loaded.Set.Compiled())
}

// Nothing is said of triggers that deliver what the rules want.
func TestSilent(t *testing.T) {
	for _, tt := range []struct{ name, rules, triggers string }{
		{"the source", head + films, oss("incoming/", "", uploads)},
		{"the whole bucket", head + films, oss("", "", uploads)},
		{"a prefix without the slash", head + films, oss("incoming", "", uploads)},
		{"two prefixes that cover the rules", head + "rules:\n" + rule("films", `"incoming/videos/**/*.mp4"`) + rule("clips", `"incoming/clips/*"`),
			oss("incoming/videos/", "", uploads) + oss("incoming/clips/", "", uploads)},
		{"a prefix below the source", head + "rules:\n" + rule("films", `"incoming/videos/*.mp4"`), oss("incoming/videos/", "", uploads)},
		{"the suffix of the rule", head + "rules:\n" + rule("films", `"*.mp4"`), oss("incoming/", ".mp4", uploads)},
		{"a suffix shorter than the rule's", head + "rules:\n" + rule("films", `"*_raw.mp4"`), oss("incoming/", ".mp4", uploads)},
		{"a trigger for each suffix", head + "rules:\n" + rule("films", `"*.{mp4,mov}"`), oss("incoming/", ".mp4", uploads) + oss("incoming/", ".mov", uploads)},
		{"events apart", head + films, oss("incoming/", "", "oss:ObjectCreated:PutObject, oss:ObjectCreated:PostObject") + oss("incoming/", "", "oss:ObjectCreated:CompleteMultipartUpload")},
		{"no sources", openHead + films, oss("incoming/", "", uploads)},
		{"no sources, no prefix", openHead + films, oss("", "", uploads)},
		{"no sources, two prefixes", openHead + films + documents, oss("incoming/", "", uploads) + oss("docs/", "", uploads)},
		{"a copy by name", head + "rules:\n" + rule("films", `{key: "*.mp4", events: [CopyObject]}`), oss("incoming/", "", "oss:ObjectCreated:CopyObject")},
		{"all events by wildcard", head + "rules:\n" + rule("films", `{key: "*.mp4", events: ["ObjectCreated:*"]}`), oss("incoming/", "", uploads)},
		{"buckets by wildcard", "version: 1\nsources: [\"acme-*/incoming/\"]\n" + films, oss("incoming/", "", uploads)},
		{"two sources", "version: 1\nsources: [acme-uploads/a/, acme-uploads/b/]\n" + films, oss("a/", "", uploads) + oss("b/", "", uploads)},
		{"a disabled rule", head + films + "  - {name: old, enabled: false, match: {key: \"*.avi\", events: [CopyObject]}, " + convert + "\n", oss("incoming/", "", uploads)},
		{"a region that is not known", head + films, strings.Replace(oss("incoming/", "", uploads), "cn-hangzhou", "${config('Region')}", 1)},
		{"a timer beside it", head + films, oss("incoming/", "", uploads) + "        - {triggerType: timer}\n"},
		{"completions beside it", head + films, oss("incoming/", "", uploads) + bridge(`{"source":["acs.imm"],"type":["imm:Task:MediaConvert"]}`)},
		{"completions without a source", head + films, oss("incoming/", "", uploads) + bridge(`{"type":["imm:Task:MediaConvert"]}`)},
		{"two services", head + films, bridge(`{"source":["acs.oss","acs.imm"],"type":["` + strings.ReplaceAll(uploads, ", ", `","`) + `","imm:Task:MediaConvert"],"subject":[` + below + `incoming/"}]}`)},
		{"no source", head + films, bridge(`{"type":["` + strings.ReplaceAll(uploads, ", ", `","`) + `"],"subject":[` + below + `incoming/"}]}`)},
		{"a subject", head + films, bridge(onSubject(below + `incoming/"}`))},
		{"a subject of any account", head + films, bridge(onSubject(`{"prefix":"acs:oss:cn-hangzhou:${config(1)}:acme-uploads/incoming/"}`))},
		{"bucket and key", head + films, bridge(ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"prefix":"incoming/"}]}}}`))},
		{"the ARN of a bucket", head + films, bridge(ofUploads(`,"data":{"oss":{"bucket":{"arn":["acs:oss:cn-hangzhou:1:acme-uploads"]},"object":{"key":[{"prefix":"incoming/"}]}}}`))},
		{"bucket alone", head + films, bridge(ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]}}}`))},
		{"subject and suffixes", head + "rules:\n" + rule("films", `"*.{mp4,mov}"`),
			bridge(ofUploads(`,"subject":[` + below + `incoming/"}],"data":{"oss":{"object":{"key":[{"suffix":".mp4"},{"suffix":".mov"}]}}}`))},
		{"a size", head + films, bridge(ofUploads(`,"subject":[` + below + `incoming/"}],"data":{"oss":{"object":{"size":[{"numeric":[">",0]}]}}}`))},
		{"a source by prefix", head + films, bridge(`{"source":[{"prefix":"acs.oss"}],"type":["` + strings.ReplaceAll(uploads, ", ", `","`) + `"],"subject":[` + below + `incoming/"}]}`)},
		{"a key that is not temporary", head + "rules:\n" + rule("films", `{key: "*.mp4", not: "incoming/tmp/**"}`),
			bridge(ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"anything-but":{"prefix":"incoming/tmp/"}}]}}}`))},
		{"excluded keys", head + films, bridge(ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"anything-but":{"prefix":"incoming/tmp/"}}]}}}`))},
		{"one object", head + "rules:\n" + rule("films", `"incoming/a.mp4"`), bridge(onSubject(`"acs:oss:cn-hangzhou:1:acme-uploads/incoming/a.mp4"`))},
		{"an address and an id", head + films, bridge(ofUploads(`,"subject":[` + below + `incoming/"}],"data":{"requestParameters":{"sourceIPAddress":[{"cidr":"10.0.0.0/24"}]},"xVars":[{"exists":false}]}`))},
		{"folders in another letter case", head + "rules:\n" + rule("films", `{key: "incoming/videos/**", ignore_case: true}`), bridge(onSubject(below + `incoming/videos/"}`))},
		{"parts of a source by EventBridge", head + "rules:\n" + rule("films", `"incoming/{a,b}/*.mp4"`), bridge(onSubject(below+`incoming/a/"}`)) + bridge(onSubject(below+`incoming/b/"}`))},
	} {
		found, complete := compare(t, tt.rules, tt.triggers)
		if !complete || len(found) > 0 {
			t.Errorf("%s: %v, complete %v", tt.name, found, complete)
		}
	}
}

// Each mistake is one finding, whose text is in findings.golden.
func TestFindings(t *testing.T) {
	const file = "findings.golden"
	var out strings.Builder
	for _, tt := range []struct {
		name, rules, triggers string
		count                 int
	}{
		{"parts are missing", head + films, oss("incoming/", "", "oss:ObjectCreated:PutObject"), 1},
		{"copies are missing", head + "rules:\n" + rule("films", `{key: "*.mp4", events: [CopyObject, PutObject]}`), oss("incoming/", "", "oss:ObjectCreated:PutObject"), 1},
		{"two triggers leave it out", head + "rules:\n" + rule("films", `"incoming/{a,b}/*.mp4"`),
			oss("incoming/a/", "", uploads) + oss("incoming/b/", "", "oss:ObjectCreated:PutObject, oss:ObjectCreated:PostObject"), 1},
		{"no events", head + films, oss("incoming/", "", ""), 1},
		{"deletions alone", head + films, oss("incoming/", "", "oss:ObjectRemoved:*"), 2},
		{"every part", head + films, oss("incoming/", "", "oss:ObjectCreated:*"), 1},
		{"every part by pattern", head + films, bridge(`{"source":["acs.oss"],"subject":[` + below + `incoming/"}]}`), 1},
		{"every part by prefix", head + films, bridge(`{"source":["acs.oss"],"type":[{"prefix":"oss:ObjectCreated:"}],"subject":[` + below + `incoming/"}]}`), 1},
		{"a part by name", head + "rules:\n" + rule("films", `{key: "*.mp4", events: ["ObjectCreated:*"]}`), oss("incoming/", "", uploads+", oss:ObjectCreated:UploadPart"), 1},
		{"an event for nobody", head + films, oss("incoming/", "", uploads+", oss:ObjectRemoved:DeleteObject"), 1},
		{"events for nobody", head + films, oss("incoming/", "", uploads+", oss:ObjectRemoved:*"), 1},
		{"overlapping prefixes", head + films, oss("incoming/", "", uploads) + oss("incoming/videos/", "", uploads), 1},
		{"overlapping suffixes", head + "rules:\n" + rule("films", `"*.mp4"`), oss("incoming/", "mp4", uploads) + oss("incoming/", ".mp4", uploads), 1},
		{"overlapping suffixes, the longer one first", head + "rules:\n" + rule("films", `"*.mp4"`), oss("incoming/", ".mp4", uploads) + oss("incoming/", "mp4", uploads), 1},
		{"overlapping prefixes, the longer one first", head + films, oss("incoming/videos/", "", uploads) + oss("incoming/", "", uploads), 1},
		{"overlapping wildcard", head + films, oss("incoming/", "", uploads) + oss("incoming/", ".mp4", "oss:ObjectCreated:*"), 2},
		{"one suffix", head + films, oss("incoming/", ".mp4", uploads), 1},
		{"one suffix, no sources", openHead + films, oss("incoming/", ".mp4", uploads), 1},
		{"letter case of a suffix", head + "rules:\n" + rule("films", `{key: "*.mp4", ignore_case: true}`), oss("incoming/", ".mp4", uploads), 1},
		{"suffixes of a pattern", head + films, bridge(ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"suffix":".mp4"},{"suffix":".MP4"}]}}}`)), 1},
		{"parts of a source", head + films, oss("incoming/videos/", "", uploads) + oss("incoming/docs/", "", uploads), 1},
		{"another prefix", head + films, oss("in/", "", uploads), 2},
		{"another bucket", head + films, strings.Replace(oss("incoming/", "", uploads), "acme-uploads", "acme-upload", 1), 2},
		{"one of two sources", "version: 1\nsources: [acme-uploads/a/, acme-uploads/b/]\n" + films, oss("a/", "", uploads), 1},
		{"a rule elsewhere, no sources", openHead + films + documents, oss("incoming/", "", uploads), 1},
		{"a folder in another letter case", head + "rules:\n" + rule("films", `"incoming/Videos/*.mp4"`), oss("incoming/videos/", "", uploads), 1},
		{"a short event", head + films, oss("incoming/", "", "oss:ObjectCreated:Put, oss:ObjectCreated:PostObject, oss:ObjectCreated:CompleteMultipartUpload"), 1},
		{"an event of another cloud", head + films, oss("incoming/", "", "s3:ObjectCreated:Put, oss:ObjectCreated:PostObject, oss:ObjectCreated:CompleteMultipartUpload"), 1},
		{"a misspelled event", head + films, oss("incoming/", "", "oss:ObjectCreated:PutObjekt, oss:ObjectCreated:PostObject, oss:ObjectCreated:CompleteMultipartUpload"), 1},
		{"no such event", head + films, oss("incoming/", "", "oss:ObjectCreated:Zzz"), 1},
		{"no oss:", head + films, oss("incoming/", "", strings.Replace(uploads, "oss:", "", 1)), 1},
		{"another region", head + films, strings.Replace(oss("incoming/", "", uploads), "cn-hangzhou", "cn-shanghai", 1), 1},
		{"no trigger", head + films, "        - {triggerType: timer}\n", 1},
		{"every bucket", head + films, bridge(ofUploads("")), 1},
		{"every bucket's pictures", head + "rules:\n" + rule("films", `"*.jpg"`), bridge(onSubject(`{"suffix":".jpg"}`)), 1},
		{"prefix or suffix", head + films, bridge(onSubject(below + `incoming/"},{"suffix":".mp4"}`)), 1},
		{"anything but or another", head + films, bridge(ofUploads(`,"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"anything-but":{"prefix":"incoming/tmp/"}},{"prefix":"incoming/"}]}}}`)), 1},
		{"an operator of another cloud", head + films, bridge(onSubject(`{"wildcard":"*/incoming/*"}`)), 1},
		{"two operators", head + films, bridge(onSubject(`{"prefix":"acs:oss:","suffix":".mp4"}`)), 1},
		{"no JSON", head + films, bridge(`{`), 1},
		{"no list", head + films, bridge(`{"source":"acs.oss"}`), 1},
		{"a flat field", head + films, bridge(ofUploads(`,"data.oss.object.key":[{"prefix":"incoming/"}]`)), 1},
		{"a subject without its scheme", head + films, bridge(onSubject(`{"prefix":"acme-uploads/incoming/"},` + below + `incoming/"}`)), 1},
		{"a subject without its scheme, alone", head + films, bridge(onSubject(`{"prefix":"acme-uploads/incoming/"}`)), 1},
		{"excluded keys and suffixes", head + films, bridge(ofUploads(`,"subject":[{"anything-but":{"prefix":"acs:oss:cn-hangzhou:1:acme-uploads/incoming/tmp/"}}],"data":{"oss":{"bucket":{"name":["acme-uploads"]},"object":{"key":[{"suffix":".mp4"}]}}}`)), 1},
		{"a subject without a slash", head + films, bridge(onSubject(`{"prefix":"acs:oss:cn-hangzhou:1:acme-uploads"}`)), 1},
		{"a subject of another region", head + films, bridge(onSubject(`{"prefix":"acs:oss:cn-beijing:1:acme-uploads/incoming/"},` + below + `incoming/"}`)), 1},
		{"a wildcard that is a text", head + films, bridge(`{"source":["acs.oss"],"type":["oss:ObjectCreated:*"],"subject":[` + below + `incoming/"}]}`), 1},
		{"a part of the subjects", head + films, bridge(onSubject(below + `incoming/a/"},` + below + `other/"}`)), 2},
	} {
		found, complete := compare(t, tt.rules, tt.triggers)
		if !complete || len(found) != tt.count {
			t.Errorf("%s: %d findings, want %d; complete %v", tt.name, len(found), tt.count, complete)
		}
		fmt.Fprintf(&out, "%s\n", tt.name)
		for _, f := range found {
			fmt.Fprintf(&out, "  %d:%d: %s [%s]\n", f.Pos.Line, f.Pos.Column, f.Message, f.Code)
			if strings.Contains(f.Message, "eventpattern.") || strings.Contains(f.Message, "%!") || strings.Contains(f.Message, "<nil>") {
				t.Errorf("%s: %s", tt.name, f.Message)
			}
		}
	}
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
