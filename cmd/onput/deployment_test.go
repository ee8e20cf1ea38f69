package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"
)

// What is read of a function, with variables, aliases and merged fields; a resource that is no function is left out.
func TestParseDeployments(t *testing.T) {
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
	put, post := []heard{{name: "ObjectCreated:PutObject"}}, []heard{{name: "ObjectCreated:PostObject"}}
	bridged := trigger{kind: "eventbridge", places: []place{{"src", "a/"}, {"src", ""}}, events: post}
	want := []deployment{{
		file: "s.yaml", function: "f", region: "cn-shanghai", role: "r",
		environment:  map[string]string{"TOPIC": "f-done", "N": "1"},
		destinations: []string{"acs:fc:::functions/g", "acs:mns:::/topics/t/messages"},
		logProject:   "p", logstore: "l",
		triggers: []trigger{
			{kind: "oss", role: "caller", places: []place{{"src", "here/"}}, suffix: ".mp4", events: put},
			{kind: "oss", places: []place{{"other", ""}}, events: put},
			bridged, bridged,
			{kind: "eventbridge"},
			{kind: "eventbridge", places: []place{{"*", ""}}},
			bridged,
			{kind: "mns_topic", role: "smq"},
			{kind: "timer"},
		},
	}}
	got, err := parseDeployments("s.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(deployment{}, trigger{}, place{}, heard{}), cmpopts.IgnoreTypes(&yaml.Node{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestParseDeploymentsErrors(t *testing.T) {
	const head = "resources:\n  fn:\n    props:\n      functionName: f\n      triggers:\n"
	for text, want := range map[string]string{
		"a: [":                                  "s.yaml: ",
		"rules: []\n":                           "s.yaml: no resources: is it a file of Serverless Devs 3?",
		"resources: {a: {}}\n":                  "s.yaml: no resource has a functionName",
		"resources: nonsense\n":                 "s.yaml: no resource has a functionName",
		"":                                      "s.yaml: ",
		head + "        - {triggerType: oss}\n": "s.yaml:6:11: the oss trigger has no sourceArn",
		head + "        - triggerType: eventbridge\n":                                                                                           "s.yaml:6:11: the eventbridge trigger has no eventRuleFilterPattern",
		head + "        - {triggerType: eventbridge, triggerConfig: {eventRuleFilterPattern: '{'}}\n":                                           "s.yaml:6:78: eventRuleFilterPattern is not understood: ",
		head + "        - {triggerType: eventbridge, triggerConfig: {eventRuleFilterPattern: '{\"source\":[\"acs.oss\"],\"subject\":[{}]}'}}\n": `s.yaml:6:78: subject begins with ""; want acs:oss:REGION:ACCOUNT:BUCKET/PREFIX`,
	} {
		_, err := parseDeployments("s.yaml", []byte(text))
		if err == nil || len(err.Error()) < len(want) || err.Error()[:len(want)] != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A function's environment is there between enter and leave, and what was before is there again.
func TestDeploymentEnter(t *testing.T) {
	t.Setenv("ONPUT_TEST_SET", "before")
	d := deployment{environment: map[string]string{"ONPUT_TEST_SET": "within", "ONPUT_TEST_UNSET": ""}}
	leave := d.enter()
	if _, ok := os.LookupEnv("ONPUT_TEST_UNSET"); !ok || os.Getenv("ONPUT_TEST_SET") != "within" {
		t.Error("the environment is not the function's")
	}
	leave()
	if _, ok := os.LookupEnv("ONPUT_TEST_UNSET"); ok || os.Getenv("ONPUT_TEST_SET") != "before" {
		t.Error("the environment is not what it was")
	}
}

// Whatever a file holds, reading it ends, with a function or an error that begins with the file.
func FuzzParseDeployments(f *testing.F) {
	for _, file := range deployments {
		src, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("resources: &a {fn: {props: &b {functionName: f, <<: *b, triggers: [*a]}}}"))
	f.Add([]byte("resources: {fn: {props: {functionName: f, triggers: &t [*t]}}}"))
	f.Fuzz(func(t *testing.T, src []byte) {
		all, err := parseDeployments("s.yaml", src)
		if err != nil && err.Error()[:6] != "s.yaml" || err == nil && len(all) == 0 {
			t.Errorf("%d functions, error %v", len(all), err)
		}
		if slices.ContainsFunc(all, func(d deployment) bool { return d.node == nil || d.function == "" }) {
			t.Error("a function has no name")
		}
	})
}
