package triggers

import (
	"slices"
	"strings"

	"onput/internal/ruleset"
	"onput/internal/serverlessdevs"
	"onput/internal/text"
)

// furtherEvents are events that triggers know and whose objects no rule can process, or that no page of Function Compute
// lists: https://help.aliyun.com/en/eventbridge/user-guide/oss-events
var furtherEvents = []string{"ObjectCreated:Mirror", "ObjectDownloaded:GetObject"}

// checkEvents reports events of a trigger that do not exist, or that no rule listens to.
func (c *comparison) checkEvents(t *trigger) {
	for _, e := range t.Events {
		c.checkEvent(t, e)
	}
	if named := slices.ContainsFunc(t.Events, func(e serverlessdevs.TriggerEvent) bool { return includes(e.Name, partEvent) }); t.bridged() && !named && t.delivers(partEvent) {
		c.report(t.Pos, "sources-differ", "the pattern also matches %s, so a file that is uploaded in parts invokes the function for each part: list in type the events of the rules, %s",
			partEvent, c.wantedNames())
	}
}

// partEvent is raised for each part of a file that is uploaded in parts.
const partEvent = "ObjectCreated:UploadPart"

// checkEvent reports what is wrong with an event that a trigger names.
func (c *comparison) checkEvent(t *trigger, e serverlessdevs.TriggerEvent) {
	class, name, _ := strings.Cut(e.Name, ":")
	wildcard := name == "*"
	_, qualified := strings.CutPrefix(e.Written, "oss:")
	meant := correctEvent(e.Name)
	switch {
	case wildcard && t.bridged():
		t.meant = append(t.meant, e.Name)
		c.report(e.Pos, "event-pattern", "EventBridge takes %s as it is, and no event has that name: list the events of the rules, %s",
			text.Printable(e.Written), c.wantedNames())
	case !isEvent(class, name) && (!t.bridged() || meant != ""):
		c.reportUnknownEvent(t, e, meant)
	case !isEvent(class, name) && !qualified: // of another service
	case !qualified:
		t.meant = append(t.meant, e.Name)
		c.reportEvent(t, e, "in a trigger, names of events begin with oss:, so write oss:%s", e.Name)
	case wildcard && includes(e.Name, partEvent):
		c.report(e.Pos, "sources-differ", "%s includes UploadPart, so a file that is uploaded in parts invokes the function for each part: list the events of the rules, %s",
			e.Written, c.wantedNames())
	case ruleset.ComesBeforeObject(e.Name) && c.set.Listens(e.Name):
		c.report(e.Pos, "sources-differ", "%s comes before the object exists and fires no rule: remove it from the trigger", e.Name)
	case !wildcard && !c.set.Listens(e.Name), wildcard && !slices.ContainsFunc(ruleset.KnownEvents, func(known string) bool { return includes(e.Name, known) && c.set.Listens(known) }):
		c.report(e.Pos, "sources-differ", "no rule listens to %s: remove it from the trigger, or add it to events", text.Printable(e.Name))
	}
}

// reportUnknownEvent reports a name that is no event, and the one that is meant, "" if that is not known.
func (c *comparison) reportUnknownEvent(t *trigger, e serverlessdevs.TriggerEvent, meant string) {
	if meant == "" {
		t.unclear = true
		c.reportEvent(t, e, "%s is no event of OSS: write the events of the rules, %s", text.Excerpt(e.Written), c.wantedNames())
		return
	}
	t.meant = append(t.meant, meant)
	_, short, _ := strings.Cut(meant, ":")
	c.reportEvent(t, e, "%s is no event of OSS, so the trigger does not deliver %s: did you mean oss:%s?", text.Excerpt(e.Written), short, meant)
}

// reportEvent reports that the name of an event is wrong.
func (c *comparison) reportEvent(t *trigger, e serverlessdevs.TriggerEvent, format string, args ...any) {
	code := "trigger"
	if t.bridged() {
		code = "event-pattern"
	}
	c.report(e.Pos, code, format, args...)
}

// isEvent reports whether OSS has an event of a class and a name, or a wildcard for the events of the class.
func isEvent(class, name string) bool {
	isOne := func(event string) bool { return includes(class+":"+name, event) }
	return slices.ContainsFunc(ruleset.KnownEvents, isOne) || slices.ContainsFunc(furtherEvents, isOne)
}

// correctEvent returns the event that a wrong name is likely to mean, "" if none is.
func correctEvent(name string) string {
	short := name[strings.LastIndexByte(name, ':')+1:]
	if len(short) < 3 {
		return ""
	}
	class, _, hasClass := strings.Cut(strings.TrimPrefix(name, "s3:"), ":")
	for _, alike := range []func(known string) bool{
		func(known string) bool { return strings.EqualFold(known, short) },
		func(known string) bool {
			return len(known) > len(short) && strings.EqualFold(known[:len(short)], short)
		},
		func(known string) bool { return text.Closest(short, []string{known}) != "" },
	} {
		for _, sameClass := range []bool{true, false} {
			for _, event := range ruleset.KnownEvents {
				knownClass, known, _ := strings.Cut(event, ":")
				if (!sameClass || hasClass && knownClass == class) && alike(known) {
					return event
				}
			}
		}
	}
	return ""
}

// wantedNames returns the events that rules listen to by name, as triggers name them.
func (c *comparison) wantedNames() string {
	var names []string
	for _, event := range c.wanted {
		names = append(names, "oss:"+event)
	}
	return strings.Join(names, ", ")
}

// objectEvents returns the events after which there is an object to process.
func objectEvents() []string {
	return slices.DeleteFunc(slices.Clone(ruleset.KnownEvents), func(event string) bool {
		return ruleset.ComesBeforeObject(event) || ruleset.ComesAfterObject(event)
	})
}
