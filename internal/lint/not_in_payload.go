package lint

import (
	"strings"

	"onput/internal/ruleset"
)

// notInPayload warns of conditions on fields that not every event has, once for each field.
func notInPayload(p *pass) {
	reported := map[string]bool{} // by path, "" for type
	for r := range p.rules() {
		m := &r.def.Match
		if len(m.Types) > 0 && !reported[""] {
			reported[""] = true
			p.warn(m.Types[0].Node, "events without oss.object.objectMeta have no type and never match here: "+
				"match the key's extension instead, if that is enough")
		}
		for _, w := range m.Where {
			if ruleset.InEveryEvent(w.Path.Text) || reported[w.Path.Text] {
				continue
			}
			reported[w.Path.Text] = true
			meant := ruleset.MeantField(w.Path.Text)
			if name, ok := strings.CutPrefix(meant, ruleset.UserMetadata+".x-oss-meta-"); ok {
				p.warn(w.Path.Node, "no documented event has %s; did you mean %s? The condition meta: {%s: …} asks OSS where an event lacks it",
					w.Path.Text, meant, name)
			} else if meant != "" {
				p.warn(w.Path.Node, "no documented event has %s; did you mean %s?", w.Path.Text, meant)
			} else {
				p.warn(w.Path.Node, "not every event has %s, and events without it never match here: "+
					"run onput explain on one of your events to see what it has", w.Path.Text)
			}
		}
	}
}
