package ruleset

import (
	"strings"

	"onput/internal/glob"
)

// maxEventGroups is how many groups an index can tell apart.
const maxEventGroups = 64

// eventGroups numbers the distinct lists of events that rules have, so that Match compares an event once for all rules with
// the same list. A rule file has a handful. Lists beyond the limit share the last group, whose rules check the event one by one.
type eventGroups struct {
	groups       [][]*glob.Pattern
	numbers      map[string]uint8 // by the texts of the list
	byKnownEvent []uint64         // by index in KnownEvents: a bit for each group
	lastEvents   []*glob.Pattern  // the argument of the last call of group: most rules share the defaults
	lastGroup    uint8
}

func newEventGroups() *eventGroups {
	return &eventGroups{numbers: map[string]uint8{}, byKnownEvent: make([]uint64, len(KnownEvents))}
}

// group returns the group of a list of events.
func (g *eventGroups) group(events []*glob.Pattern) uint8 {
	if len(g.lastEvents) == 0 || len(events) != len(g.lastEvents) || &events[0] != &g.lastEvents[0] {
		g.lastEvents, g.lastGroup = events, g.lookup(events)
	}
	return g.lastGroup
}

// lookup returns the group of a list of events, and creates it if it is new.
func (g *eventGroups) lookup(events []*glob.Pattern) uint8 {
	var b strings.Builder
	for _, p := range events {
		b.WriteString(p.String())
		b.WriteByte(0)
	}
	text := b.String()
	if number, ok := g.numbers[text]; ok {
		return number
	}
	number := uint8(len(g.groups))
	last := number == maxEventGroups-1
	if !last {
		g.numbers[text] = number
		g.groups = append(g.groups, events)
	}
	for i, event := range KnownEvents {
		if !ComesBeforeObject(event) && (last || AnyMatch(events, event)) {
			g.byKnownEvent[i] |= 1 << number
		}
	}
	return number
}

// forEvent returns a bit for each group that has an event, none for an event that comes before its object exists.
func (g *eventGroups) forEvent(event string) uint64 {
	for i, known := range KnownEvents {
		if event == known {
			return g.byKnownEvent[i]
		}
	}
	bits := uint64(1) << (maxEventGroups - 1)
	for number, events := range g.groups {
		if AnyMatch(events, event) {
			bits |= 1 << number
		}
	}
	return bits
}
