package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
)

// event warns of events that no documented event matches, and of events whose objects cannot be processed.
func event(p *pass) {
	check := func(list []rulefile.Scalar) {
		for _, s := range list {
			if pattern, err := glob.ParseValue(ruleset.QualifyEvent(s.Text), false); err == nil {
				p.checkEvent(s, pattern)
			}
		}
	}
	check(p.file.Defaults.Events)
	for r := range p.rules() {
		check(r.def.Match.Events)
	}
}

// checkEvent warns of one entry of events.
func (p *pass) checkEvent(s rulefile.Scalar, pattern *glob.Pattern) {
	var matched []string
	for _, known := range ruleset.KnownEvents {
		if pattern.Match(known) {
			matched = append(matched, known)
		}
	}
	if matched == nil {
		hint := ""
		meant := cmp.Or(text.Closest(s.Text, ruleset.KnownEvents), text.Closest("ObjectCreated:"+s.Text, ruleset.KnownEvents))
		if meant != "" {
			hint = fmt.Sprintf("; did you mean %s?", strings.TrimPrefix(meant, "ObjectCreated:"))
		}
		p.warn(s.Node, "no documented event matches %s%s", s.Text, hint)
		return
	}
	if !slices.ContainsFunc(matched, func(e string) bool { return whyNoObject(e) == "" }) {
		p.warn(s.Node, "%s %s: remove it", s.Text, whyNoObject(matched[0]))
	}
}

// whyNoObject returns why the object of an event cannot be processed, "" if it can.
func whyNoObject(event string) string {
	switch {
	case ruleset.ComesBeforeObject(event):
		return "comes before the object exists and never fires"
	case ruleset.ComesAfterObject(event):
		return "comes after the object is gone, so there is nothing to process"
	}
	return ""
}
