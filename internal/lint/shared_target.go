package lint

import (
	"iter"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/ruleset"
	"onput/process"
)

// sharedTarget warns of rules that write the same target for some uploads.
func sharedTarget(p *pass) {
	for pair := range p.targetPairs() {
		if pair.rule != pair.earlier && p.analysis.MayBothFire(pair.earlier, pair.rule) {
			p.warn(pair.node(p), "rules %s and %s write the same target for some uploads: "+
				"change one of them, or add stop to the first rule",
				p.set.Rules[pair.earlier].Name, p.set.Rules[pair.rule].Name)
		}
	}
}

// targetPair is two outputs that write the same target for an upload that fires both.
type targetPair struct {
	earlier, earlierOutput int // numbers of rule and output
	rule, output           int
}

func (t targetPair) node(p *pass) *yaml.Node { return p.file.Rule(t.rule).Outputs[t.output].Target }

// targetPairs iterates over pairs of outputs with the same target, of one rule or of rules that one object may fire. It
// ends after maxPairs pairs of rules.
func (p *pass) targetPairs() iter.Seq[targetPair] {
	return func(yield func(targetPair) bool) {
		ids, outputs := p.targetIDs()
		isShared := func(id string) bool { return outputs[id] > 1 }
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

// targetIDs returns the targetID of each rule and output, "" for none, and how many outputs have it.
func (p *pass) targetIDs() (ids [][]string, outputs map[string]int) {
	ids, outputs = make([][]string, len(p.set.Rules)), map[string]int{}
	for i := range p.set.Rules {
		r := &p.set.Rules[i]
		for k := range r.Outputs {
			id := ""
			if o := &r.Outputs[k]; r.Enabled && o.Target != nil {
				id = targetID(o)
				outputs[id]++
			}
			ids[i] = append(ids[i], id)
		}
	}
	return ids, outputs
}

// targetID returns the target of an output with all that the output decides filled in. Targets with one ID are the same
// object for the same upload.
func targetID(o *ruleset.Output) string {
	var b strings.Builder
	for i, t := range []ruleset.Template{o.Target.Bucket, o.Target.Key} {
		if i > 0 {
			b.WriteByte('/')
		}
		for _, part := range t.Parts {
			switch {
			case part.Kind == ruleset.LiteralPart:
				b.WriteString(process.EscapeBraces(part.Text))
			case part.Kind == ruleset.OSSPart && part.Text == "autoext" && o.Format() != "":
				b.WriteString(o.Format())
			default:
				b.WriteString("{" + part.Text + "}")
			}
		}
	}
	id := b.String()
	if !o.Target.Literal && !strings.Contains(id[strings.LastIndexByte(id, '/'):], ".") {
		id += "?" + o.Format() // OSS may append the extension
	}
	return id
}
