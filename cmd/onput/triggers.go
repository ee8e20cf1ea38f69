package main

import (
	"fmt"
	"os"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/glob"
	"onput/rules"
)

// compareTriggers warns where the triggers of a Serverless Devs file (s.yaml) and the sources of the rules differ: an upload
// that only one of them names does nothing.
func compareTriggers(file string, set *rules.Set) (rules.Diagnostics, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	deployments, err := parseDeployments(file, src)
	if err != nil {
		return nil, err
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
	reached := make([]bool, len(sources))
	triggers := 0
	for _, t := range triggersOf(deployments) {
		for _, p := range t.places {
			triggers++
			same := false
			for i, source := range sources {
				is := t.reaches(p, source)
				same = same || is
				reached[i] = reached[i] || is || p.bucket == "*" // which is more than the source
			}
			if !same && sources != nil {
				warn(t.node, "the trigger listens to %s/%s, which sources of the rules do not name: %s", p.bucket, p.prefix, strings.Join(sources, ", "))
			}
		}
		for _, e := range t.events {
			if !strings.Contains(e.name, "*") && !set.Listens(e.name) {
				warn(e.node, "no rule listens to %s: take it out of the trigger, or name it in events", e.name)
			}
		}
	}
	for i, source := range sources {
		if !reached[i] {
			warn(&yaml.Node{Line: 1, Column: 1}, "no trigger listens to %s, which sources of the rules name", source)
		}
	}
	if triggers == 0 {
		warn(&yaml.Node{Line: 1, Column: 1}, "the file has no trigger for uploads, neither of type oss nor of eventbridge: nothing starts the function")
	}
	return found, nil
}

// triggersOf returns the triggers of all functions that tell of uploads.
func triggersOf(deployments []deployment) []trigger {
	var all []trigger
	for _, d := range deployments {
		for _, t := range d.triggers {
			if len(t.places) > 0 {
				all = append(all, t)
			}
		}
	}
	return all
}

// reaches reports whether a place of a trigger is a source of the rules. EventBridge's, of which a trigger has several, may
// leave out a part of it.
func (t *trigger) reaches(p place, source string) bool {
	bucket, prefix, _ := strings.Cut(source, "/")
	g, err := glob.ParseValue(bucket, false)
	return err == nil && g.Match(p.bucket) && (prefix == p.prefix || t.kind == "eventbridge" && strings.HasPrefix(p.prefix, prefix))
}
