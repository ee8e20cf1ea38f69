package loopcheck

import (
	"iter"
	"slices"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// Relations between rules: which objects fire one, both, or none of them.

const (
	maxCompared = 4_000_000 // rules that EarlierCandidates returns, in all
	maxExamples = 1000      // objects that Examples tries
)

// EarlierCandidates returns the rules before a rule that one key may fire as well, as far as the literal ends of their keys
// tell. It reports false once the analysis has compared too many rules.
func (a *Analysis) EarlierCandidates(rule int) ([]int, bool) {
	var rules []int
	for _, ends := range a.ruleAffixes(rule) {
		rules = a.candidateRules(a.affixIndex(), rules, ends)
	}
	if a.compared += len(rules); a.compared > maxCompared {
		return nil, false
	}
	slices.Sort(rules)
	n, _ := slices.BinarySearch(rules, rule)
	return slices.Compact(rules[:n]), true
}

// Contains reports whether every object that can fire the inner rule can fire the outer one. It reports false if it cannot tell.
func (a *Analysis) Contains(outer, inner int) bool {
	for at := range a.Examples(inner) {
		if !a.CanFire(outer, at) {
			return false // cheaper than the languages
		}
	}
	in, err := a.TriggerLanguage(inner)
	if err != nil {
		return false
	}
	out, err := a.TriggerLanguage(outer)
	if err != nil {
		return false
	}
	rest, err := in.Without(out)
	return err == nil && rest.Empty() && !in.Empty()
}

// MayBothFire reports whether one object can fire both rules. It reports false if it cannot tell.
func (a *Analysis) MayBothFire(first, second int) bool {
	if a.set.Rules[first].Stop {
		return false
	}
	one, err := a.TriggerLanguage(first)
	if err != nil {
		return false
	}
	other, err := a.TriggerLanguage(second)
	if err != nil {
		return false
	}
	both, err := one.And(other)
	return err == nil && !both.Empty()
}

// LanguageIgnoringSources is LanguageOf if sources allowed every object.
func (a *Analysis) LanguageIgnoringSources(r *ruleset.Rule) (*automaton.DFA, error) {
	anywhere := *a
	anywhere.sourceLanguage = nil
	return anywhere.LanguageOf(r)
}

// Examples iterates over a few objects that fire the rule. It may find none although there are some.
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

// MatchesAny reports whether a pattern of keys matches any object of a language. The error is automaton.ErrTooLarge.
func (a *Analysis) MatchesAny(pattern *glob.Pattern, objects *automaton.DFA) (bool, error) {
	n := automaton.NewNFA()
	n.Accept(pattern.AddTo(n, n.Text(n.Repeat(0, bucketNameSymbols...), "/")))
	matches, work := n.Intersects(objects)
	return matches, a.Charge(work)
}
