package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The tests in this file run the real command of Serverless Devs (npm install -g @serverless-devs/s), without a network or an
// account. A local component, which has the schema of fc3 and nothing else, replaces the one from the registry.

// fc3Stub is the code of the local component. It returns the code to deploy, and deploys nothing.
const fc3Stub = `const fs = require('fs');
module.exports = class {
  getSchema() { return fs.readFileSync(%s, 'utf8'); }
  deploy(inputs) { return { deployed: inputs.props.code }; }
};
`

// serverlessDevs is the command with its own home directory, which has one key, default.
type serverlessDevs struct {
	t   *testing.T
	env []string
}

// newServerlessDevs looks for the command. It skips the test if there is none, unless ONPUT_S demands it.
func newServerlessDevs(t *testing.T) *serverlessDevs {
	t.Helper()
	if testing.Short() {
		t.Skip("in short mode: it starts Serverless Devs many times")
	}
	s := &serverlessDevs{t: t, env: append(os.Environ(), "HOME="+t.TempDir(), "NO_COLOR=1", "FORCE_COLOR=0")}
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // for what it runs: they are in another home
		value, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		s.env = append(s.env, name+"="+strings.TrimSpace(string(value)))
	}
	version, err := exec.Command("s", "-v").CombinedOutput()
	if !bytes.Contains(version, []byte("@serverless-devs/s: 3.")) {
		if os.Getenv("ONPUT_S") != "" {
			t.Fatalf("ONPUT_S is set, and s is not Serverless Devs 3: %v\n%s", err, version)
		}
		t.Skip("Serverless Devs 3 is not installed")
	}
	s.must(t.TempDir(), "config", "add", "--AccountID", accountID, "--AccessKeyID", "id", "--AccessKeySecret", "none", "-a", "default", "-f")
	return s
}

// run runs the command in a directory. It returns its standard output, and all of its output.
func (s *serverlessDevs) run(dir string, args ...string) (stdout, all string, err error) {
	s.t.Helper()
	var out, both bytes.Buffer
	cmd := exec.Command("s", args...)
	cmd.Dir, cmd.Env = dir, s.env
	cmd.Stdout, cmd.Stderr = &out, &both
	err = cmd.Run()
	return out.String(), out.String() + both.String(), err
}

func (s *serverlessDevs) must(dir string, args ...string) string {
	s.t.Helper()
	out, all, err := s.run(dir, args...)
	if err != nil {
		s.t.Fatalf("s %q: %v\n%s", args, err, all)
	}
	return out
}

// put copies a deployment into dir, with old replaced by new.
func (s *serverlessDevs) put(dir, file, old, new string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		s.t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		s.t.Fatalf("%s does not hold %q", file, old)
	}
	write(s.t, filepath.Join(dir, file), strings.Replace(string(text), old, new, 1))
	s.stub(dir, file)
}

// stub puts the local component into dir and makes a file there use it.
func (s *serverlessDevs) stub(dir, file string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		s.t.Fatal(err)
	}
	local := strings.Replace(string(text), "component: fc3\n", "component: \"${path('./fc3')}\"\n", 1)
	if local == string(text) {
		s.t.Fatalf("%s has no component fc3", file)
	}
	write(s.t, filepath.Join(dir, file), local)
	schema, err := filepath.Abs(filepath.Join(root, "testdata", "fc3-schema.json"))
	if err != nil {
		s.t.Fatal(err)
	}
	quoted, _ := json.Marshal(schema)
	write(s.t, filepath.Join(dir, "fc3", "index.js"), fmt.Sprintf(fc3Stub, quoted))
}

// write writes a file and creates its directory.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// preview returns the props that the command resolves for a file.
func (s *serverlessDevs) preview(dir, file string) any {
	s.t.Helper()
	out := s.must(dir, "preview", "-t", file, "-o", "json")
	var p struct {
		Resources struct{ Onput struct{ Props any } }
	}
	begin := max(strings.Index(out, "\n{"), 0) // after what it says of the user that runs it
	if err := json.Unmarshal([]byte(out[begin:]), &p); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	return p.Resources.Onput.Props
}

// The command resolves each file like the other tests, and finds it valid.
func TestServerlessDevsCommand(t *testing.T) {
	t.Parallel()
	s := newServerlessDevs(t)
	for _, file := range deployments {
		dir := t.TempDir()
		s.put(dir, file, "", "")
		_, want := loadProject(t, file)
		text, err := json.Marshal(want)
		if err == nil {
			want = nil
			err = json.Unmarshal(text, &want) // numbers as JSON has them
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, s.preview(dir, file)); diff != "" {
			t.Errorf("%s: what the tests make of it (-), what s preview does (+):\n%s", file, diff)
		}
		if out := s.must(dir, "verify", "-t", file); !strings.Contains(out, "passed") {
			t.Errorf("s verify -t %s: %s", file, out)
		}

	}

	// It does look: what the schema forbids is refused.
	dir := t.TempDir()
	s.put(dir, deployments[0], "timeout: 60", "timeout: soon")
	if _, all, err := s.run(dir, "verify", "-t", deployments[0]); err == nil || !strings.Contains(all, "timeout must be integer") {
		t.Errorf("s verify of a timeout that is no number: %v\n%s", err, all)
	}
}

// The project is an application of Serverless Devs. The result of s init can be checked and deployed with the parameters that it
// asks for. A deployment checks, tests and packs first.
func TestServerlessDevsInit(t *testing.T) {
	s := newServerlessDevs(t)
	dir := t.TempDir()
	clone(t, root, filepath.Join(dir, "onput"))
	parameters := map[string]string{
		"region": "cn-shanghai", "bucket": "my-uploads", "prefix": "drop/media/", "targetBucket": "my-results",
		"functionRole": "my-function", "triggerRole": "my-trigger", "logProject": "my-log",
	}
	text, err := json.Marshal(parameters)
	if err != nil {
		t.Fatal(err)
	}
	// It takes the folder away, as it would what it downloads.
	s.must(dir, "init", "onput", "--uri", filepath.Join(dir, "onput"), "-d", "app", "-y", "--parameters", string(text))
	app := filepath.Join(dir, "app")
	for _, name := range []string{"publish.yaml", "hook", ".env.stpl", "src"} {
		if _, err := os.Stat(filepath.Join(app, name)); err == nil {
			t.Errorf("the project has a %s", name)
		}
	}

	dotenv, err := os.ReadFile(filepath.Join(app, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(dotenv)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		t.Setenv(name, value) // as s does before it runs pre-deploy
	}
	for _, file := range deployments {
		var f function
		remarshal(t, s.preview(app, file), &f)
		if file != "s.eventbridge.yaml" {
			tr := f.Triggers[0]
			if got, want := tr.SourceARN+" "+tr.Config.Filter.Key.Prefix, "acs:oss:cn-shanghai:"+accountID+":my-uploads drop/media/"; got != want {
				t.Errorf("%s listens to %s, want %s", file, got, want)
			}
			if want := "acs:ram::" + accountID + ":role/my-trigger"; tr.Role != want {
				t.Errorf("%s: the trigger's role is %s, want %s", file, tr.Role, want)
			}
		}
		if f.Env["ONPUT_TARGET_BUCKET"] != "my-results" || f.Log.Project != "my-log" || f.Role != "acs:ram::"+accountID+":role/my-function" {
			t.Errorf("%s: %+v", file, f)
		}
		for _, args := range [][]string{{"check", "--s", filepath.Join(app, file), filepath.Join(app, "rules", "rules.yaml")}, {"test", filepath.Join(app, "rules", "rules.yaml")}} {
			var printed bytes.Buffer
			if code := run(args, &streams{in: strings.NewReader(""), out: &printed, err: &printed}); code != 0 || strings.Contains(printed.String(), "warning:") {
				t.Errorf("onput %q: exit status %d\n%s", args, code, &printed)
			}
		}
	}
	rules, err := os.ReadFile(filepath.Join(app, "rules", "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(rules, []byte("incoming/")) || bytes.Contains(rules, []byte("{{")) {
		t.Errorf("the rules still hold incoming/ or a parameter:\n%s", rules)
	}

	s.stub(app, "s.yaml")
	if out := s.must(app, "deploy", "-y"); !strings.Contains(out, "./onput.zip") {
		t.Errorf("s deploy: %s", out)
	}
	packed := filepath.Join(app, "onput.zip")
	if _, err := os.Stat(packed); err != nil {
		t.Error(err)
	}

	// Rules that fail their own tests are not deployed, unless who deploys a zip made elsewhere says that nothing is to be run.
	write(t, filepath.Join(app, "rules", "rules.yaml"), strings.Replace(string(rules), "fires: [podcasts]", "fires: []", 1))
	if out, all, err := s.run(app, "deploy", "-y"); err == nil || strings.Contains(out, "deployed") {
		t.Errorf("s deploy of rules that fail their tests: %v\n%s", err, all)
	}
	if out := s.must(app, "deploy", "-y", "--skip-actions"); !strings.Contains(out, "./onput.zip") {
		t.Errorf("s deploy --skip-actions: %s", out)
	}
}

// Without parameters, s init says what is missing.
func TestServerlessDevsInitWithoutParameters(t *testing.T) {
	t.Parallel()
	s := newServerlessDevs(t)
	dir := t.TempDir()
	clone(t, root, filepath.Join(dir, "onput"))
	_, all, err := s.run(dir, "init", "onput", "--uri", filepath.Join(dir, "onput"), "-d", "app", "-y")
	if err == nil || !strings.Contains(all, "onput: parameters missing: region, bucket, prefix, targetBucket, functionRole, triggerRole, logProject; leave out -y") {
		t.Errorf("s init -y: %v\n%s", err, all)
	}
	if strings.Contains(all, "Error Message") {
		t.Errorf("s init -y ends in an exception:\n%s", all)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"app"}) {
		t.Errorf("s init -y left behind %q, want app alone", left)
	}
}

// The parameters of s init are the variables of the files, with the same defaults.
func TestPublish(t *testing.T) {
	var publish struct {
		Edition, Type, Name, Version, Description, Category, Effective string
		Provider                                                       []string
		Service                                                        map[string]any
		Parameters                                                     struct {
			Required   []string
			Properties map[string]struct{ Title, Type, Default, Pattern string }
		}
	}
	load := func(file string, to any) {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		var plain any
		err = yaml.Unmarshal(text, &plain)
		if err == nil {
			text, err = json.Marshal(plain) // whose names may be in any case
		}
		if err == nil {
			err = json.Unmarshal(text, to)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	load("publish.yaml", &publish)
	var p struct{ Vars map[string]string }
	load("s.yaml", &p)
	// What s registry publish looks at before it asks the registry.
	if publish.Edition != "3.0.0" || publish.Type != "Project" || publish.Name != "onput" || publish.Effective != "Public" ||
		!slices.Equal(publish.Provider, []string{"阿里云"}) || publish.Version == "" || publish.Description == "" || publish.Category == "" || publish.Service == nil {
		t.Errorf("%+v", publish)
	}
	template, err := os.ReadFile(filepath.Join(root, "src", ".env.stpl"))
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)=\{\{ (\w+) \}\}$`).FindAllStringSubmatch(string(template), -1) {
		variable, parameter := m[1], m[2]
		asked[parameter] = true
		def := envReference.FindStringSubmatch(p.Vars[parameter])
		if def == nil || def[1] != variable {
			t.Errorf("%s is %q in s.yaml, want the environment variable %s", parameter, p.Vars[parameter], variable)
			continue
		}
		property := publish.Parameters.Properties[parameter]
		if property.Default != "" && property.Default != def[2] {
			t.Errorf("%s is %q by default, in s.yaml %q", parameter, property.Default, def[2])
		}
		if !regexp.MustCompile(property.Pattern).MatchString(def[2]) {
			t.Errorf("%s: %q does not match its pattern", parameter, def[2])
		}
	}
	for name := range publish.Parameters.Properties {
		if !asked[name] {
			t.Errorf("s init asks for %s, which src/.env.stpl does not use", name)
		}
	}
	for _, name := range publish.Parameters.Required {
		if _, ok := publish.Parameters.Properties[name]; !ok {
			t.Errorf("%s is required, and no parameter", name)
		}
	}
	for _, prefix := range []string{"", "/", "a", "/a/", "a//", "*/", "{a,b}/", "a b/", "a/\nb/"} {
		if regexp.MustCompile(publish.Parameters.Properties["prefix"].Pattern).MatchString(prefix) {
			t.Errorf("the prefix %q is accepted: it would be part of patterns", prefix)
		}
	}
}
