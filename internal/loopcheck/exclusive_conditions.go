package loopcheck

import (
	"slices"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// excludeEachOther reports whether no upload can meet the conditions of both rules on its size, event and type.
func (a *Analysis) excludeEachOther(r, other *ruleset.Rule) bool {
	return r.Size != nil && other.Size != nil && (r.Size.Max < other.Size.Min || other.Size.Max < r.Size.Min) ||
		!shareEvent(r.Events, other.Events) ||
		r.Types != nil && other.Types != nil && a.disjoint(r.Types, other.Types)
}

// shareEvent reports whether a documented event that can fire a rule matches both lists of patterns.
func shareEvent(patterns, others []*glob.Pattern) bool {
	return slices.ContainsFunc(ruleset.KnownEvents, func(event string) bool {
		return !ruleset.ComesBeforeObject(event) && ruleset.AnyMatch(patterns, event) && ruleset.AnyMatch(others, event)
	})
}

// disjoint reports whether no value matches both lists of patterns. It reports false if it cannot tell.
func (a *Analysis) disjoint(patterns, others []*glob.Pattern) bool {
	values, err := a.languageOfAny(patterns)
	if err != nil {
		return false
	}
	otherValues, err := a.languageOfAny(others)
	if err != nil {
		return false
	}
	both, err := values.And(otherValues)
	return err == nil && both.Empty()
}
