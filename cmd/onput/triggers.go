package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/rules"
	"onput/rules/glob"
)

// trigger is what a Serverless Devs file lets start the function, with variables filled in: an OSS trigger, or what one of
// EventBridge says of one prefix.
type trigger struct {
	node                   *yaml.Node // its sourceArn or its pattern
	bucket, prefix, suffix string
	events                 []heard
	narrow                 bool // it is EventBridge's, and may leave out a part of a source
}

// heard is a name of events that a trigger listens to, and where that stands.
type heard struct {
	name string // "ObjectCreated:PutObject"
	node *yaml.Node
}

// compareTriggers warns where the triggers of a Serverless Devs file (s.yaml) and the sources of the rules differ: an upload
// that only one of them names does nothing.
func compareTriggers(file string, set *rules.Set) (rules.Diagnostics, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Load(src, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	triggers, err := triggersOf(&root)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	lines := strings.Split(string(src), "\n")
	var found rules.Diagnostics
	warn := func(n *yaml.Node, format string, args ...any) {
		found = append(found, rules.Diagnostic{
			File: file, Line: n.Line, Column: n.Column, Width: len([]rune(n.Value)), Warning: true,
			Code: "sources-differ", Message: fmt.Sprintf(format, args...), Source: lines[n.Line-1],
		})
	}
	sources := set.Sources()
	told := map[heard]bool{} // the prefixes of one pattern have the same events
	reached := make([]bool, len(sources))
	for _, t := range triggers {
		same := false
		for i, source := range sources {
			bucket, prefix, _ := strings.Cut(source, "/")
			p, err := glob.ParseValue(bucket, false)
			if err == nil && p.Match(t.bucket) && (prefix == t.prefix || t.narrow && strings.HasPrefix(t.prefix, prefix)) {
				same, reached[i] = true, true
			}
		}
		if !same && sources != nil {
			warn(t.node, "the trigger listens to %s/%s, which sources of the rules do not name: %s", t.bucket, t.prefix, strings.Join(sources, ", "))
		}
		for _, e := range t.events {
			if !told[e] && !strings.Contains(e.name, "*") && !set.Listens(e.name) {
				told[e] = true
				warn(e.node, "no rule listens to %s: take it out of the trigger, or name it in events", e.name)
			}
		}
	}
	for i, source := range sources {
		if !reached[i] {
			warn(&yaml.Node{Line: 1, Column: 1}, "no trigger listens to %s, which sources of the rules name", source)
		}
	}
	if len(triggers) == 0 {
		warn(&yaml.Node{Line: 1, Column: 1}, "the file has no trigger for uploads, neither of type oss nor of eventbridge: nothing starts the function")
	}
	return found, nil
}

// triggersOf returns the triggers of every resource that uploads start.
func triggersOf(root *yaml.Node) ([]trigger, error) {
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		root = root.Content[0]
	}
	resources := child(root, "resources")
	if resources == nil {
		return nil, errors.New("no resources: is it a file of Serverless Devs 3?")
	}
	vars := varsOf(root)
	var all []trigger
	for i := 1; i < len(resources.Content); i += 2 {
		list := child(child(resources.Content[i], "props"), "triggers")
		if list == nil {
			continue
		}
		for _, n := range list.Content {
			var found []trigger
			var err error
			switch kind := child(n, "triggerType"); {
			case kind == nil:
			case kind.Value == "oss":
				found, err = ossTrigger(n, vars)
			case kind.Value == "eventbridge":
				found, err = eventBridgeTriggers(n, vars)
			}
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// varsOf returns the vars of a Serverless Devs file, filled in.
func varsOf(root *yaml.Node) map[string]string {
	vars := map[string]string{}
	if v := child(root, "vars"); v != nil {
		for i := 0; i+1 < len(v.Content); i += 2 {
			vars[v.Content[i].Value] = fill(v.Content[i+1].Value, vars)
		}
	}
	return vars
}

// ossTrigger reads a trigger of OSS itself.
func ossTrigger(n *yaml.Node, vars map[string]string) ([]trigger, error) {
	arn := child(n, "sourceArn")
	if arn == nil {
		return nil, errors.New("an oss trigger has no sourceArn")
	}
	bucket := fill(arn.Value, vars)
	t := trigger{node: arn, bucket: bucket[strings.LastIndexByte(bucket, ':')+1:]}
	config := child(n, "triggerConfig")
	key := child(child(config, "filter"), "key")
	if prefix := child(key, "prefix"); prefix != nil {
		t.prefix = fill(prefix.Value, vars)
	}
	if suffix := child(key, "suffix"); suffix != nil {
		t.suffix = fill(suffix.Value, vars)
	}
	if events := child(config, "events"); events != nil {
		for _, e := range events.Content {
			t.events = append(t.events, heard{strings.TrimPrefix(e.Value, "oss:"), e})
		}
	}
	return []trigger{t}, nil
}

// eventPattern is what is read of an event pattern: https://www.alibabacloud.com/help/en/doc-detail/181432.htm
type eventPattern struct {
	Source, Type []string
	Subject      []struct{ Prefix string }
}

// eventBridgeTriggers reads a trigger of EventBridge: one for each prefix in its pattern, none where it listens to something
// other than OSS. A subject is acs:oss:REGION:ACCOUNT:BUCKET/KEY.
func eventBridgeTriggers(n *yaml.Node, vars map[string]string) ([]trigger, error) {
	node := child(child(n, "triggerConfig"), "eventRuleFilterPattern")
	if node == nil {
		return nil, errors.New("an eventbridge trigger has no eventRuleFilterPattern")
	}
	var pattern eventPattern
	if err := json.Unmarshal([]byte(fill(node.Value, vars)), &pattern); err != nil {
		return nil, fmt.Errorf("line %d: eventRuleFilterPattern is not understood: %w; want source and type as lists of names, subject as a list of prefixes", node.Line, err)
	}
	if !slices.Contains(pattern.Source, "acs.oss") {
		return nil, nil
	}
	var events []heard
	for _, name := range pattern.Type {
		events = append(events, heard{strings.TrimPrefix(name, "oss:"), node})
	}
	var all []trigger
	for _, s := range pattern.Subject {
		parts := strings.SplitN(s.Prefix, ":", 5)
		bucket, prefix, ok := strings.Cut(parts[len(parts)-1], "/")
		if len(parts) < 5 || !ok {
			return nil, fmt.Errorf("line %d: subject begins with %q; want acs:oss:REGION:ACCOUNT:BUCKET/PREFIX", node.Line, s.Prefix)
		}
		all = append(all, trigger{node: node, bucket: bucket, prefix: prefix, events: events, narrow: true})
	}
	return all, nil
}

// child returns the value of a field of a mapping, nil if there is none.
func child(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	i := slices.IndexFunc(n.Content, func(c *yaml.Node) bool { return c.Value == name })
	if i < 0 || i%2 == 1 || i+1 == len(n.Content) {
		return nil
	}
	return n.Content[i+1]
}

var (
	envCall = regexp.MustCompile(`\$\{env\(['"](\w+)['"](?:,\s*['"]([^'"]*)['"])?\)\}`)
	varUse  = regexp.MustCompile(`\$\{vars\.(\w+)\}`)
)

// fill replaces ${env('NAME','default')} and ${vars.NAME}, as Serverless Devs does.
func fill(text string, vars map[string]string) string {
	text = envCall.ReplaceAllStringFunc(text, func(s string) string {
		m := envCall.FindStringSubmatch(s)
		if value := os.Getenv(m[1]); value != "" {
			return value
		}
		return m[2]
	})
	return varUse.ReplaceAllStringFunc(text, func(s string) string { return vars[varUse.FindStringSubmatch(s)[1]] })
}
