package rules

import (
	"math"
	"slices"

	"onput/internal/ruleset"
)

// maxCombined is the number of rules among which combinations are looked for.
const maxCombined = 200

// exclusion returns a fact on which what is assumed for two rules contradicts itself, "" if one upload may fire both.
type exclusion func(a, b *ruleset.Rule, e *Explanation) string

// noExclusion takes all rules for compatible.
func noExclusion(a, b *ruleset.Rule, e *Explanation) string { return "" }

// excludes compares the conditions on facts that are not given.
func excludes(a, b *ruleset.Rule, e *Explanation) string {
	if e.Given == GivenAll {
		return ""
	}
	return a.Excludes(b, e.Upload.Record, e.Given)
}

// combinations returns the rules of fired that one upload can fire together. It returns nil if one upload can fire all of them.
func combinations(fired []*ruleset.Rule, e *Explanation, excludes exclusion) (all []Combination) {
	byEvent := false
	groups := ruleset.Together(min(len(fired), maxCombined), func(i, j int) bool {
		fact := excludes(fired[i], fired[j], e)
		byEvent = byEvent || fact == "event"
		return fact != ""
	})
	for _, members := range groups {
		all = append(all, combine(fired, members, e, byEvent))
	}
	return all
}

// combine returns the combination of some rules of fired. With byEvent, it names the events of all of them.
func combine(fired []*ruleset.Rule, members []int, e *Explanation, byEvent bool) (c Combination) {
	add := func(assumed ...string) {
		for _, a := range assumed {
			if !slices.Contains(c.Assumed, a) {
				c.Assumed = append(c.Assumed, a)
			}
		}
	}
	size := ruleset.SizeRange{Max: math.MaxInt64}
	for _, m := range members {
		r := *fired[m]
		c.Rules = append(c.Rules, r.Name)
		if r.Size != nil { // of several ranges, what they share
			size.Min, size.Max = max(size.Min, r.Size.Min), min(size.Max, r.Size.Max)
			r.Size = nil
		}
		if byEvent {
			add(eventAssumption(&r))
		}
		add(conditionsAssumed(&r, &e.Upload, e.Given)...)
	}
	if !e.Given.Has(GivenSize) && size != (ruleset.SizeRange{Max: math.MaxInt64}) {
		add("size is " + sizeWords(&size))
	}
	return c
}
