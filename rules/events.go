package rules

import (
	"strings"

	"onput/internal/glob"
)

// Rules that listen to the same events are a group, so that events are compared once for all of them, at load. A rule file
// has a handful of groups; what is one too many joins the last one, in which each rule compares for itself.

// maxGroups is how many groups an index tells apart.
const maxGroups = 64

// listening says which groups of rules listen to an event.
type listening struct {
	groups [][]*glob.Pattern
	byText map[string]uint8
	known  []uint64 // by knownEvents: a bit for each group

	before      []*glob.Pattern // the events that group was asked for before; nearly all rules share the defaults
	groupBefore uint8
}

func newListening() *listening {
	return &listening{byText: map[string]uint8{}, known: make([]uint64, len(knownEvents))}
}

// group returns the group of the rules that listen to some events.
func (l *listening) group(events []*glob.Pattern) uint8 {
	if len(l.before) == 0 || len(events) != len(l.before) || &events[0] != &l.before[0] {
		l.before, l.groupBefore = events, l.find(events)
	}
	return l.groupBefore
}

// find is group for events that are not those of the rule before.
func (l *listening) find(events []*glob.Pattern) uint8 {
	var b strings.Builder
	for _, p := range events {
		b.WriteString(p.String())
		b.WriteByte(0)
	}
	text := b.String()
	if g, ok := l.byText[text]; ok {
		return g
	}
	g := uint8(len(l.groups))
	last := g == maxGroups-1
	if !last {
		l.byText[text] = g
		l.groups = append(l.groups, events)
	}
	for i, event := range knownEvents {
		if !partial(event) && (last || anyMatch(events, event)) {
			l.known[i] |= 1 << g
		}
	}
	return g
}

// to returns a bit for each group that listens to an event. Events that come before their object is there have none.
func (l *listening) to(event string) uint64 {
	for i, known := range knownEvents {
		if event == known {
			return l.known[i]
		}
	}
	bits := uint64(1) << (maxGroups - 1)
	for g, events := range l.groups {
		if anyMatch(events, event) {
			bits |= 1 << g
		}
	}
	return bits
}
