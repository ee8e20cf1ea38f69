package triggers

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/internal/text"
)

// eventCauses say when OSS raises an event.
var eventCauses = map[string]string{
	"ObjectCreated:PutObject":               "is uploaded in one request",
	"ObjectCreated:PostObject":              "is posted with a form",
	"ObjectCreated:CompleteMultipartUpload": "is uploaded in parts, as large files are",
	"ObjectCreated:CopyObject":              "is copied",
	"ObjectCreated:AppendObject":            "is appended to",
	"ObjectCreated:PutSymlink":              "is a symbolic link",
}

// missingEvents are events that a trigger leaves out, with one example for all.
type missingEvents struct {
	example
	events []string
}

// checkMissingEvents reports events that rules listen to by name and that no trigger delivers, although one delivers other
// events of the same objects.
func (c *comparison) checkMissingEvents() error {
	leftOut := map[string][]*automaton.DFA{} // by event: objects for which it was reported
	for _, t := range c.triggers {
		if t.unclear {
			continue
		}
		var groups []*missingEvents
		var err error
		for _, event := range objectEvents() {
			if t.delivers(event) {
				continue
			}
			var found bool
			if found, err = c.checkMissingEvent(t, event, leftOut[event], &groups); err != nil {
				break
			}
			if found {
				leftOut[event] = append(leftOut[event], t.objects)
			}
		}
		for _, g := range groups {
			c.reportMissingEvents(t, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkMissingEvent adds an event to the groups if rules listen to it, and t delivers objects that fire them for other events.
func (c *comparison) checkMissingEvent(t *trigger, event string, leftOut []*automaton.DFA, groups *[]*missingEvents) (found bool, err error) {
	listens := func(r *ruleset.Rule) bool { return listensByName(r, event) }
	elsewhere := slices.Clone(leftOut)
	for _, other := range c.triggers {
		if other.delivers(event) {
			elsewhere = append(elsewhere, other.objects)
		}
	}
	for _, g := range *groups {
		delivered := slices.ContainsFunc(elsewhere, func(d *automaton.DFA) bool { return d.Has(g.object) })
		if !delivered && c.firedBy(g.object, listens) == g.rule {
			g.events = append(g.events, event)
			return true, nil
		}
	}
	for i := range c.set.Rules {
		if !listens(&c.set.Rules[i]) {
			continue
		}
		objects, err := c.analysis.LanguageIgnoringStops(i)
		if err == nil {
			objects, err = objects.And(t.objects)
		}
		for _, d := range elsewhere {
			if err == nil {
				objects, err = objects.Without(d)
			}
		}
		if err != nil {
			return false, err
		}
		if objects.Empty() {
			continue
		}
		if e, ok := c.exampleOf(objects, listens); ok {
			*groups = append(*groups, &missingEvents{e, []string{event}})
			return true, nil
		}
	}
	return false, nil
}

func (c *comparison) reportMissingEvents(t *trigger, g *missingEvents) {
	var short, full, causes []string
	for _, event := range g.events {
		_, name, _ := strings.Cut(event, ":")
		short, full = append(short, name), append(full, "oss:"+event)
		if cause := eventCauses[event]; cause != "" {
			causes = append(causes, cause)
		}
	}
	when := ""
	if causes != nil {
		when = " when it " + text.JoinOr(causes)
	}
	at := t.Pos
	if len(t.Events) > 0 {
		at = t.Events[0].Pos
	}
	c.report(at, "sources-differ", "the trigger leaves out %s, so %s does not fire rule %s%s: add %s",
		text.JoinAnd(short), shown(g.object), g.rule, when, text.JoinAnd(full))
}
