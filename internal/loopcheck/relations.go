package loopcheck

import (
	"iter"
	"slices"

	"github.com/tidwall/gjson"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// Bounds of the relations between the rules of one file.
const (
	maxCompared = 4_000_000 // rules that EarlierCandidates compares
	maxExamples = 1000      // objects that Examples tries for one rule
)

// EarlierCandidates returns the earlier rules that may share an object with a rule, judging by affixes. It returns
// false once the analysis has compared too many rules.
func (a *Analysis) EarlierCandidates(rule int) ([]int, bool) {
	earlier, compared := a.earlierRules(nil, a.enabledRules, rule)
	if a.compared += compared; a.compared > maxCompared {
		return nil, false
	}
	return earlier, true
}

// Contains reports whether every object that can fire the inner rule can fire the outer one. It reports false if it
// cannot tell.
func (a *Analysis) Contains(outer, inner int) bool {
	for at := range a.Examples(inner) {
		if !a.CanFire(outer, at) {
			return false // cheaper than the languages
		}
	}
	rest := a.combine(inner, outer, (*automaton.DFA).Without)
	return rest != nil && rest.Empty() && !a.triggerLanguages[inner].Empty()
}

// MayBothFire reports whether one upload can fire both rules. It reports false if it cannot tell.
func (a *Analysis) MayBothFire(first, second int) bool {
	r, other := &a.set.Rules[first], &a.set.Rules[second]
	if r.Stop || r.Excludes(other, gjson.Result{}, 0) != "" || !shareEvent(r.Events, other.Events) {
		return false
	}
	both := a.combine(first, second, (*automaton.DFA).And)
	return both != nil && !both.Empty()
}

// shareEvent reports whether a documented event that can fire a rule matches both lists of patterns.
func shareEvent(patterns, others []*glob.Pattern) bool {
	return slices.ContainsFunc(ruleset.KnownEvents, func(event string) bool {
		return !ruleset.ComesBeforeObject(event) && ruleset.AnyMatch(patterns, event) && ruleset.AnyMatch(others, event)
	})
}

// combine combines the trigger languages of two rules. It returns nil if a language is too large.
func (a *Analysis) combine(first, second int, op func(d, other *automaton.DFA) (*automaton.DFA, error)) *automaton.DFA {
	d, err := a.TriggerLanguage(first)
	if err != nil {
		return nil
	}
	other, err := a.TriggerLanguage(second)
	if err != nil {
		return nil
	}
	d, _ = op(d, other)
	return d
}

// Examples iterates over a few objects that can fire a rule. There may be others where it finds none.
func (a *Analysis) Examples(rule int) iter.Seq[process.Location] {
	r := &a.set.Rules[rule]
	sources := a.set.Sources
	if sources == nil {
		sources = []ruleset.Source{{Bucket: glob.Literal("uploads")}}
	}
	keys := r.Keys
	if keys == nil {
		keys = []*glob.Pattern{glob.Literal("x")}
	}
	return func(yield func(process.Location) bool) {
		tried := 0
		for k := range sources {
			src := &sources[k]
			for bucket := range examplesOf(append([]*glob.Pattern{src.Bucket}, r.Buckets...)) {
				for key := range examplesOf(keys) {
					if tried++; tried > maxExamples {
						return
					}
					at := process.Location{Bucket: bucket, Key: key}
					if a.CanFire(rule, at) && !yield(at) {
						return
					}
					if at.Key = src.Prefix + key; src.Prefix != "" && a.CanFire(rule, at) && !yield(at) {
						return
					}
				}
			}
		}
	}
}

// examplesOf iterates over texts that some patterns match.
func examplesOf(patterns []*glob.Pattern) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range patterns {
			for example := range p.Examples() {
				if !yield(example) {
					return
				}
			}
		}
	}
}

// MatchesAny reports whether a key pattern matches any of some objects. The error is [automaton.ErrTooLarge].
func (a *Analysis) MatchesAny(pattern *glob.Pattern, objects *automaton.DFA) (bool, error) {
	n := automaton.NewNFA(a.budget)
	defer n.Free()
	addObjects(n, pattern)
	if n.Large() {
		return false, automaton.ErrTooLarge
	}
	return n.Intersects(objects)
}
