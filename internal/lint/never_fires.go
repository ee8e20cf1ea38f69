package lint

import (
	"strings"

	"onput/internal/ruleset"
)

// neverFires warns of rules that no object can fire.
func neverFires(p *pass) {
rules:
	for i := range p.set.Rules {
		r := &p.set.Rules[i]
		if !r.Enabled {
			continue
		}
		for range p.analysis.Examples(i) {
			continue rules // one is enough, and cheaper than the languages
		}
		why := ""
		if objects, err := p.analysis.LanguageIgnoringStops(i); err != nil {
			continue
		} else if objects.Empty() {
			why = p.whyNever(r)
		} else if objects, err := p.analysis.TriggerLanguage(i); err == nil && objects.Empty() {
			why = p.stopRuleNames(i) + " stops before it for all of its keys"
		}
		if why != "" {
			p.warn(p.defs[i].Name.Node, "rule %s can never fire: %s", r.Name, why)
		}
	}
}

// whyNever returns the condition that leaves a rule without objects.
func (p *pass) whyNever(r *ruleset.Rule) string {
	withoutNot, withoutPrefix, withoutSuffix := *r, *r, *r
	withoutNot.Not, withoutPrefix.Prefixes, withoutSuffix.Suffixes = nil, nil, nil
	for _, c := range []struct {
		rule ruleset.Rule
		why  string
	}{
		{withoutNot, "its not excludes every key that it matches"},
		{withoutPrefix, "no key that it matches has its prefix"},
		{withoutSuffix, "no key that it matches has its suffix"},
	} {
		if objects, err := p.analysis.LanguageOf(&c.rule); err == nil && !objects.Empty() {
			return c.why
		}
	}
	if p.set.Sources != nil {
		if keys, err := p.analysis.LanguageIgnoringSources(r); err == nil && !keys.Empty() {
			return "its keys or buckets are not in sources"
		}
	}
	return "its conditions exclude each other"
}

// stopRuleNames names the rules that may stop uploads of a rule.
func (p *pass) stopRuleNames(rule int) string {
	var names []string
	for _, i := range p.analysis.StopRulesBefore(rule) {
		names = append(names, p.set.Rules[i].Name)
	}
	if len(names) == 1 {
		return "rule " + names[0]
	}
	return "one of rules " + strings.Join(names, ", ")
}
