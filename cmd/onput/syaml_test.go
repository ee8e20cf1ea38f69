package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"onput/rules"
)

// The tests in this file check the deployments for errors that Serverless Devs and its component fc3 miss. Their schema accepts
// unknown keys and any triggerConfig, and they do not know the rules. testdata/fc3-schema.md has the source of the schema.

// accountID replaces config('AccountID'), which Serverless Devs takes from the key of the deployer.
const accountID = "1234567890123456"

// deployments are the Serverless Devs files: the built-in runtime, the custom one, and triggers of EventBridge.
var deployments = []string{"s.yaml", "s.custom.yaml", "s.eventbridge.yaml"}

// project is a Serverless Devs file: https://docs.serverless-devs.com/user-guide/spec/
type project struct {
	Edition   string
	Name      string
	Access    string
	Vars      map[string]string
	Resources map[string]resource
}

type resource struct {
	Component string
	Actions   map[string][]struct{ Run, Path string }
	Props     any
}

// function has the props of a resource that the tests need.
type function struct {
	Runtime, Handler, Code, Role string
	Timeout                      int
	Custom                       struct{ Command []string }         `yaml:"customRuntimeConfig"`
	Env                          map[string]string                  `yaml:"environmentVariables"`
	Log                          struct{ Project, Logstore string } `yaml:"logConfig"`
	Async                        struct {
		Age         int  `yaml:"maxAsyncEventAgeInSeconds"`
		Retries     *int `yaml:"maxAsyncRetryAttempts"`
		Destination struct {
			OnFailure struct{ Destination string } `yaml:"onFailure"`
		} `yaml:"destinationConfig"`
	} `yaml:"asyncInvokeConfig"`
	Concurrency struct {
		Reserved int `yaml:"reservedConcurrency"`
	} `yaml:"concurrencyConfig"`
	Triggers []struct {
		Type      string `yaml:"triggerType"`
		SourceARN string `yaml:"sourceArn"`
		Role      string `yaml:"invocationRole"`
		Config    struct {
			Events []string
			Filter struct {
				Key struct{ Prefix, Suffix string }
			}
			Enable  bool   `yaml:"triggerEnable"`
			Async   bool   `yaml:"asyncInvocationType"`
			Pattern string `yaml:"eventRuleFilterPattern"`
		} `yaml:"triggerConfig"`
	}
}

// ruleFile has the parts of a rule file that the tests need, as plain data independent of package rules.
type ruleFile struct {
	Sources  []string
	Defaults struct{ Events []string }
	Rules    []struct{ Match any }
}

func TestServerlessDevs(t *testing.T) {
	for _, file := range deployments {
		t.Run(file, func(t *testing.T) { checkDeployment(t, file) })
	}
}

// checkDeployment compares a file with the schema of fc3, with the rules, and with the package.
func checkDeployment(t *testing.T, file string) {
	p, props := loadProject(t, file)
	if err := fc3Schema(t, false).Validate(props); err != nil {
		t.Errorf("fc3 itself refuses the props: %v", err)
	}
	if err := fc3Schema(t, true).Validate(props); err != nil {
		t.Errorf("fc3 would not read all of the props: %v", err)
	}
	var f function
	remarshal(t, props, &f)

	role := regexp.MustCompile(`^acs:ram::` + accountID + `:role/[a-z0-9.-]+$`) // in lower case: fc3 lowers it
	for name, ok := range map[string]bool{
		"edition is 3.0.0":               p.Edition == "3.0.0",
		"access is an alias in clear":    regexp.MustCompile(`^\w+$`).MatchString(p.Access), // with ${…} in it, config() stays unresolved
		"runtime is go1 or a custom one": f.Runtime == "go1" || strings.HasPrefix(f.Runtime, "custom."),
		"timeout is more than fc3's 3 s": f.Timeout > 3,
		"role is the ARN of a role":      role.MatchString(f.Role),
		"logConfig is explicit":          f.Log.Project != "" && f.Log.Logstore != "",
		"event age is explicit":          f.Async.Age == 86400,
		"retries are explicit":           f.Async.Retries != nil,
		"failures have a destination":    strings.HasPrefix(f.Async.Destination.OnFailure.Destination, "acs:mns:"),
		"concurrency is bounded":         f.Concurrency.Reserved > 0,
		"there is a trigger":             len(f.Triggers) > 0,
	} {
		if !ok {
			t.Errorf("not so: %s", name)
		}
	}
	for _, tr := range f.Triggers {
		switch tr.Type {
		case "oss":
			if len(f.Triggers) != 1 || !role.MatchString(tr.Role) {
				t.Errorf("%d triggers of OSS, invocationRole %q: want one, and the ARN of a role", len(f.Triggers), tr.Role)
			}
		case "eventbridge":
			if !tr.Config.Enable || !tr.Config.Async {
				t.Errorf("a trigger that is enabled: %v, and asynchronous: %v", tr.Config.Enable, tr.Config.Async)
			}
		default:
			t.Errorf("a trigger of type %q", tr.Type)
		}
	}

	t.Run("package", func(t *testing.T) {
		var c PackageCmd
		k, err := kong.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		const packing = "go run ./cmd/onput package --zip onput.zip"
		if _, err := k.Parse(strings.Fields(packing)[4:]); err != nil {
			t.Fatal(err)
		}
		if got := filepath.Clean(filepath.FromSlash(f.Code)); got != c.path(c.Zip) {
			t.Errorf("code is %s, but `onput package` writes %s", got, c.path(c.Zip))
		}
		if f.Handler != packagedFunction {
			t.Errorf("handler is %s, but `onput package` writes %s", f.Handler, packagedFunction)
		}
		if f.Runtime != "go1" && !slices.Equal(f.Custom.Command, []string{"/code/" + packagedFunction}) {
			t.Errorf("command is %q, but `onput package` writes %s", f.Custom.Command, packagedFunction)
		}
		for name, r := range p.Resources {
			before := r.Actions["pre-deploy"]
			var commands []string
			for _, step := range before {
				commands = append(commands, filepath.Clean(step.Path)+": "+step.Run)
			}
			want := []string{".: go run ./cmd/onput check --s " + file, ".: go run ./cmd/onput test", ".: " + packing}
			if diff := cmp.Diff(want, commands); diff != "" {
				t.Errorf("%s: pre-deploy, in the root and without shell syntax (-want +got):\n%s", name, diff)
			}
		}
	})

	t.Run("rules", func(t *testing.T) {
		text, err := os.ReadFile(filepath.Join(root, "rules", "rules.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		var plain any
		if err := yaml.Unmarshal(text, &plain); err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\$\{env\('(\w+)'`).FindAllStringSubmatch(fmt.Sprint(plain), -1) {
			if f.Env[m[1]] == "" {
				t.Errorf("the rules read %s, which environmentVariables does not set", m[1])
			}
		}
		var ruled ruleFile
		remarshal(t, expand(t, plain, func(name string) (string, bool) { v, ok := f.Env[name]; return v, ok }, nil), &ruled)

		if f.Triggers[0].Type == "eventbridge" {
			checkPatterns(t, &f)
			return
		}
		var sources []string
		for _, tr := range f.Triggers {
			prefix := tr.Config.Filter.Key.Prefix
			if prefix == "" {
				t.Error("a trigger without a prefix fires for what the rules write")
			}
			sources = append(sources, tr.SourceARN[strings.LastIndex(tr.SourceARN, ":")+1:]+"/"+prefix)
		}
		if diff := cmp.Diff(sources, ruled.Sources); diff != "" {
			t.Errorf("the triggers' buckets and prefixes (-) are not the rules' sources (+):\n%s", diff)
		}
		for _, tr := range f.Triggers {
			var events []string
			for _, e := range tr.Config.Events {
				events = append(events, strings.TrimPrefix(e, "oss:ObjectCreated:"))
			}
			slices.Sort(events)
			if diff := cmp.Diff(events, listened(t, ruled)); diff != "" {
				t.Errorf("the trigger's events (-) are not those that the rules listen to (+):\n%s", diff)
			}
		}
	})
}

// TestTopicTrigger uncomments the trigger on completion messages. The schema of fc3 accepts it, it listens to the topic of the
// rules, and nothing else changes.
func TestTopicTrigger(t *testing.T) {
	role := regexp.MustCompile(`^acs:ram::` + accountID + `:role/[a-z0-9.-]+$`)
	for _, file := range deployments {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		p, props := readProject(t, withTopicTrigger(t, string(text)))
		if err := fc3Schema(t, true).Validate(props); err != nil {
			t.Errorf("%s: fc3 would not read all of the props: %v", file, err)
		}
		var f function
		remarshal(t, props, &f)
		_, before := loadProject(t, file)
		deployed := len(before.(map[string]any)["triggers"].([]any))
		if len(f.Triggers) != deployed+1 {
			t.Fatalf("%s: %d triggers, want one more than %d", file, len(f.Triggers), deployed)
		}
		arn := "acs:mns:" + p.Vars["region"] + ":" + accountID + ":/topics/" + f.Env["ONPUT_TOPIC"]
		if tr := f.Triggers[deployed]; tr.Type != "mns_topic" || tr.SourceARN != arn || !role.MatchString(tr.Role) {
			t.Errorf("%s: %+v, want a trigger on %s", file, tr, arn)
		}
		triggers := props.(map[string]any)["triggers"].([]any)
		props.(map[string]any)["triggers"] = triggers[:deployed]
		if diff := cmp.Diff(before, props); diff != "" {
			t.Errorf("%s: without the comment signs (+):\n%s", file, diff)
		}
		config := triggers[deployed].(map[string]any)["triggerConfig"].(map[string]any)
		for name, value := range map[string]any{"notifyContentFormat": "XML", "filterTags": "x", "events": []any{"oss:ObjectCreated:PutObject"}} {
			changed := maps.Clone(config)
			changed[name] = value
			triggers[deployed].(map[string]any)["triggerConfig"] = changed
			props.(map[string]any)["triggers"] = triggers
			if fc3Schema(t, true).Validate(props) == nil {
				t.Errorf("%s: accepted: %s %v", file, name, value)
			}
		}
	}
}

// TestCompletionTrigger uncomments the EventBridge trigger on completion messages. The schema of fc3 accepts it, and it hears
// of the tasks that OSS submits to IMM.
func TestCompletionTrigger(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "s.eventbridge.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), "        # - triggerName: on-completion\n")
	trigger, _, alsoFound := strings.Cut(rest, "        # This one hears of the tasks of rules with notify.\n")
	if !found || !alsoFound {
		t.Fatal("there is no such trigger")
	}
	_, props := readProject(t, uncomment(t, before, "        # - triggerName: on-completion\n"+trigger))
	if err := fc3Schema(t, true).Validate(props); err != nil {
		t.Errorf("fc3 would not read all of the props: %v", err)
	}
	var f function
	remarshal(t, props, &f)
	var pattern map[string]any
	if err := json.Unmarshal([]byte(f.Triggers[len(f.Triggers)-1].Config.Pattern), &pattern); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"MediaConvert", "OfficeConversion", "DecodeBlindWatermark"} {
		if !matchesPattern(t, pattern, map[string]any{"source": "acs.imm", "type": "imm:Task:" + kind}) {
			t.Errorf("the trigger does not hear of %s", kind)
		}
	}
}

// withTopicTrigger uncomments the trigger at the end of a file.
func withTopicTrigger(t *testing.T, text string) []byte {
	t.Helper()
	at := strings.LastIndex(text, "        # - triggerName:")
	if at < 0 {
		t.Fatal("no trigger is commented out")
	}
	return uncomment(t, text[:at], text[at:])
}

// uncomment returns a text and the lines of a trigger after it, without their comment signs.
func uncomment(t *testing.T, text, trigger string) []byte {
	t.Helper()
	const sign = "        # "
	var b strings.Builder
	b.WriteString(text)
	for line := range strings.Lines(trigger) {
		line, ok := strings.CutPrefix(line, sign)
		if !ok {
			t.Fatalf("a line after the trigger: %s", line)
		}
		b.WriteString(strings.Repeat(" ", len(sign)-2) + line)
	}
	return []byte(b.String())
}

// maxExpressions is the maximum number of expressions in a field of an event pattern:
// https://help.aliyun.com/en/eventbridge/product-overview/limits
const maxExpressions = 5

// checkPatterns compares the event patterns of triggers with the tests in the rule file. Exactly one trigger matches an upload
// that fires a rule, because two would deliver it twice. None matches a result.
func checkPatterns(t *testing.T, f *function) {
	var patterns []map[string]any
	for _, tr := range f.Triggers {
		var pattern map[string]any
		if err := json.Unmarshal([]byte(tr.Config.Pattern), &pattern); err != nil {
			t.Fatalf("%v: %s", err, tr.Config.Pattern)
		}
		for field, values := range pattern {
			if n := len(values.([]any)); n > maxExpressions {
				t.Errorf("%s has %d expressions, at most %d are allowed", field, n, maxExpressions)
			}
		}
		patterns = append(patterns, pattern)
	}
	hearing := func(event, bucket, key string) (n int) {
		for _, pattern := range patterns {
			if matchesPattern(t, pattern, map[string]any{
				"source": "acs.oss", "type": "oss:" + event, "subject": "acs:oss:cn-hangzhou:" + accountID + ":" + bucket + "/" + key,
			}) {
				n++
			}
		}
		return n
	}
	src, err := os.ReadFile(filepath.Join(root, "rules", "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := rules.Load("rules.yaml", src, rules.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set := file.Set
	fired := 0
	for _, tt := range file.Tests {
		for _, event := range []string{"PutObject", "PostObject", "CompleteMultipartUpload", "CopyObject", "UploadPart"} {
			u := rules.Upload{Event: "ObjectCreated:" + event, Bucket: "acme-uploads", Key: tt.Upload.Key, Size: -1}
			want := 0
			if len(set.Match(&u)) > 0 {
				want = 1
				fired++
			}
			got := hearing(u.Event, u.Bucket, u.Key)
			if got > 1 || got < want || got > 0 && !set.Listens(u.Event) {
				t.Errorf("%s of %s: %d triggers hear it, and the rules fire %d times", event, u.Key, got, want)
			}
		}
		for _, result := range []string{"acme-derived", "acme-uploads2"} {
			if n := hearing("ObjectCreated:PutObject", result, tt.Upload.Key); n > 0 {
				t.Errorf("%d triggers hear %s in %s", n, tt.Upload.Key, result)
			}
		}
	}
	if fired < 3*len(file.Tests)/2 {
		t.Errorf("only %d uploads fire", fired)
	}
}

// matchesPattern reports whether an event has, for each field of a pattern, one of its values.
//
// https://www.alibabacloud.com/help/en/doc-detail/181432.htm
func matchesPattern(t *testing.T, pattern, event map[string]any) bool {
	for field, values := range pattern {
		value, ok := event[field].(string)
		if !ok || !slices.ContainsFunc(values.([]any), func(want any) bool {
			switch want := want.(type) {
			case string:
				return value == want
			case map[string]any:
				if prefix, ok := want["prefix"].(string); ok && len(want) == 1 {
					return strings.HasPrefix(value, prefix)
				}
			}
			t.Errorf("%s: this test does not know %v", field, want)
			return false
		}) {
			return false
		}
	}
	return true
}

// The deployments differ only in the runtime and the triggers, and in settings that depend on these.
func TestDeploymentsDiffer(t *testing.T) {
	var files []map[string]any
	for _, file := range deployments {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		var plain map[string]any
		text = []byte(strings.ReplaceAll(string(text), "check --s "+file, "check --s s.yaml"))
		if err := yaml.Unmarshal(text, &plain); err != nil {
			t.Fatal(err)
		}
		files = append(files, plain)
	}
	props := func(file map[string]any) map[string]any {
		return file["resources"].(map[string]any)["onput"].(map[string]any)["props"].(map[string]any)
	}
	first, custom, bridge := files[0], files[1], files[2]
	delete(props(custom), "customRuntimeConfig")
	delete(props(custom), "instanceConcurrency")
	props(custom)["runtime"] = "go1"
	if diff := cmp.Diff(first, custom); diff != "" {
		t.Errorf("s.yaml (-), s.custom.yaml without its runtime (+):\n%s", diff)
	}
	props(bridge)["triggers"] = props(first)["triggers"]
	bridge["vars"].(map[string]any)["triggerRole"] = first["vars"].(map[string]any)["triggerRole"]
	if diff := cmp.Diff(first, bridge); diff != "" {
		t.Errorf("s.yaml (-), s.eventbridge.yaml with its trigger (+):\n%s", diff)
	}
}

// The command that runs before a deployment reports nothing about any deployment.
func TestDeploymentsChecked(t *testing.T) {
	for _, file := range deployments {
		var out, problems strings.Builder
		c := CheckCmd{Files: []string{filepath.Join(root, "rules", "rules.yaml")}, Format: "text", S: filepath.Join(root, file)}
		if err := c.Run(&streams{out: &out, err: &problems}); err != nil || !strings.Contains(out.String(), "no errors, 0 warnings") || problems.Len() > 0 {
			t.Errorf("%s: %v\n%s%s", file, err, &out, &problems)
		}
	}
}

// The strict schema rejects errors that the schema of fc3 accepts.
func TestServerlessDevsStrict(t *testing.T) {
	loose, strict := fc3Schema(t, false), fc3Schema(t, true)
	for _, tt := range []struct {
		path  []any // of the map to change
		key   string
		value any
	}{
		{nil, "memorysize", 128},
		{nil, "initializationTimeout", 3},
		{[]any{"logConfig"}, "logStore", "onput"},
		{[]any{"asyncInvokeConfig"}, "maxRetries", 3},
		{[]any{"asyncInvokeConfig", "destinationConfig"}, "onfailure", map[string]any{}},
		{[]any{"triggers", 0}, "bucketName", "acme-uploads"},
		{[]any{"triggers", 0, "triggerConfig"}, "enable", true},
		{[]any{"triggers", 0, "triggerConfig"}, "events", []any{"ObjectCreated:PutObject"}},
		{[]any{"triggers", 0, "triggerConfig", "filter"}, "Key", map[string]any{}},
		{[]any{"triggers", 0, "triggerConfig", "filter", "key"}, "prefixes", []any{"incoming/"}},
		{[]any{"triggers", 0, "triggerConfig"}, "filter", map[string]any{"key": map[string]any{"prefix": "incoming/"}}},
		{[]any{"triggers", 0, "bridge"}, "enable", true},
		{[]any{"triggers", 0, "bridge", "eventSourceConfig"}, "type", "Default"},
		{[]any{"triggers", 0, "bridge"}, "runOptions", nil},
	} {
		file := deployments[0]
		if i := slices.Index(tt.path, any("bridge")); i >= 0 {
			file, tt.path[i] = "s.eventbridge.yaml", "triggerConfig"
		}
		_, props := loadProject(t, file)
		at := props
		for _, step := range tt.path {
			switch step := step.(type) {
			case string:
				at = at.(map[string]any)[step]
			case int:
				at = at.([]any)[step]
			}
		}
		at.(map[string]any)[tt.key] = tt.value
		if err := loose.Validate(props); err != nil {
			t.Errorf("%v %s: fc3 refuses it by itself: %v", tt.path, tt.key, err)
		}
		if strict.Validate(props) == nil {
			t.Errorf("%v %s: accepted", tt.path, tt.key)
		}
	}
}

// listened returns the sorted events of all rules, without ObjectCreated:.
func listened(t *testing.T, f ruleFile) []string {
	t.Helper()
	defaults := f.Defaults.Events
	if defaults == nil {
		defaults = []string{"PutObject", "PostObject", "CompleteMultipartUpload"}
	}
	var all []string
	for _, r := range f.Rules {
		events := defaults
		if m, ok := r.Match.(map[string]any); ok && m["events"] != nil {
			events = nil
			remarshal(t, m["events"], &events)
		}
		for _, e := range events {
			all = append(all, strings.TrimPrefix(e, "ObjectCreated:"))
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// loadProject reads a deployment and the props of its only resource, resolved without environment variables. It fails on keys
// that Serverless Devs does not know.
func loadProject(t *testing.T, file string) (*project, any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return readProject(t, text)
}

// readProject is like loadProject for the text of a file.
func readProject(t *testing.T, text []byte) (*project, any) {
	t.Helper()
	var p project
	if err := yaml.Load(text, &p, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	unset := func(string) (string, bool) { return "", false }
	for name, v := range p.Vars {
		p.Vars[name] = expand(t, v, unset, nil).(string)
	}
	if len(p.Resources) != 1 {
		t.Fatalf("%d resources, want one", len(p.Resources))
	}
	for _, r := range p.Resources {
		if r.Component != "fc3" {
			t.Errorf("component %q, want fc3", r.Component)
		}
		return &p, expand(t, r.Props, unset, p.Vars)
	}
	panic("unreachable")
}

var reference = regexp.MustCompile(`\$\{[^}]*\}`)
var envReference = regexp.MustCompile(`^\$\{env\('(\w+)'(?:,'([^']*)')?\)\}$`)

// expand returns a copy of v with ${env('NAME','default')}, ${vars.NAME} and ${config('AccountID')} resolved in every string.
// Any other ${…} is an error.
func expand(t *testing.T, v any, env func(string) (string, bool), vars map[string]string) any {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k] = expand(t, e, env, vars)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, e := range v {
			l[i] = expand(t, e, env, vars)
		}
		return l
	case string:
		return reference.ReplaceAllStringFunc(v, func(ref string) string {
			if ref == "${config('AccountID')}" {
				return accountID
			}
			if name, ok := strings.CutPrefix(ref, "${vars."); ok {
				if value, ok := vars[strings.TrimSuffix(name, "}")]; ok {
					return value
				}
			}
			if m := envReference.FindStringSubmatch(ref); m != nil {
				if value, ok := env(m[1]); ok {
					return value
				}
				return m[2]
			}
			t.Errorf("%s cannot be resolved", ref)
			return ""
		})
	}
	return v
}

// fc3Schema returns the schema of the component. In the strict form, objects have only the properties that the schema names,
// and each type of trigger has its own triggerConfig.
func fc3Schema(t *testing.T, strict bool) *jsonschema.Schema {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "testdata", "fc3-schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	if strict {
		closeObjects(doc)
		trigger := doc.(map[string]any)["definitions"].(map[string]any)["ITrigger"].(map[string]any)
		trigger["properties"].(map[string]any)["triggerConfig"] = true
		config := func(kind, definition string) map[string]any {
			return map[string]any{
				"if":   map[string]any{"properties": map[string]any{"triggerType": map[string]any{"const": kind}}},
				"then": map[string]any{"properties": map[string]any{"triggerConfig": map[string]any{"$ref": "#/definitions/" + definition}}},
			}
		}
		trigger["allOf"] = []any{config("oss", "IOssTriggerConfig"), config("eventbridge", "IEventBridge"), config("mns_topic", "IMnsTriggerConfig")}
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("fc3.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("fc3.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// closeObjects forbids additional properties in every schema of an object that names properties.
func closeObjects(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		for _, s := range schema {
			closeObjects(s)
		}
		if schema["type"] == "object" && schema["properties"] != nil && schema["additionalProperties"] == nil {
			schema["additionalProperties"] = false
		}
	case []any:
		for _, s := range schema {
			closeObjects(s)
		}
	}
}

// remarshal converts the plain value from to the typed value to.
func remarshal(t *testing.T, from, to any) {
	t.Helper()
	text, err := yaml.Marshal(from)
	if err == nil {
		err = yaml.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}
