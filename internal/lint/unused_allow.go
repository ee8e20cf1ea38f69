package lint

import (
	"iter"
	"slices"

	"go.yaml.in/yaml/v4"

	"onput/internal/rulefile"
)

// unusedAllow removes the warnings that the file allows, and warns of codes in allow that silence nothing.
func unusedAllow(p *pass) {
	used := map[allowance]bool{}
	for _, a := range p.allowances() {
		used[a] = false
	}
	if len(used) == 0 {
		return
	}
	for _, own := range []bool{false, true} { // the warnings of this lint are there only after the others are gone
		p.reporter.Warnings = slices.DeleteFunc(p.reporter.Warnings, func(d rulefile.Diagnostic) bool {
			return (d.Code == p.code) == own && p.isAllowed(&d, used)
		})
		for node, a := range p.allowances() {
			if (a.code == p.code) == own && !used[a] {
				p.warnUnused(node, a)
			}
		}
	}
}

// allowance is a code that a rule allows, or the whole file if rule is -1.
type allowance struct {
	rule int
	code string
}

// allowances iterates over all codes in allow.
func (p *pass) allowances() iter.Seq2[*yaml.Node, allowance] {
	return func(yield func(*yaml.Node, allowance) bool) {
		for _, s := range p.file.Allow {
			if !yield(s.Node, allowance{-1, s.Text}) {
				return
			}
		}
		for i := range p.defs {
			for _, s := range p.defs[i].Allow {
				if !yield(s.Node, allowance{i, s.Text}) {
					return
				}
			}
		}
	}
}

// isAllowed reports whether the file, or the rule that a warning is in, allows it. It marks what does as used.
func (p *pass) isAllowed(d *rulefile.Diagnostic, used map[allowance]bool) bool {
	allowed := false
	for _, a := range []allowance{{-1, d.Code}, {p.file.RuleAt(d, p.defs), d.Code}} {
		if _, ok := used[a]; ok {
			used[a], allowed = true, true
		}
	}
	return allowed
}

// warnUnused warns of an allowance that has silenced nothing. It cannot tell if lints ran out of time, if the rule is disabled,
// and for warnings about other files.
func (p *pass) warnUnused(n *yaml.Node, a allowance) {
	where := "the file"
	switch {
	case p.analysis.Spent() != nil:
		return
	case a.rule < 0 && slices.Contains(deploymentCodes, a.code):
		return
	case a.rule >= 0 && !p.set.Rules[a.rule].Enabled:
		return
	case a.rule >= 0:
		where = "rule " + p.set.Rules[a.rule].Name
	}
	p.warn(n, "allow silences nothing, because %s has no warning %s: remove it", where, a.code)
}
