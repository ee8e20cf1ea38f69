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
	known := map[string]*automaton.DFA{} // by event: objects of which it is delivered, or reported as missing
	for _, t := range c.triggers {
		if t.unclear {
			continue
		}
		groups, err := c.missingEventsOf(t, known)
		for _, g := range groups {
			c.reportMissingEvents(t, g)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// missingEventsOf returns the events that a trigger leaves out, and adds its objects to those that are known.
func (c *comparison) missingEventsOf(t *trigger, known map[string]*automaton.DFA) (groups []*missingEvents, err error) {
	for _, event := range c.wanted {
		if t.delivers(event) {
			continue
		}
		if known[event] == nil {
			if known[event], err = c.objectsWith(event); err != nil {
				return groups, err
			}
		}
		e, ok, err := c.missingExample(t, event, known[event], groups)
		if err != nil {
			return groups, err
		}
		if !ok {
			continue
		}
		if last := slices.IndexFunc(groups, func(g *missingEvents) bool { return g.example == e }); last >= 0 {
			groups[last].events = append(groups[last].events, event)
		} else {
			groups = append(groups, &missingEvents{e, []string{event}})
		}
		if known[event], err = c.union([]*automaton.DFA{known[event], t.objects}); err != nil {
			return groups, err
		}
	}
	return groups, nil
}

// objectsWith returns the objects of which triggers deliver an event.
func (c *comparison) objectsWith(event string) (*automaton.DFA, error) {
	var all []*automaton.DFA
	for _, t := range c.triggers {
		if t.delivers(event) {
			all = append(all, t.objects)
		}
	}
	return c.union(all)
}

// missingExample returns an object that a trigger delivers for other events and that fires a rule which listens to an event,
// if it is not known. It prefers an example of the groups. It reports false if there is none.
func (c *comparison) missingExample(t *trigger, event string, known *automaton.DFA, groups []*missingEvents) (e example, ok bool, err error) {
	listens := func(r *ruleset.Rule) bool { return listensByName(r, event) }
	for _, g := range groups {
		if !known.Has(g.object) && c.firedBy(g.object, listens) == g.rule {
			return g.example, true, nil
		}
	}
	rest, err := t.objects.Without(known)
	if err != nil || rest.Empty() {
		return example{}, false, err
	}
	for i := range c.set.Rules {
		if !listens(&c.set.Rules[i]) {
			continue
		}
		objects, err := c.analysis.LanguageIgnoringStops(i)
		if err != nil {
			return example{}, false, err
		}
		missing, err := c.and(objects, rest)
		if err != nil {
			return example{}, false, err
		}
		if e, ok := c.exampleOf(missing, listens); ok {
			return e, true, nil
		}
		missing.Free()
	}
	return example{}, false, nil
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
