package lint

import (
	"fmt"
	"slices"

	"onput/internal/ruleset"
)

// claimsOff warns if one upload can fire several tasks and the file has no claims. It reports the first such rule.
func claimsOff(p *pass) {
	if p.set.Claims != nil {
		return
	}
	rule, how := p.severalTasks()
	if how == "" {
		return
	}
	p.warn(p.defs[rule].Name.Node, "%s, and a repeated delivery, or a retry after one of them failed, "+
		"fires them again: add claims, such as claims: {bucket: acme-state}", how)
}

// severalTasks returns a rule and how one upload fires several tasks with it, "" if none does or it cannot tell.
func (p *pass) severalTasks() (rule int, how string) {
	for i := range p.set.Rules {
		if r := &p.set.Rules[i]; r.Enabled && len(r.Outputs) > 1 && !repeatsWithoutHarm(r) {
			return i, fmt.Sprintf("one upload fires %d processes of rule %s", len(r.Outputs), r.Name)
		}
	}
	pairs := 0
	for i := range p.set.Rules {
		if !p.set.Rules[i].Enabled {
			continue
		}
		earlier, ok := p.analysis.EarlierCandidates(i)
		if !ok {
			return 0, ""
		}
		for _, j := range slices.Backward(earlier) { // the nearest is the most likely
			if pairs++; pairs > maxPairs {
				return 0, ""
			}
			if repeatsWithoutHarm(&p.set.Rules[i]) && repeatsWithoutHarm(&p.set.Rules[j]) {
				continue
			}
			if p.analysis.MayBothFire(j, i) {
				return i, fmt.Sprintf("one upload can fire both rule %s and rule %s", p.set.Rules[j].Name, p.set.Rules[i].Name)
			}
		}
	}
	return 0, ""
}

// repeatsWithoutHarm reports whether all tasks of a rule are synchronous: repeated, they write the same object again.
func repeatsWithoutHarm(r *ruleset.Rule) bool {
	return !slices.ContainsFunc(r.Outputs, func(o ruleset.Output) bool { return !o.Synchronous })
}
