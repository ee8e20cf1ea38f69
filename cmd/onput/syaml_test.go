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
)

// What Serverless Devs and its component fc3 do not check is checked here: their schema lets unknown keys pass, and any
// triggerConfig at all; and none of them knows the rules. See testdata/fc3-schema.md for where the schema is from.

// account stands for config('AccountID'), which Serverless Devs takes from the deployer's key.
const account = "1234567890123456"

// deployments are the files to deploy with: one for each of Function Compute's runtimes.
var deployments = []string{"s.yaml", "s.custom.yaml"}

// project is such a file as Serverless Devs reads it: https://docs.serverless-devs.com/user-guide/spec/
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

// function is what is asked here of a resource's props.
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
		} `yaml:"triggerConfig"`
	}
}

// ruleFile is what is read here of the rules, as plain data: package rules is not asked what it made of them.
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

// checkDeployment holds a file to fc3's schema, to the rules, and to what is packed.
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

	role := regexp.MustCompile(`^acs:ram::` + account + `:role/[a-z0-9.-]+$`) // in lower case: fc3 lowers it
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
		"there is one trigger":           len(f.Triggers) == 1,
	} {
		if !ok {
			t.Errorf("not so: %s", name)
		}
	}
	for _, tr := range f.Triggers {
		if tr.Type != "oss" || !role.MatchString(tr.Role) {
			t.Errorf("trigger of type %q with invocationRole %q, want oss and the ARN of a role", tr.Type, tr.Role)
		}
	}

	t.Run("package", func(t *testing.T) {
		var c PackageCmd
		k, err := kong.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Parse(nil); err != nil { // fills in the defaults
			t.Fatal(err)
		}
		if got := filepath.Clean(filepath.FromSlash(f.Code)); got != filepath.Join(c.Dir, c.Out) {
			t.Errorf("code is %s, but `onput package` writes to %s", got, filepath.Join(c.Dir, c.Out))
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
			want := []string{".: go run ./cmd/onput check --s " + file, ".: go run ./cmd/onput test", ".: go run ./cmd/onput package"}
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

// TestTopicTrigger: with the signs taken from its lines, the trigger on completion messages is one that fc3 reads as it
// stands there, and listens to the topic that the rules publish to. Nothing else changes.
func TestTopicTrigger(t *testing.T) {
	role := regexp.MustCompile(`^acs:ram::` + account + `:role/[a-z0-9.-]+$`)
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
		if len(f.Triggers) != 2 {
			t.Fatalf("%s: %d triggers, want 2", file, len(f.Triggers))
		}
		arn := "acs:mns:" + p.Vars["region"] + ":" + account + ":/topics/" + f.Env["ONPUT_TOPIC"]
		if tr := f.Triggers[1]; tr.Type != "mns_topic" || tr.SourceARN != arn || !role.MatchString(tr.Role) {
			t.Errorf("%s: %+v, want a trigger on %s", file, tr, arn)
		}
		_, before := loadProject(t, file)
		triggers := props.(map[string]any)["triggers"].([]any)
		props.(map[string]any)["triggers"] = triggers[:1]
		if diff := cmp.Diff(before, props); diff != "" {
			t.Errorf("%s: without the comment signs (+):\n%s", file, diff)
		}
		config := triggers[1].(map[string]any)["triggerConfig"].(map[string]any)
		for name, value := range map[string]any{"notifyContentFormat": "XML", "filterTags": "x", "events": []any{"oss:ObjectCreated:PutObject"}} {
			changed := maps.Clone(config)
			changed[name] = value
			triggers[1].(map[string]any)["triggerConfig"] = changed
			props.(map[string]any)["triggers"] = triggers
			if fc3Schema(t, true).Validate(props) == nil {
				t.Errorf("%s: accepted: %s %v", file, name, value)
			}
		}
	}
}

// withTopicTrigger takes the comment signs from the trigger at the end of a file.
func withTopicTrigger(t *testing.T, text string) []byte {
	t.Helper()
	const sign = "        # "
	at := strings.Index(text, sign+"- triggerName:")
	if at < 0 {
		t.Fatal("no trigger is commented out")
	}
	var b strings.Builder
	b.WriteString(text[:at])
	for line := range strings.Lines(text[at:]) {
		line, ok := strings.CutPrefix(line, sign)
		if !ok {
			t.Fatalf("a line behind the trigger: %s", line)
		}
		b.WriteString(strings.Repeat(" ", len(sign)-2) + line)
	}
	return []byte(b.String())
}

// The files differ in the runtime and in what comes with it, and in nothing else.
func TestDeploymentsDiffer(t *testing.T) {
	var files []map[string]any
	for _, file := range deployments {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		var plain map[string]any
		if err := yaml.Unmarshal(text, &plain); err != nil {
			t.Fatal(err)
		}
		files = append(files, plain)
	}
	function := files[0]["resources"].(map[string]any)["onput"].(map[string]any)
	check := function["actions"].(map[string]any)["pre-deploy"].([]any)[0].(map[string]any)
	check["run"] = strings.Replace(check["run"].(string), deployments[0], deployments[1], 1)
	props := function["props"].(map[string]any)
	props["runtime"] = "custom.debian12"
	props["customRuntimeConfig"] = map[string]any{"command": []any{"/code/main"}, "port": 9000}
	props["instanceConcurrency"] = 200
	if diff := cmp.Diff(files[0], files[1]); diff != "" {
		t.Errorf("%s with the custom runtime (-), %s (+):\n%s", deployments[0], deployments[1], diff)
	}
}

// The command that is run before a deployment finds nothing to say about either file.
func TestDeploymentsChecked(t *testing.T) {
	for _, file := range deployments {
		var out, problems strings.Builder
		c := CheckCmd{Files: []string{filepath.Join(root, "rules", "rules.yaml")}, Format: "text", S: filepath.Join(root, file)}
		if err := c.Run(&streams{out: &out, err: &problems}); err != nil || !strings.Contains(out.String(), "no errors, 0 warnings") || problems.Len() > 0 {
			t.Errorf("%s: %v\n%s%s", file, err, &out, &problems)
		}
	}
}

// The strict schema refuses what fc3's own lets pass.
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
	} {
		_, props := loadProject(t, deployments[0])
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

// The policies in docs/deploy.md are JSON, and those that write do it in the folders where the rules' targets are.
func TestDeployPolicies(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "rules", "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Claims struct{ Bucket, Prefix string }
		Rules  []struct{ Target string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, r := range file.Rules {
		if folder, _, ok := strings.Cut(r.Target, "/"); ok {
			want = append(want, "acs:oss:*:*:acme-derived/"+folder+"/*")
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)

	unset := func(string) (string, bool) { return "", false }
	claims := "acs:oss:*:*:" + expand(t, file.Claims.Bucket, unset, nil).(string) + "/" + file.Claims.Prefix + "*"

	writers, claimants := 0, 0
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(doc, -1) {
		var policy struct {
			Version   string
			Statement []struct {
				Effect           string
				Action, Resource any
			}
		}
		if err := json.Unmarshal(block[1], &policy); err != nil || policy.Version != "1" || len(policy.Statement) == 0 {
			t.Errorf("no policy: %v\n%s", err, block[1])
		}
		for _, s := range policy.Statement {
			if s.Resource == claims {
				claimants++
				if diff := cmp.Diff([]any{"oss:GetObject", "oss:PutObject"}, s.Action); diff != "" {
					t.Errorf("what claims need (-), what the policy allows (+):\n%s", diff)
				}
			}
			if s.Action == "oss:PutObject" {
				writers++
				var got []string
				remarshal(t, s.Resource, &got)
				slices.Sort(got)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("folders of the rules' targets (-), folders that the policy allows (+):\n%s", diff)
				}
			}
		}
	}
	if claimants != 1 {
		t.Errorf("%d policies are for claims, %s; want the function's", claimants, claims)
	}
	if writers != 2 {
		t.Errorf("%d policies may write, want the function's and IMM's", writers)
	}
}

// listened returns the events that any rule listens to, without ObjectCreated:, sorted.
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

// loadProject reads a file to deploy with, refusing keys that Serverless Devs does not know, and returns it with the props of its one
// resource, resolved as on a machine without any of the environment variables.
func loadProject(t *testing.T, file string) (*project, any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	return readProject(t, text)
}

// readProject is loadProject of a text.
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

// expand returns a copy of v with ${env('NAME','default')}, ${vars.NAME} and ${config('AccountID')} resolved in each
// string. Anything else in ${…} is an error.
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
				return account
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

// fc3Schema returns the component's schema as it is; or the strict one, where every object has only the properties that
// the schema names, and a triggerConfig is that of its kind of trigger, OSS or SMQ topic.
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
		var kinds []any
		for kind, config := range map[string]string{"oss": "IOssTriggerConfig", "mns_topic": "IMnsTriggerConfig"} {
			kinds = append(kinds, map[string]any{"properties": map[string]any{
				"triggerType":   map[string]any{"const": kind},
				"triggerConfig": map[string]any{"$ref": "#/definitions/" + config},
			}})
		}
		trigger["oneOf"] = kinds
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

// closeObjects forbids, in every schema of an object that names properties, all others.
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

// remarshal reads the plain value from into the typed value to.
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
