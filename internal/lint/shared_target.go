package lint

import (
	"bytes"
	"iter"
	"slices"

	"go.yaml.in/yaml/v4"

	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/process"
)

// SameTargets reports outputs that write the same target for every upload of one of their rules, so that one result
// overwrites the other. It is an error, and therefore runs whenever a file is loaded, before any lint.
func SameTargets(r *rulefile.Reporter, f *rulefile.File, s *ruleset.Set, a *loopcheck.Analysis) {
	p := &pass{r, f, s, a}
	for pair := range p.targetPairs() {
		switch {
		case pair.rule == pair.earlier:
			p.Error(pair.node(p), "same-target", "outputs %d and %d of rule %s write the same target: give one of them another", pair.earlierOutput+1, pair.output+1, s.Rules[pair.rule].Name)
		case p.alwaysBothFire(pair.earlier, pair.rule):
			p.Error(pair.node(p), "same-target", "rules %s and %s write the same target for the same upload: give one of them another, or let the first one stop", s.Rules[pair.earlier].Name, s.Rules[pair.rule].Name)
		}
	}
}

// sharedTarget warns of rules that write the same target for some uploads.
func sharedTarget(p *pass) {
	for pair := range p.targetPairs() {
		if pair.rule != pair.earlier && p.analysis.MayBothFire(pair.earlier, pair.rule) {
			p.Warn(pair.node(p), "shared-target", "rules %s and %s write the same target for some uploads: give one of them another, or let the first one stop", p.set.Rules[pair.earlier].Name, p.set.Rules[pair.rule].Name)
		}
	}
}

// targetPair is two outputs that write the same target for one upload that fires both.
type targetPair struct {
	earlier, earlierOutput int // numbers of rule and output
	rule, output           int
}

func (t targetPair) node(p *pass) *yaml.Node { return p.file.Rule(t.rule).Outputs[t.output].Target }

// targetPairs iterates over pairs of outputs with the same target, of one rule, or of rules that one key may fire both. It
// ends after maxPairs pairs of rules.
func (p *pass) targetPairs() iter.Seq[targetPair] {
	return func(yield func(targetPair) bool) {
		ids, shared := p.targetIDs()
		isShared := func(id int32) bool { return id >= 0 && shared[id] }
		pairs := 0
		for i := range p.set.Rules {
			if !slices.ContainsFunc(ids[i], isShared) {
				continue
			}
			for k, id := range ids[i] {
				for before, other := range ids[i][:k] {
					if isShared(id) && other == id && !yield(targetPair{i, before, i, k}) {
						return
					}
				}
			}
			earlier, ok := p.analysis.EarlierCandidates(i)
			if !ok {
				return
			}
			for _, j := range earlier {
				for k, id := range ids[i] {
					if !isShared(id) || !slices.Contains(ids[j], id) {
						continue
					}
					if pairs++; pairs > maxPairs || !yield(targetPair{j, 0, i, k}) {
						return
					}
				}
			}
		}
	}
}

// targetIDs returns a number for the target of each rule and output, -1 for none, and by number whether several outputs have
// it. Targets with one number are the same object for the same upload.
func (p *pass) targetIDs() (ids [][]int32, shared []bool) {
	ids = make([][]int32, len(p.set.Rules))
	all := make([]int32, 0, len(p.set.Rules))
	numbers := make(map[string]int32, len(p.set.Rules))
	var identity []byte
	for i := range p.set.Rules {
		r := &p.set.Rules[i]
		from := len(all)
		for k := range r.Outputs {
			number := int32(-1)
			if o := &r.Outputs[k]; r.Enabled && o.Target != nil {
				identity = appendIdentity(identity[:0], o)
				known, ok := numbers[string(identity)]
				if number = known; ok {
					shared[number] = true
				} else {
					number = int32(len(shared))
					numbers[string(identity)] = number
					shared = append(shared, false)
				}
			}
			all = append(all, number)
		}
		ids[i] = all[from:]
	}
	return ids, shared
}

// appendIdentity appends the target of an output, with the parts that depend on the output alone filled in.
func appendIdentity(b []byte, o *ruleset.Output) []byte {
	for i, t := range []ruleset.Template{o.Target.Bucket, o.Target.Key} {
		if i > 0 {
			b = append(b, '/')
		}
		for _, part := range t.Parts {
			switch {
			case part.Kind == ruleset.LiteralPart:
				b = append(b, process.EscapeBraces(part.Text)...)
			case part.Kind == ruleset.OSSPart && part.Text == "autoext" && o.Format() != "":
				b = append(b, o.Format()...)
			default:
				b = append(append(append(b, '{'), part.Text...), '}')
			}
		}
	}
	if bytes.IndexByte(b[bytes.LastIndexByte(b, '/'):], '.') < 0 {
		b = append(append(b, '?'), o.Format()...) // OSS may append the extension
	}
	return b
}

// alwaysBothFire reports whether both rules, the first before the second, fire for every upload that fires one of them.
func (p *pass) alwaysBothFire(first, second int) bool {
	a, b := &p.set.Rules[first], &p.set.Rules[second]
	if a.Stop {
		return false
	}
	return b.OnLocationOnly && a.DefaultEvents && p.analysis.Contains(second, first) ||
		a.OnLocationOnly && b.DefaultEvents && p.analysis.Contains(first, second)
}
