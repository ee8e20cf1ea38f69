package serverlessdevs

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"onput/internal/eventpattern"
)

// Variables, aliases and merged fields are resolved; a resource without a function is skipped.
func TestParse(t *testing.T) {
	t.Setenv("ONPUT_TEST_PREFIX", "here/")
	const text = `
vars:
  name: "${env('ONPUT_TEST_UNSET','f')}"
  topic: "${vars.name}-done"
  resources: not the field of that name
resources:
  vpc: {component: vpc, props: {region: cn-x}}
  fn:
    props:
      functionName: "${vars.name}"
      region: cn-shanghai
      role: "acs:ram::${config('AccountID')}:role/r"
      environmentVariables: {TOPIC: "${vars.topic}", N: 1}
      logConfig: {project: p, logstore: l}
      asyncInvokeConfig: {destinationConfig: {onFailure: {destination: "acs:mns:::/topics/t/messages"}, onSuccess: {destination: "acs:fc:::functions/g"}}}
      triggers:
        - {triggerType: oss, invocationRole: "acs:ram::1:role/caller", sourceArn: "acs:oss:cn-shanghai:1:src",
           triggerConfig: {events: &events ["oss:ObjectCreated:PutObject"], filter: {key: {prefix: "${env('ONPUT_TEST_PREFIX')}", suffix: .mp4}}}}
        - {triggerType: oss, sourceArn: "acs:oss:cn-shanghai:1:other", triggerConfig: {events: *events}}
        - triggerType: eventbridge
          triggerConfig: &bridge
            eventRuleFilterPattern: '{"source": ["acs.oss"], "type": ["oss:ObjectCreated:PostObject"], "subject": [{"prefix": "acs:oss:r:1:src/a/"}, {"prefix": "acs:oss:r:1:src/"}]}'
        - {triggerType: eventbridge, triggerConfig: *bridge}
        - {triggerType: eventbridge, triggerConfig: {<<: *bridge, eventRuleFilterPattern: '{"source": ["acs.mns"]}'}}
        - {triggerType: eventbridge, triggerConfig: {<<: *bridge, eventRuleFilterPattern: '{"source": ["acs.oss", "acs.mns"]}'}}
        - {triggerType: eventbridge, triggerConfig: {<<: *bridge}}
        - {triggerType: mns_topic, invocationRole: "acs:ram::1:role/smq", sourceArn: "acs:mns:r:1:/topics/done"}
        - {triggerType: timer}
`
	put := []TriggerEvent{{Name: "ObjectCreated:PutObject", Written: "oss:ObjectCreated:PutObject"}}
	post := []TriggerEvent{{Name: "ObjectCreated:PostObject", Written: "oss:ObjectCreated:PostObject"}}
	bridged := Trigger{Type: "eventbridge", Uploads: []UploadLocation{{"src", "a/"}, {"src", ""}}, Events: post}
	want := []Function{{
		File: "s.yaml", Name: "f", Region: "cn-shanghai", Role: "r",
		Environment:  map[string]string{"TOPIC": "f-done", "N": "1"},
		Destinations: []string{"acs:fc:::functions/g", "acs:mns:::/topics/t/messages"},
		LogProject:   "p", Logstore: "l",
		Triggers: []Trigger{
			{Type: "oss", Role: "caller", Region: "cn-shanghai", Uploads: []UploadLocation{{"src", "here/"}}, Suffix: ".mp4", Events: put},
			{Type: "oss", Region: "cn-shanghai", Uploads: []UploadLocation{{"other", ""}}, Events: put},
			bridged, bridged,
			{Type: "eventbridge"},
			{Type: "eventbridge", Uploads: []UploadLocation{{"*", ""}}},
			bridged,
			{Type: "mns_topic", Role: "smq"},
			{Type: "timer"},
		},
	}}
	got, err := Parse("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreTypes(Pos{}, &eventpattern.Pattern{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Aliases may name values as often as a deployment needs, and not multiply them.
func TestAliases(t *testing.T) {
	repeat := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	resources := func(triggers string) string {
		return "resources: {fn: {props: {functionName: f, triggers: [" + triggers + "]}}}\n"
	}
	trigger := func(events int) string {
		return "x: &t {triggerType: oss, sourceArn: a, triggerConfig: {events: [" + repeat("x", events) + "]}}\n"
	}
	const tooMany = "aliases repeat more than 100000 values up to here: "
	for _, tt := range []struct{ name, text, err string }{
		{"many", trigger(10) + resources(repeat("*t", 1000)), ""},
		{"events", trigger(1000) + resources(repeat("*t", 1000)), "s.yaml:2:348: " + tooMany},
		{"a long text", "x: &t {triggerType: eventbridge, triggerConfig: {eventRuleFilterPattern: '{\"source\":[" + repeat(`"acs.oss"`, 1000) + "]}'}}\n" + resources(repeat("*t", 1000)),
			"s.yaml:2:291: " + tooMany},
		{"properties", "x: &p {functionName: f, environmentVariables: {" + repeat("A: b", 1000) + "}}\nresources:\n" + strings.Repeat("  f: {props: *p}\n", 1000),
			"s.yaml:52:14: " + tooMany},
		{"merged", "x: &p {functionName: f, environmentVariables: {" + repeat("A: b", 1000) + "}}\nresources:\n" + strings.Repeat("  f: {props: {<<: *p}}\n", 1000),
			"s.yaml:52:19: " + tooMany},
		{"aliases of aliases", "a: &a [" + repeat("x", 1000) + "]\nb: &b [" + repeat("*a", 90) + "]\nc: [*b, *b]\n" + resources(""), "s.yaml:3:5: " + tooMany},
		{"itself", "resources: {fn: {props: {functionName: f, triggers: &t [*t]}}}", "s.yaml:1:57: the alias *t is in the value that it names: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.err
			if want == "" {
				want = "<nil>"
			}
			_, err := Parse("s.yaml", []byte(tt.text))
			if got := fmt.Sprint(err); !strings.HasPrefix(got, want) {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	const head = "resources:\n  fn:\n    props:\n      functionName: f\n      triggers:\n"
	for text, want := range map[string]string{
		"a: [":                                  "s.yaml:2:1: not valid YAML: ",
		"rules: []\n":                           "s.yaml has no resources: give a file of Serverless Devs 3",
		"resources: {a: {}}\n":                  "s.yaml has no resource with a functionName",
		"resources: nonsense\n":                 "s.yaml has no resource with a functionName",
		"":                                      "s.yaml: ",
		head + "        - {triggerType: oss}\n": "s.yaml:6:11: the oss trigger has no sourceArn",
		head + "        - triggerType: eventbridge\n": "s.yaml:6:11: the eventbridge trigger has no eventRuleFilterPattern",
	} {
		_, err := Parse("s.yaml", []byte(text))
		if err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// Any text gives functions or an error that begins with the name of the file.
func FuzzParse(f *testing.F) {
	for _, file := range []string{"s.yaml", "s.custom.yaml", "s.eventbridge.yaml"} {
		src, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("resources: &a {fn: {props: &b {functionName: f, <<: *b, triggers: [*a]}}}"))
	f.Add([]byte("resources: {fn: {props: {functionName: f, triggers: &t [*t]}}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		all, err := Parse("s.yaml", src)
		if err != nil && err.Error()[:6] != "s.yaml" || err == nil && len(all) == 0 {
			t.Errorf("%d functions, error %v", len(all), err)
		}
		if slices.ContainsFunc(all, func(f Function) bool { return f.Pos.Line == 0 || f.Name == "" && f.Known("functionName") == nil }) {
			t.Error("a function has no name")
		}
	})
}

// A field of a mapping precedes one that << merges into it, wherever << stands.
func TestMergePrecedence(t *testing.T) {
	for _, env := range []string{`{<<: *common, A: own}`, `{A: own, <<: *common}`} {
		all, err := Parse("s.yaml", []byte("x: &common {A: merged, B: merged}\nresources: {f: {props: {functionName: f, environmentVariables: "+env+"}}}"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"A": "own", "B": "merged"}, all[0].Environment); diff != "" {
			t.Errorf("%s: -want +got:\n%s", env, diff)
		}
	}
}
