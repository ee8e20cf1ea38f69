package lint

import (
	"slices"

	"onput/internal/text"
	"onput/process"
)

// unmatchedPair warns if the rule matches sources that the operation is not documented to convert to the format of the
// result. Codecs that a format does not hold are reported by the package process.
func unmatchedPair(p *pass) {
	for o := range p.outputs() {
		if o.Operation == nil {
			continue
		}
		format, exts := o.Format(), extensionsOf(&o.rule.def.Match)
		at := slices.Concat(o.rule.def.Match.Keys, o.rule.def.Match.Suffixes)
		if source, ok := o.FixedParam("source"); ok {
			exts = []string{source}
		} else if o.HasParam("source") {
			continue
		}
		op := o.Operation
		if op.Chained() {
			op, _ = process.Lookup("image/format")
		}
		unpaired := slices.DeleteFunc(exts, func(ext string) bool { return !slices.Contains(op.Unpaired[format], ext) })
		if len(unpaired) == 0 {
			continue
		}
		node := o.def.Process
		if !o.HasParam("source") {
			node = at[0].Node
		}
		p.warn(node, "%s is not documented to convert %s to %s: exclude such sources, or choose another format",
			op.Name, text.JoinOr(unpaired), format)
	}
}
