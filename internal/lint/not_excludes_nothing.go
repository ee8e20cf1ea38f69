package lint

import "strings"

// notExcludesNothing warns of patterns of not that no key of the rule matches.
func notExcludesNothing(p *pass) {
	for r := range p.rules() {
		if !r.Enabled || r.Not == nil {
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
			hint := "a pattern without / is matched against the base name; for a folder at any depth and everything below it, write **/" +
				not.String() + "/**"
			if strings.Contains(not.String(), "/") {
				hint = "a pattern with / is matched against the whole key, from the bucket's root; " +
					"for a folder and everything below it, write a/b/**, or **/b/** at any depth"
			}
			p.warn(r.def.Match.Not[i].Node,
				"not: %q excludes nothing, because it matches no key that the rule matches; %s", not, hint)
		}
	}
}
