package lint

import (
	"fmt"
	"slices"
	"strings"

	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
)

// overwrites warns of two uploads of different objects whose results have one name, by one output of a rule or by two. It
// leaves targets without any variable to fixedTarget, and says nothing of rules whose patterns have another mistake.
func overwrites(p *pass) {
	pairs := 0
	for i := range p.set.Rules {
		r := rule{&p.defs[i], &p.set.Rules[i]}
		if !r.Enabled || p.suspectsInMatch(&r.def.Match) || p.warnedInMatch(&r.def.Match) {
			continue
		}
		decided := true
		quiet := make([]bool, len(r.Outputs)) // outputs that need no warning, or no other one
		warn := func(first, second int) {
			found, err := p.analysis.Overwrite(i, first, second)
			if decided = decided && err == nil; found != nil {
				quiet[second] = true
				p.warn(r.def.Outputs[second].Key.Node, "%s", overwriteMessage(r.Rule, first, second, found))
			}
		}
		for k := range r.Outputs {
			o := output{r, &r.def.Outputs[k], &r.Outputs[k]}
			if quiet[k] = o.Target == nil || o.def.Key == nil || p.suspects[o.def.Key.Node] || hasFixedTarget(o); !quiet[k] {
				warn(k, k)
			}
		}
		for k := range r.Outputs {
			for before := range k {
				if quiet[before] || quiet[k] {
					continue
				}
				if pairs++; pairs > maxPairs {
					decided = false
					break
				}
				warn(before, k)
			}
		}
		if !decided {
			p.undecided(r.Name)
		}
	}
}

// warnedInMatch reports whether a lint warned of a pattern or suffix of a rule, as of extensions that are not read. Without the
// mistake, the rule may match no keys that overwrite each other's results.
func (p *pass) warnedInMatch(m *rulefile.Match) bool {
	return slices.ContainsFunc(slices.Concat(m.Keys, m.Suffixes), func(s rulefile.Scalar) bool { return p.warned[s.Node] })
}

// overwriteMessage says which uploads overwrite each other's result, and how to tell them apart.
func overwriteMessage(r *ruleset.Rule, first, second int, found *loopcheck.Overwrite) string {
	one, other := text.Printable(found.First.Key), text.Printable(found.Second.Key)
	if found.First.Bucket != found.Second.Bucket {
		one, other = text.Printable(found.First.String()), text.Printable(found.Second.String())
	}
	target := text.Printable(found.Target.Key)
	if first != second {
		return fmt.Sprintf("output %d writes %s for %s, and so does output %d for %s: give each output a folder of its own",
			first+1, target, one, second+1, other)
	}
	return fmt.Sprintf("%s and %s both write %s, so that the later result overwrites the earlier one: %s", one, other, target,
		wayToTellApart(r.Outputs[first].Target, loopcheck.DifferentParts(found.First, found.Second)))
}

// wayToTellApart says how a target tells apart two objects that differ in some variables.
func wayToTellApart(t *ruleset.Target, different []string) string {
	for _, p := range t.Key.Parts {
		if p.Kind == ruleset.FilteredPart && slices.Contains(p.Filtered.Filters, ruleset.Slug) {
			return "add {key|hash} to the target, because different names may have one slug"
		}
	}
	uses := func(name string) bool {
		return name == "bucket" && len(t.Bucket.Parts) == 0 || slices.ContainsFunc(slices.Concat(t.Bucket.Parts, t.Key.Parts), func(p ruleset.Part) bool {
			return p.Kind != ruleset.LiteralPart && p.Variable().Text == name
		})
	}
	var missing []string
	for _, name := range different {
		if !uses(name) {
			missing = append(missing, name)
		}
	}
	switch {
	case len(missing) == 0:
		return "separate the variables by a text that their values do not hold, such as /, or add {etag}"
	case slices.Equal(missing, []string{"ext"}) && uses("barename"):
		return "write {basename} instead of {barename}, or add {etag}"
	case slices.Equal(missing, []string{"barename", "ext"}):
		missing = []string{"basename"}
	case slices.Contains(missing, "dirname") && slices.Contains(missing, "barename"):
		missing = slices.DeleteFunc(missing, func(name string) bool { return name != "bucket" })
		missing = append(missing, "key")
	}
	return fmt.Sprintf("add {%s} to the target, or {etag}", strings.Join(missing, "} and {"))
}
