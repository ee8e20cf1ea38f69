package loopcheck

import (
	"slices"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// Steps and bytes that a candidate takes here and in cyclicComponents, that remembering an exclusion takes, and bytes of
// the affixes of a result.
const (
	edgeSteps, edgeBytes           = 20, 40
	exclusionSteps, exclusionBytes = 50, 200
	resultBytes                    = 40
)

// candidateEdges returns, by rule, the rules that its outputs may trigger as far as affixes, buckets and not tell. Rules
// that are not enabled are on neither side. tooManyAt is a rule at which there were too many of them, -1 if there is none.
func (a *Analysis) candidateEdges() (edges map[int][]int, tooManyAt int) {
	s := a.set
	edges = map[int][]int{}
	var overlapping []int
	lastTriggeredBy := make([]int, len(s.Rules)) // by rule, counted from 1
	for i := range s.Rules {
		r := &s.Rules[i]
		for k := range r.Outputs {
			o := &r.Outputs[k]
			if !r.Enabled || o.Target == nil || len(o.Target.Key.Parts) == 0 || !s.MayBeSource(o.Target) {
				continue
			}
			for _, key := range a.resultAffixes(i, o) {
				overlapping = a.appendOverlapping(overlapping[:0], a.enabledRules, key)
				for _, j := range overlapping {
					to := &s.Rules[j]
					if lastTriggeredBy[j] != i+1 && to.MatchesTargetBucket(o.Target) && !a.excludedByNot(r, o, to) {
						lastTriggeredBy[j] = i + 1
						edges[i] = append(edges[i], j)
						a.budget.Spend(edgeSteps, edgeBytes)
					}
				}
				if a.budget.Spend(len(overlapping), 0) != nil {
					break
				}
			}
			if a.Spent() != nil {
				return nil, i
			}
		}
	}
	for _, to := range edges {
		slices.Sort(to)
	}
	return edges, -1
}

// resultAffixes returns the affixes of the keys that an output of a rule writes, as far as they may be in sources. The
// result is valid until the next call.
func (a *Analysis) resultAffixes(rule int, o *ruleset.Output) []affixes {
	all := a.results[:0]
	for _, source := range a.affixes[rule] {
		if a.budget.Spend(affixSteps+len(a.sourcePrefixes), resultBytes) != nil {
			break // the caller finds the budget spent
		}
		if key := a.outputAffixes(o, source); a.mayBeSource(o.Target, key) {
			all = append(all, key)
		}
	}
	a.results = all
	return slices.Compact(all)
}

// mayBeSource reports whether sources may include a target whose keys have some affixes.
func (a *Analysis) mayBeSource(t *ruleset.Target, key affixes) bool {
	bucket, fixed := t.FixedBucket()
	for i, prefix := range a.sourcePrefixes {
		if eitherIsPrefix(prefix, key.prefix) && (!fixed || a.set.Sources[i].Bucket.Match(bucket)) {
			return true
		}
	}
	return a.set.Sources == nil
}

// exclusions remembers which not excludes all that an output can write. Many rules share both.
type exclusions struct {
	known   map[exclusionKey]bool
	steps   int // spent on the languages, up to half of the budget: not rules out no candidate then
	bytes   int // likewise
	last    exclusionKey
	results *automaton.NFA // of the last output; nil if too large
	rest    *automaton.DFA // what the last not leaves; nil if too large
}

// exclusionKey identifies a question of excludedByNot.
type exclusionKey struct {
	output outputKey
	not    notKey
}

// outputKey identifies what an output writes for any source object.
type outputKey struct {
	target *ruleset.Target
	format string
	rule   *ruleset.Rule // nil unless the target depends on its captures
}

// excludedByNot reports whether the not of a rule excludes all that an output of another can write, for any source
// object. It reports false if it cannot tell: the exact edges decide then.
func (a *Analysis) excludedByNot(from *ruleset.Rule, o *ruleset.Output, to *ruleset.Rule) bool {
	if to.Not == nil {
		return false
	}
	key := exclusionKey{outputKey{target: o.Target, format: o.Format()}, notKeyOf(to)}
	if from.UsesCaptures {
		key.output.rule = from
	}
	e := &a.exclusions
	a.budget.Spend(20, 50+len(key.not.patterns))
	steps, bytes := a.budget.Left()
	excluded, known := e.known[key]
	if known || e.steps > steps || e.bytes > bytes {
		return excluded
	}
	defer func() {
		stepsLeft, bytesLeft := a.budget.Left()
		e.steps, e.bytes = e.steps+steps-stepsLeft, e.bytes+bytes-bytesLeft
	}()
	shared, err := a.sharedLanguages()
	if err != nil {
		return false
	}
	if e.last.output != key.output {
		if e.results != nil {
			e.results.Free()
		}
		e.results, _ = outputLanguageOf(from, o, shared.objects)
	}
	if e.last.not != key.not {
		if e.rest != nil {
			e.rest.Free()
		}
		e.rest, _ = a.LanguageOf(&ruleset.Rule{Not: to.Not, IgnoreCase: to.IgnoreCase})
	}
	e.last = key
	if e.results != nil && e.rest != nil {
		intersects, err := e.results.Intersects(e.rest)
		excluded = !intersects && err == nil
	}
	a.budget.Spend(exclusionSteps, exclusionBytes)
	e.known[key] = excluded
	return excluded
}
