package loopcheck

import (
	"slices"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// candidateEdges returns, by rule, the rules that its outputs may trigger as far as affixes, buckets and not tell. Rules
// that are not enabled are on neither side. tooManyAt is a rule at which there were too many of them, -1 if there is none.
func (a *Analysis) candidateEdges() (edges map[int][]int, tooManyAt int) {
	s := a.set
	edges = map[int][]int{}
	var overlapping []int
	comparisons, count := 0, 0
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
				if comparisons += len(overlapping); comparisons > maxComparisons {
					return nil, i
				}
				for _, j := range overlapping {
					to := &s.Rules[j]
					if lastTriggeredBy[j] != i+1 && to.MatchesTargetBucket(o.Target) && !a.excludedByNot(r, o, to) {
						lastTriggeredBy[j] = i + 1
						edges[i] = append(edges[i], j)
						count++
					}
				}
				if count > maxCandidateEdges {
					return nil, i
				}
			}
		}
	}
	for _, to := range edges {
		slices.Sort(to)
	}
	return edges, -1
}

// resultAffixes returns the affixes of the keys that an output of a rule writes, as far as they may be in sources.
func (a *Analysis) resultAffixes(rule int, o *ruleset.Output) []affixes {
	var all []affixes
	for _, source := range a.affixes[rule] {
		if key := a.outputAffixes(o, source); a.mayBeSource(o.Target, key) {
			all = append(all, key)
		}
	}
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
	states  int // spent on the languages, up to maxExclusionStates
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
	excluded, known := e.known[key]
	if known || e.states > maxExclusionStates {
		return excluded
	}
	shared, err := a.sharedLanguages()
	if err != nil {
		return false
	}
	if e.last.output != key.output {
		e.results, _ = outputLanguageOf(from, o, shared.objects)
	}
	if e.last.not != key.not {
		e.rest, _ = a.LanguageOf(&ruleset.Rule{Not: to.Not, IgnoreCase: to.IgnoreCase})
	}
	e.last = key
	if e.results != nil && e.rest != nil {
		intersects, pairs := e.results.Intersects(e.rest)
		e.states += e.results.Size() + e.rest.Size() + pairs
		excluded = !intersects
	}
	e.known[key] = excluded
	return excluded
}
