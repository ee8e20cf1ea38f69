package lint

import (
	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// SameTargets reports outputs that write the same target for every upload of one of their rules, so that one result
// overwrites the other.
//
// It is the one error of this package, which otherwise warns. It is here because it compares targets as [sharedTarget] does.
// Loading runs it without the lints.
func SameTargets(r *rulefile.Reporter, f *rulefile.File, s *ruleset.Set, a *loopcheck.Analysis) {
	p := &pass{reporter: r, file: f, set: s, analysis: a}
	for pair := range p.targetPairs() {
		switch {
		case pair.rule == pair.earlier:
			r.Error(pair.node(p), "same-target",
				"outputs %d and %d of rule %s write the same target: change one of them",
				pair.earlierOutput+1, pair.output+1, s.Rules[pair.rule].Name)
		case p.alwaysBothFire(pair.earlier, pair.rule):
			r.Error(pair.node(p), "same-target", "rules %s and %s write the same target for the same upload: "+
				"change one of them, or add stop to the first rule", s.Rules[pair.earlier].Name, s.Rules[pair.rule].Name)
		}
	}
}

// alwaysBothFire reports whether both rules, the first before the second, fire for every upload that fires one of them.
func (p *pass) alwaysBothFire(first, second int) bool {
	a, b := &p.set.Rules[first], &p.set.Rules[second]
	return !a.Stop && (b.DecidedByLocation() && a.DefaultEvents && p.analysis.Contains(second, first) ||
		a.DecidedByLocation() && b.DefaultEvents && p.analysis.Contains(first, second))
}
