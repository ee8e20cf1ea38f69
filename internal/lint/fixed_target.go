package lint

import (
	"slices"
	"strings"

	"onput/internal/ruleset"
)

// fixedTarget warns of a target that is the same for every upload.
func fixedTarget(p *pass) {
	for o := range p.outputs() {
		if o.Target == nil || o.def.Key == nil || p.suspects[o.def.Key.Node] || isForOneKey(o.rule) || !hasFixedTarget(o) {
			continue
		}
		p.warn(o.def.Key.Node,
			"the target is the same for every upload, and each overwrites the last: add a variable such as {dirname}/{barename}")
	}
}

// hasFixedTarget reports whether the target of an output has no variables.
func hasFixedTarget(o output) bool {
	return isFixed(o.Target.Key) && isFixed(o.Target.Bucket)
}

// isFixed reports whether a template has no variables, apart from OSS's that number the objects of one task.
func isFixed(t ruleset.Template) bool {
	return !slices.ContainsFunc(t.Parts, func(p ruleset.Part) bool {
		return p.Kind != ruleset.LiteralPart && (p.Kind != ruleset.OSSPart || !slices.Contains(ruleset.OutputVariables, p.Text))
	})
}

// isForOneKey reports whether a rule matches one key alone.
func isForOneKey(r rule) bool {
	keys := r.def.Match.Keys
	return len(keys) == 1 && strings.Contains(keys[0].Text, "/") && !strings.ContainsAny(keys[0].Text, `*?[{\`)
}
