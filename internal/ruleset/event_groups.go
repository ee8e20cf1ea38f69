package ruleset

import (
	"slices"
	"strings"

	"onput/internal/glob"
)

// eventGroups numbers the distinct lists of events of the rules, so that Match compares an event once for all rules with the
// same list. Lists beyond maxEventGroups share the last group, whose rules compare the event one by one.
type eventGroups struct {
	groups       [][]*glob.Pattern
	numbers      map[string]uint8 // by the texts of the list
	byKnownEvent []uint64         // by index in KnownEvents: a bit for each group
}

// maxEventGroups is the number of groups that a key index can tell apart.
const maxEventGroups = 64

func newEventGroups() *eventGroups {
	return &eventGroups{numbers: map[string]uint8{}, byKnownEvent: make([]uint64, len(KnownEvents))}
}

// group returns the group of a list of events. It creates the group if it is new.
func (g *eventGroups) group(events []*glob.Pattern) uint8 {
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

// forEvent returns a bit for each group that contains an event. It returns 0 for an event that precedes its object.
func (g *eventGroups) forEvent(event string) uint64 {
	if i := slices.Index(KnownEvents, event); i >= 0 {
		return g.byKnownEvent[i]
	}
	bits := uint64(1) << (maxEventGroups - 1)
	for number, events := range g.groups {
		if AnyMatch(events, event) {
			bits |= 1 << number
		}
	}
	return bits
}
