package lint

// imageSize warns of a size condition that lets sources through that are larger than OSS takes.
func imageSize(p *pass) {
	for o := range p.outputs() {
		if o.Operation == nil || o.Operation.MaxBytes == 0 || o.rule.Size == nil || o.rule.Size.Max <= o.Operation.MaxBytes {
			continue
		}
		p.warn(o.rule.def.Match.Size.Node, "%s takes sources of at most %d MiB, and this lets larger ones through: set max to %[2]dMiB",
			o.Operation.Name, o.Operation.MaxBytes>>20)
	}
}
