package lint

import (
	"slices"
	"strings"

	"onput/internal/text"
)

// neverReads warns if the operation reads none of the extensions that the rule matches.
func neverReads(p *pass) {
	for o := range p.outputs() {
		exts := extensionsOf(&o.rule.def.Match)
		if len(exts) == 0 || o.Operation == nil || o.Operation.Sources == nil || o.HasParam("source") {
			continue
		}
		op := o.Operation
		if slices.ContainsFunc(exts, func(ext string) bool {
			return slices.Contains(op.Sources, ext) || slices.Contains(op.UnconfirmedSources, ext)
		}) {
			continue
		}
		at := append(slices.Clone(o.rule.def.Match.Keys), o.rule.def.Match.Suffixes...)[0].Node
		known, more := op.Sources, ""
		if len(known) > 12 {
			known, more = known[:12], " and others"
		}
		p.Warn(at, "never-reads", "%s is not documented to read %s; it reads %s%s: onput ops %[1]s lists all",
			op.Name, text.JoinOr(exts), strings.Join(known, ", "), more)
	}
}
