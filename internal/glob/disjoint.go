package glob

import (
	"slices"

	"onput/internal/automaton"
)

// Bounds of [Disjoint]. A list of ordinary globs takes less than a hundredth of them.
const (
	disjointSteps = 2_000_000
	disjointBytes = 16 << 20
)

// Disjoint reports whether no text matches a pattern of both lists. It reports false if the lists are too large to tell.
func Disjoint(a, b []*Pattern) bool {
	for _, p := range a {
		for example := range p.Examples() { // cheaper than the languages
			if slices.ContainsFunc(b, func(p *Pattern) bool { return p.Match(example) }) {
				return false
			}
		}
	}
	budget := automaton.NewBudget(disjointSteps, disjointBytes)
	all := automaton.NewNFA(budget)
	defer all.Free()
	for _, p := range a {
		all.Accept(p.AddTo(all, 0))
	}
	d, err := all.Deterministic()
	if err != nil {
		return false
	}
	other := automaton.NewNFA(budget)
	defer other.Free()
	for _, p := range b {
		other.Accept(p.AddTo(other, 0))
	}
	common, err := other.Intersects(d)
	return err == nil && !common
}
