package lint

import (
	"slices"
	"strings"

	"onput/internal/text"
)

// neverReads warns if the operation reads none of the extensions that the rule matches.
func neverReads(p *pass) {
	for o := range p.outputs() {
		exts, op := extensionsOf(&o.rule.def.Match), o.Operation
		readsIt := func(ext string) bool { return reads(op, ext) }
		if len(exts) == 0 || op == nil || op.Sources == nil && op.UnconfirmedSources == nil || o.HasParam("source") || slices.ContainsFunc(exts, readsIt) {
			continue
		}
		at := slices.Concat(o.rule.def.Match.Keys, o.rule.def.Match.Suffixes)[0].Node
		known, more := op.Sources, ""
		if known == nil {
			known = op.UnconfirmedSources
		}
		if len(known) > 12 {
			known, more = known[:12], " and others"
		}
		p.warn(at, "%s is not documented to read %s; it reads %s%s: onput ops %[1]s lists all",
			op.Name, text.JoinOr(exts), strings.Join(known, ", "), more)
	}
}
