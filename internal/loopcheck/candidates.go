package loopcheck

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// Which outputs may reach which rules at all: told by the literal texts with which names must begin and end, without looking
// at what is between. Rules are found by these texts, so that a thousand rules with a folder of their own each are not
// compared with each other.

// affixes are the literal texts with which all keys of a language begin and end, folded where any rule ignores case.
type affixes struct{ prefix, suffix string }

func (a *Analysis) fold(text string) string {
	if a.foldKeys {
		return glob.FoldString(text)
	}
	return text
}

// ext returns the extension that every key has, false if they differ in it.
func (a affixes) ext() (string, bool) {
	i := strings.LastIndexByte(a.suffix, '.')
	if i < 0 || strings.Contains(a.suffix[i:], "/") {
		return "", false
	}
	return a.suffix[i+1:], true
}

// meets says whether a key can have both.
func (a affixes) overlaps(b affixes) bool {
	return eitherIsPrefix(a.prefix, b.prefix) && (strings.HasSuffix(a.suffix, b.suffix) || strings.HasSuffix(b.suffix, a.suffix))
}

// affixes returns those of a rule's keys, one for each alternative of its patterns.
func (a *Analysis) ruleAffixes(rule int) []affixes {
	if a.affixesByRule[rule] == nil {
		a.affixesByRule[rule] = a.computeAffixes(&a.set.Rules[rule])
	}
	return a.affixesByRule[rule]
}

func (a *Analysis) computeAffixes(r *ruleset.Rule) []affixes {
	var all []affixes
	for _, key := range r.Keys {
		all = slices.Grow(all, key.Alternatives())
		for prefix, suffix := range key.Affixes() {
			all = append(all, affixes{a.fold(prefix), a.fold(suffix)})
		}
	}
	if r.Keys == nil {
		all = []affixes{{}}
	}
	// One prefix or suffix of several tells nothing; a single one may tell more than the pattern.
	for i := range all {
		if len(r.Prefixes) == 1 && len(r.Prefixes[0]) > len(all[i].prefix) {
			all[i].prefix = a.fold(r.Prefixes[0])
		}
		if len(r.Suffixes) == 1 && len(r.Suffixes[0]) > len(all[i].suffix) {
			all[i].suffix = a.fold(r.Suffixes[0])
		}
	}
	slices.SortFunc(all, func(a, b affixes) int {
		return cmp.Or(strings.Compare(a.prefix, b.prefix), strings.Compare(a.suffix, b.suffix))
	})
	return slices.Compact(all)
}

// written returns the affixes of the keys that an output writes for keys with the given ones.
func (a *Analysis) outputAffixes(o *ruleset.Output, from affixes) affixes {
	return affixes{a.outputPrefix(o, from), a.outputSuffix(o, from)}
}

func (a *Analysis) outputPrefix(o *ruleset.Output, from affixes) string {
	prefix := ""
	for i := range o.Target.Key.Parts {
		switch part := &o.Target.Key.Parts[i]; part.Kind {
		case ruleset.LiteralPart:
			prefix += a.fold(part.Text)
			continue
		case ruleset.KeyPart:
			prefix += from.prefix
		case ruleset.DirnamePart:
			// The folders go on with those of the source, and end where the source's or the next literal's slash is.
			folders := strings.TrimSuffix(from.prefix[:strings.LastIndexByte(from.prefix, '/')+1], "/")
			prefix += folders
			if next := o.Target.Key.Parts[i+1:]; folders != "" && len(next) > 0 && strings.HasPrefix(next[0].Text, "/") {
				prefix += "/"
			}
		}
		// The variable may be empty, and then the slash behind it is not there; only what comes before it is certain.
		return prefix
	}
	return prefix
}

func (a *Analysis) outputSuffix(o *ruleset.Output, from affixes) string {
	suffix := ""
	parts := o.Target.Key.Parts
	for i := len(parts) - 1; i >= 0; i-- {
		part := &parts[i]
		known := false
		switch ext, hasExt := from.ext(); part.Kind {
		case ruleset.LiteralPart:
			text := part.Text
			if i > 0 {
				text = strings.TrimPrefix(text, "/") // it goes with an empty variable
			}
			suffix, known = a.fold(text)+suffix, true
		case ruleset.OSSPart:
			if format := o.Format(); part.Text == "autoext" && format != "" {
				suffix, known = a.fold(format)+suffix, true
			}
		case ruleset.ExtPart:
			if hasExt {
				suffix, known = ext+suffix, true
			}
		case ruleset.KeyPart, ruleset.BasenamePart:
			if hasExt {
				suffix = "." + ext + suffix
			}
		}
		if !known || strings.Contains(part.Text, "/") {
			break
		}
	}
	if i := strings.LastIndexByte(suffix, '/'); !strings.Contains(suffix[i+1:], ".") {
		return "" // OSS may append an extension
	}
	return suffix
}

// finder finds rules by the affixes of their keys, in order of prefixes or of suffixes.
type affixIndex struct{ byPrefix, bySuffix []affixEntry }

// heard is the affixes of a rule's keys, either of them first. Suffixes are read backwards: both are beginnings then. Keys that
// begin alike are one, with what their suffixes have in common.
type affixEntry struct {
	first, second string
	rule          int
}

func firstOf(h *affixEntry) string  { return h.first }
func secondOf(h *affixEntry) string { return h.second }

// begins says whether one of the texts begins with the other: whether a text can begin with both.
func eitherIsPrefix(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// finder returns the finder of the file's rules, made when it is asked for.
func (a *Analysis) affixIndex() *affixIndex {
	if a.rulesByAffix == nil {
		a.rulesByAffix = a.newAffixIndex(func(yield func(int) bool) {
			for i := range a.set.Rules {
				if a.set.Rules[i].Enabled && !yield(i) {
					return
				}
			}
		})
	}
	return a.rulesByAffix
}

// finderOf returns a finder of some rules.
func (a *Analysis) newAffixIndex(rules iter.Seq[int]) *affixIndex {
	var list []affixEntry
	for i := range rules {
		from := len(list)
		for _, a := range a.ruleAffixes(i) {
			suffix := reversed(a.suffix)
			if last := len(list) - 1; last >= from && list[last].first == a.prefix {
				list[last].second = commonPrefix(list[last].second, suffix)
			} else {
				list = append(list, affixEntry{a.prefix, suffix, i})
			}
		}
	}
	sortEntries(list)
	return &affixIndex{byPrefix: list}
}

func sortEntries(list []affixEntry) {
	slices.SortFunc(list, func(a, b affixEntry) int {
		if c := strings.Compare(a.first, b.first); c != 0 {
			return c
		}
		return strings.Compare(a.second, b.second)
	})
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// hearers appends the rules of a finder that can hear a key with some affixes. A rule may be there several times.
func (a *Analysis) candidateRules(f *affixIndex, rules []int, to affixes) []int {
	list, first, second := f.byPrefix, to.prefix, reversed(to.suffix)
	from, behind := rangeWithPrefix(list, first, firstOf)
	if behind-from > 100 { // are there fewer by suffix?
		if f.bySuffix == nil {
			for _, h := range f.byPrefix {
				f.bySuffix = append(f.bySuffix, affixEntry{h.second, h.first, h.rule})
			}
			sortEntries(f.bySuffix)
		}
		if i, k := rangeWithPrefix(f.bySuffix, second, firstOf); k-i < behind-from {
			list, first, second, from, behind = f.bySuffix, second, first, i, k
		}
	}
	add := func(some []affixEntry) {
		for i := range some {
			if h := &some[i]; eitherIsPrefix(h.second, second) && slices.ContainsFunc(a.ruleAffixes(h.rule), to.overlaps) {
				rules = append(rules, h.rule)
			}
		}
	}
	add(list[from:behind])
	for same := range prefixesOf(list[:from], first, firstOf) {
		from, behind := rangeWithPrefix(same, second, secondOf)
		add(same[from:behind])
		for same := range prefixesOf(same[:from], second, secondOf) {
			add(same)
		}
	}
	return rules
}

// beginningWith returns what in a list that is sorted by a text begins with a text.
func rangeWithPrefix(list []affixEntry, text string, of func(*affixEntry) string) (from, behind int) {
	from = sort.Search(len(list), func(i int) bool { return of(&list[i]) >= text })
	rest := list[from:]
	return from, from + sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(of(&rest[i]), text) })
}

// beginnings goes through what a text begins with, in a list that is sorted by a text and ends where text would be: the same
// texts at once, the longest first.
func prefixesOf(list []affixEntry, text string, of func(*affixEntry) string) iter.Seq[[]affixEntry] {
	return func(yield func([]affixEntry) bool) {
		for len(list) > 0 {
			// With what is before text, and text begins with it, begins the last of the list, too.
			text = commonPrefix(text, of(&list[len(list)-1]))
			from := sort.Search(len(list), func(i int) bool { return of(&list[i]) >= text })
			same := list[from:]
			same = same[:sort.Search(len(same), func(i int) bool { return of(&same[i]) != text })]
			if len(same) > 0 && !yield(same) {
				return
			}
			list = list[:from]
		}
	}
}

// common returns with what both texts begin.
func commonPrefix(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// meetings returns, for each rule, the rules that its outputs may reach. Rules that are not enabled are on neither side. Where
// that is too much to tell, it ends with a rule at which it was, else with -1.
func (a *Analysis) candidateEdges() (_ map[int][]int, stuck int) {
	s := a.set
	var found []int
	looks, pairs := 0, 0
	edges := map[int][]int{}
	seen := make([]int, len(s.Rules)) // by rule: which one reached it last, counted from 1
	for i := range s.Rules {
		r := &s.Rules[i]
		for k := range r.Outputs {
			o := &r.Outputs[k]
			if !r.Enabled || o.Target == nil || len(o.Target.Key.Parts) == 0 || !s.MayBeSource(o.Target) {
				continue
			}
			var last affixes
			for n, from := range a.ruleAffixes(i) {
				to := a.outputAffixes(o, from)
				if n > 0 && to == last || !a.mayBeSource(o.Target, to) {
					continue
				}
				last = to
				found = a.candidateRules(a.affixIndex(), found[:0], to)
				if looks += len(found); looks > maxComparisons {
					return nil, i
				}
				for _, j := range found {
					if seen[j] != i+1 && s.Rules[j].MatchesTargetBucket(o.Target) && !a.excludedByNot(r, o, &s.Rules[j]) {
						seen[j] = i + 1
						edges[i] = append(edges[i], j)
						pairs++
					}
				}
				if pairs > maxCandidateEdges {
					return nil, i
				}
			}
		}
	}
	for _, reached := range edges {
		slices.Sort(reached)
	}
	return edges, -1
}

// mayBeSource says whether sources allow a target whose keys have those affixes.
func (a *Analysis) mayBeSource(t *ruleset.Target, to affixes) bool {
	if a.set.Sources == nil {
		return true
	}
	if a.sourcePrefixes == nil {
		for _, src := range a.set.Sources {
			a.sourcePrefixes = append(a.sourcePrefixes, a.fold(src.Prefix))
		}
	}
	bucket, known := t.FixedBucket()
	for i, prefix := range a.sourcePrefixes {
		if eitherIsPrefix(prefix, to.prefix) && (!known || a.set.Sources[i].Bucket.Match(bucket)) {
			return true
		}
	}
	return false
}

// cycles returns the groups of rules that reach each other, and the rules that reach themselves (Tarjan's strongly connected
// components), each sorted, in the order of their first rules.
func cyclicComponents(rules []int, edges map[int][]int) [][]int {
	number := map[int]int{} // in order of visit, from 1
	low := map[int]int{}
	on := map[int]bool{}
	var stack []int
	var all [][]int
	type frame struct{ rule, next int }
	for _, root := range rules {
		if number[root] != 0 {
			continue
		}
		frames := []frame{{root, 0}}
		for len(frames) > 0 {
			f := &frames[len(frames)-1]
			v := f.rule
			if f.next == 0 {
				number[v] = len(number) + 1
				low[v] = number[v]
				stack, on[v] = append(stack, v), true
			}
			if f.next < len(edges[v]) {
				w := edges[v][f.next]
				f.next++
				if number[w] == 0 {
					frames = append(frames, frame{w, 0})
				} else if on[w] {
					low[v] = min(low[v], number[w])
				}
				continue
			}
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				u := frames[len(frames)-1].rule
				low[u] = min(low[u], low[v])
			}
			if low[v] != number[v] {
				continue
			}
			i := slices.Index(stack, v)
			group := slices.Clone(stack[i:])
			for _, w := range group {
				on[w] = false
			}
			stack = stack[:i]
			if len(group) > 1 || slices.Contains(edges[v], v) {
				slices.Sort(group)
				all = append(all, group)
			}
		}
	}
	slices.SortFunc(all, func(a, b []int) int { return a[0] - b[0] })
	return all
}
