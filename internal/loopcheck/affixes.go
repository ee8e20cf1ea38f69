package loopcheck

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// affixes are the literal prefix and suffix that all keys of a set have. They are folded if some rule ignores case.
type affixes struct{ prefix, suffix string }

// overlaps reports whether a key can have both affixes.
func (x affixes) overlaps(y affixes) bool {
	return eitherIsPrefix(x.prefix, y.prefix) &&
		(strings.HasSuffix(x.suffix, y.suffix) || strings.HasSuffix(y.suffix, x.suffix))
}

// ext returns the extension that every key has. It returns false if they may differ in it.
func (x affixes) ext() (string, bool) {
	i := strings.LastIndexByte(x.suffix, '.')
	if i < 0 || strings.Contains(x.suffix[i:], "/") {
		return "", false
	}
	return x.suffix[i+1:], true
}

// eitherIsPrefix reports whether one text begins with the other, so that a key can begin with both.
func eitherIsPrefix(s, t string) bool { return strings.HasPrefix(s, t) || strings.HasPrefix(t, s) }

// commonPrefix returns the longest prefix of both texts.
func commonPrefix(s, t string) string {
	n := 0
	for n < min(len(s), len(t)) && s[n] == t[n] {
		n++
	}
	return s[:n]
}

// fold folds a text if some rule ignores case.
func (a *Analysis) fold(text string) string {
	if a.foldKeys {
		return glob.FoldString(text)
	}
	return text
}

// Steps and bytes that the affixes of an alternative take, in the indexes too.
const (
	affixSteps = 50
	affixBytes = 100
)

// affixesOf returns the affixes of a rule's keys, one for each alternative of its patterns. Once the budget is spent, it
// returns affixes that every key has.
func (a *Analysis) affixesOf(r *ruleset.Rule) []affixes {
	var all []affixes
	for _, key := range r.Keys {
		if a.budget.Spend(affixSteps*key.Alternatives(), affixBytes*key.Alternatives()) != nil {
			return []affixes{{}}
		}
		all = slices.Grow(all, key.Alternatives())
		for prefix, suffix := range key.Affixes() {
			all = append(all, affixes{a.fold(prefix), a.fold(suffix)})
		}
	}
	if r.Keys == nil {
		all = []affixes{{}}
	}
	// A prefix or suffix that is the only one may be longer than the pattern's. Of several, any may hold.
	for i := range all {
		if len(r.Prefixes) == 1 && len(r.Prefixes[0]) > len(all[i].prefix) {
			all[i].prefix = a.fold(r.Prefixes[0])
		}
		if len(r.Suffixes) == 1 && len(r.Suffixes[0]) > len(all[i].suffix) {
			all[i].suffix = a.fold(r.Suffixes[0])
		}
	}
	slices.SortFunc(all, func(x, y affixes) int {
		return cmp.Or(strings.Compare(x.prefix, y.prefix), strings.Compare(x.suffix, y.suffix))
	})
	return slices.Compact(all)
}

// outputAffixes returns the affixes of the keys that an output writes for source keys with given affixes.
func (a *Analysis) outputAffixes(o *ruleset.Output, source affixes) affixes {
	return affixes{a.outputPrefix(o, source), a.outputSuffix(o, source)}
}

// outputPrefix returns the prefix of outputAffixes.
func (a *Analysis) outputPrefix(o *ruleset.Output, source affixes) string {
	prefix := ""
	for i, part := range o.Target.Key.Parts {
		switch part.Kind {
		case ruleset.LiteralPart:
			prefix += a.fold(part.Text)
			continue
		case ruleset.KeyPart:
			prefix += source.prefix
		case ruleset.DirnamePart:
			// The folders may go on after these. Either way a slash follows: the source's, or that of the next literal.
			folders := strings.TrimSuffix(source.prefix[:strings.LastIndexByte(source.prefix, '/')+1], "/")
			prefix += folders
			if next := o.Target.Key.Parts[i+1:]; folders != "" && len(next) > 0 && strings.HasPrefix(next[0].Text, "/") {
				prefix += "/"
			}
		}
		return prefix // an empty variable takes the slash after it along, so that the next literal is not certain
	}
	return prefix
}

// outputSuffix returns the suffix of outputAffixes.
func (a *Analysis) outputSuffix(o *ruleset.Output, source affixes) string {
	suffix := ""
	for i, part := range slices.Backward(o.Target.Key.Parts) {
		text, whole := a.partSuffix(o, part, source)
		if part.Kind == ruleset.LiteralPart && i > 0 {
			text = strings.TrimPrefix(text, "/") // an empty variable before it takes the slash along
		}
		if suffix = text + suffix; !whole || strings.Contains(part.Text, "/") {
			break
		}
	}
	if i := strings.LastIndexByte(suffix, '/'); !o.Target.Literal && !strings.Contains(suffix[i+1:], ".") {
		return "" // OSS may append an extension
	}
	return suffix
}

// partSuffix returns the suffix of a part of an output's target, and whether it is the whole part.
func (a *Analysis) partSuffix(o *ruleset.Output, part ruleset.Part, source affixes) (suffix string, whole bool) {
	ext, hasExt := source.ext()
	switch {
	case part.Kind == ruleset.LiteralPart:
		return a.fold(part.Text), true
	case part.Kind == ruleset.OSSPart && part.Text == "autoext":
		return a.fold(o.Format()), o.Format() != ""
	case part.Kind == ruleset.ExtPart && hasExt:
		return ext, true
	case (part.Kind == ruleset.KeyPart || part.Kind == ruleset.BasenamePart) && hasExt:
		return "." + ext, false
	}
	return "", false
}
