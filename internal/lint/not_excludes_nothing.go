package lint

import "strings"

// notExcludesNothing warns of patterns of not that no key of the rule matches.
func notExcludesNothing(p *pass) {
	for r := range p.rules() {
		if !r.Enabled || r.Not == nil || p.suspectsInMatch(&r.def.Match) {
			continue
		}
		without := *r.Rule
		without.Not = nil
		if p.analysis.Spent() != nil { // the budget is spent
			return
		}
		keys, err := p.analysis.LanguageOf(&without)
		if err != nil || keys.Empty() {
			continue
		}
		for i, not := range r.Not {
			excludes, err := p.analysis.MatchesAny(not, keys)
			if err != nil {
				return
			}
			if excludes {
				continue
			}
			hint := "without a / it is held against the base name; a folder at any depth and all below it is written **/" +
				not.String() + "/**"
			if strings.Contains(not.String(), "/") {
				hint = "with a / in it, it is held against the whole key, from the bucket's root; " +
					"a folder and all below it is written a/b/**, at any depth **/b/**"
			}
			p.warn(r.def.Match.Not[i].Node,
				"not: %q leaves nothing out: no key that the rule matches has it; %s", not, hint)
		}
	}
}
