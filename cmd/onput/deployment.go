package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/rules"
)

// What check, policy, doctor and replay know of a deployment is read here, from the file with which Serverless Devs deploys
// (s.yaml), and no further than they need it: https://docs.serverless-devs.com/user-guide/spec/. testdata/fc3-schema.md says
// where the schema of a function is from.

// deployment is a function of such a file, its variables filled in. What the file does not say is empty.
type deployment struct {
	file                   string
	node                   *yaml.Node // its name
	function, region, role string     // the role by its name
	environment            map[string]string
	triggers               []trigger
	destinations           []string // ARNs of what Function Compute hands ended invocations to
	logProject, logstore   string
}

// trigger is what invokes a function.
type trigger struct {
	node   *yaml.Node // its sourceArn, or its pattern; the trigger itself where it tells of no uploads
	kind   string     // "oss", "eventbridge", "mns_topic", …
	role   string     // with which the function is invoked, by its name
	places []place    // the uploads of which it tells
	suffix string     // with which their keys end
	events []heard
}

// place is where uploads are.
type place struct {
	bucket string // "*" for any
	prefix string
}

// heard is a name of events that a trigger listens to, and where that stands.
type heard struct {
	name string // "ObjectCreated:PutObject"
	node *yaml.Node
}

// readDeployments returns the functions of a Serverless Devs file, one at least.
func readDeployments(file string) ([]deployment, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseDeployments(file, src)
}

// readDeployment returns the function of a file that has one.
func readDeployment(file string) (*deployment, error) {
	all, err := readDeployments(file)
	if err != nil {
		return nil, err
	}
	if len(all) > 1 {
		return nil, fmt.Errorf("%s has %d functions: give a file with the one that is meant", file, len(all))
	}
	return &all[0], nil
}

// errorf returns an error of a place in the file.
func (d *deployment) errorf(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: "+format, append([]any{d.file, n.Line, n.Column}, args...)...)
}

// uploads returns the places of which the triggers tell; none where there is no such trigger.
func (d *deployment) uploads() []rules.BucketKeyPattern {
	var all []rules.BucketKeyPattern
	for _, t := range d.triggers {
		all = append(all, t.uploads()...)
	}
	return all
}

// uploads returns the places of which the trigger tells.
func (t *trigger) uploads() []rules.BucketKeyPattern {
	var all []rules.BucketKeyPattern
	for _, p := range t.places {
		all = append(all, rules.BucketKeyPattern{Bucket: p.bucket, Key: p.prefix + "*"})
	}
	return all
}

// rules reads a rule file as the function would: with its environment variables.
func (d *deployment) rules(file string, s *streams) (*rules.Set, error) {
	defer d.enter()()
	return loadRules(file, s)
}

// enter sets the function's environment variables until leave is called.
func (d *deployment) enter() (leave func()) {
	before := map[string]string{}
	for name, value := range d.environment {
		if was, ok := os.LookupEnv(name); ok {
			before[name] = was
		}
		os.Setenv(name, value)
	}
	return func() {
		for name := range d.environment {
			if was, ok := before[name]; ok {
				os.Setenv(name, was)
			} else {
				os.Unsetenv(name)
			}
		}
	}
}

// parseDeployments is readDeployments of a text. Its errors name the file.
func parseDeployments(file string, src []byte) ([]deployment, error) {
	dotenv, err := readDotenv(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Load(src, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	top := &root
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		top = root.Content[0]
	}
	resources := child(top, "resources")
	if resources == nil {
		return nil, fmt.Errorf("%s: no resources: is it a file of Serverless Devs 3?", file)
	}
	r := deploymentReader{file: file, dotenv: dotenv, vars: map[string]string{}}
	for name, value := range fields(child(top, "vars")) {
		r.vars[name] = r.fill(value.Value)
	}
	var all []deployment
	for _, resource := range fields(resources) {
		props := child(resource, "props")
		if r.text(props, "functionName") == "" {
			continue
		}
		d, err := r.function(props)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: no resource has a functionName", file)
	}
	return all, nil
}

// deploymentReader reads parts of a file that has these vars. Its errors name the place.
type deploymentReader struct {
	file         string
	dotenv, vars map[string]string
}

func (r *deploymentReader) function(props *yaml.Node) (deployment, error) {
	d := deployment{
		file:        r.file,
		node:        child(props, "functionName"),
		function:    r.text(props, "functionName"),
		region:      r.text(props, "region"),
		role:        roleName(r.text(props, "role")),
		environment: map[string]string{},
		logProject:  r.text(props, "logConfig", "project"),
		logstore:    r.text(props, "logConfig", "logstore"),
	}
	if r.text(props, "logConfig") == "auto" { // fc3 chooses the names
		d.logProject, d.logstore = "*", "*"
	}
	for name, value := range fields(child(props, "environmentVariables")) {
		d.environment[name] = r.fill(value.Value)
	}
	for _, ended := range []string{"onSuccess", "onFailure"} {
		if destination := r.text(props, "asyncInvokeConfig", "destinationConfig", ended, "destination"); destination != "" {
			d.destinations = append(d.destinations, destination)
		}
	}
	for _, n := range items(child(props, "triggers")) {
		t := trigger{node: n, kind: r.text(n, "triggerType"), role: roleName(r.text(n, "invocationRole"))}
		var err error
		switch t.kind {
		case "oss":
			err = r.ossTrigger(&t)
		case "eventbridge":
			err = r.eventBridgeTrigger(&t)
		}
		if err != nil {
			return d, d.errorf(t.node, "%w", err)
		}
		d.triggers = append(d.triggers, t)
	}
	return d, nil
}

// ossTrigger reads of which uploads a trigger of OSS itself tells.
func (r *deploymentReader) ossTrigger(t *trigger) error {
	arn, config := child(t.node, "sourceArn"), child(t.node, "triggerConfig")
	if arn == nil {
		return errors.New("the oss trigger has no sourceArn")
	}
	bucket := r.fill(arn.Value)
	t.node = arn
	t.places = []place{{bucket[strings.LastIndexByte(bucket, ':')+1:], r.text(config, "filter", "key", "prefix")}}
	t.suffix = r.text(config, "filter", "key", "suffix")
	for _, e := range items(child(config, "events")) {
		t.events = append(t.events, heard{strings.TrimPrefix(e.Value, "oss:"), e})
	}
	return nil
}

// eventPattern is what is read of an event pattern: https://www.alibabacloud.com/help/en/doc-detail/181432.htm
type eventPattern struct {
	Source, Type []string
	Subject      []struct{ Prefix string }
}

// eventBridgeTrigger reads of which uploads a trigger of EventBridge tells: none where it listens to something other than
// OSS. A subject is acs:oss:REGION:ACCOUNT:BUCKET/KEY.
func (r *deploymentReader) eventBridgeTrigger(t *trigger) error {
	node := child(child(t.node, "triggerConfig"), "eventRuleFilterPattern")
	if node == nil {
		return errors.New("the eventbridge trigger has no eventRuleFilterPattern")
	}
	t.node = node
	var pattern eventPattern
	if err := json.Unmarshal([]byte(r.fill(node.Value)), &pattern); err != nil {
		return fmt.Errorf("eventRuleFilterPattern is not understood: %w; want source and type as lists of names, subject as a list of prefixes", err)
	}
	if !slices.Contains(pattern.Source, "acs.oss") {
		return nil
	}
	for _, name := range pattern.Type {
		t.events = append(t.events, heard{strings.TrimPrefix(name, "oss:"), node})
	}
	if pattern.Subject == nil {
		t.places = []place{{bucket: "*"}}
	}
	for _, s := range pattern.Subject {
		parts := strings.SplitN(s.Prefix, ":", 5)
		bucket, prefix, ok := strings.Cut(parts[len(parts)-1], "/")
		if len(parts) < 5 || !ok {
			return fmt.Errorf("subject begins with %q; want acs:oss:REGION:ACCOUNT:BUCKET/PREFIX", s.Prefix)
		}
		t.places = append(t.places, place{bucket, prefix})
	}
	return nil
}

// text returns the text that is somewhere below a node, filled in; "" if there is none.
func (r *deploymentReader) text(n *yaml.Node, path ...string) string {
	for _, name := range path {
		n = child(n, name)
	}
	if n == nil {
		return ""
	}
	return r.fill(n.Value)
}

var (
	envCall = regexp.MustCompile(`\$\{env\(['"](\w+)['"](?:,\s*['"]([^'"]*)['"])?\)\}`)
	varUse  = regexp.MustCompile(`\$\{vars\.(\w+)\}`)
)

// fill replaces ${env('NAME','default')} and ${vars.NAME}, as Serverless Devs does.
func (r *deploymentReader) fill(text string) string {
	text = envCall.ReplaceAllStringFunc(text, func(s string) string {
		m := envCall.FindStringSubmatch(s)
		value, ok := os.LookupEnv(m[1])
		if !ok {
			value = r.dotenv[m[1]]
		}
		return cmp.Or(value, m[2])
	})
	return varUse.ReplaceAllStringFunc(text, func(s string) string { return r.vars[varUse.FindStringSubmatch(s)[1]] })
}

// roleName returns the name of a role out of its ARN, acs:ram::ACCOUNT:role/NAME, in which the account may be left open.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// child returns the value of a field of a mapping, nil if there is none.
func child(n *yaml.Node, name string) *yaml.Node {
	for field, value := range fields(n) {
		if field == name {
			return value
		}
	}
	return nil
}

// fields goes through a mapping, and through what it merges behind that. Of anything else it has no fields.
func fields(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		var merged *yaml.Node
		for _, mapping := range []**yaml.Node{&n, &merged} {
			m := followed(*mapping)
			if m == nil || m.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i+1 < len(m.Content); i += 2 {
				name, value := m.Content[i].Value, followed(m.Content[i+1])
				if name == "<<" {
					merged = value
				} else if !yield(name, value) {
					return
				}
			}
		}
	}
}

// items returns what is in a sequence.
func items(n *yaml.Node) []*yaml.Node {
	if n = followed(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	all := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		all[i] = followed(item)
	}
	return all
}

// followed returns what an alias stands for.
func followed(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
