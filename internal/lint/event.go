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
		p.warn(s.Node, "no documented event matches %s; %s", cmp.Or(text.QuoteIfAny(s.Text, " "), `""`), meantEvent(s.Text))
		return
	}
	if !slices.ContainsFunc(matched, func(e string) bool { return whyNoObject(e) == "" }) {
		p.warn(s.Node, "%s %s: remove it", s.Text, whyNoObject(matched[0]))
	}
}

// meantEvent returns the advice for a name of an event that matches no documented one.
func meantEvent(name string) string {
	if meant := ruleset.MeantEvent(name); meant != "" {
		return fmt.Sprintf("did you mean %s?", meant)
	}
	var useful []string
	for _, known := range ruleset.KnownEvents {
		if whyNoObject(known) == "" && strings.HasPrefix(known, "ObjectCreated:") {
			useful = append(useful, known)
		}
	}
	short := strings.TrimPrefix(name, "ObjectCreated:")
	if meant := cmp.Or(text.Closest("ObjectCreated:"+short, useful), text.Closest(name, ruleset.KnownEvents)); meant != "" && len(short) > 4 {
		return fmt.Sprintf("did you mean %s?", strings.TrimPrefix(meant, "ObjectCreated:"))
	}
	for i := range useful {
		useful[i] = strings.TrimPrefix(useful[i], "ObjectCreated:")
	}
	return "use " + text.JoinOr(useful) + ", or leave events out"
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
