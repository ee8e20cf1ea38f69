package lint

import (
	"slices"
	"strings"

	"onput/internal/text"
)

// neverReads warns of extensions that the rule matches and the operation does not read.
func neverReads(p *pass) {
	for o := range p.outputs() {
		exts, op := extensionsOf(&o.rule.def.Match), o.Operation
		readsIt := func(ext string) bool { return reads(op, ext) }
		if len(exts) == 0 || op == nil || op.Sources == nil && op.UnconfirmedSources == nil || o.HasParam("source") {
			continue
		}
		if slices.ContainsFunc(exts, readsIt) {
			p.neverReadsPart(o, readsIt)
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

// neverReadsPart warns of each pattern that matches some extensions that are not read.
func (p *pass) neverReadsPart(o output, reads func(ext string) bool) {
	m := &o.rule.def.Match
	list := m.Keys
	if len(list) == 0 {
		list = m.Suffixes
	}
	for _, s := range list {
		unread := slices.DeleteFunc(literalExtensions(s.Text), reads)
		if len(unread) > 0 {
			slices.Sort(unread)
			p.warn(s.Node, "%s is not documented to read %s: leave it out; onput ops %[1]s lists what it reads",
				o.Operation.Name, text.JoinOr(slices.Compact(unread)))
		}
	}
}
