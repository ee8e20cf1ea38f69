package rules

import (
	"cmp"
	"iter"
	"slices"
	"sort"
	"strings"

	"onput/internal/glob"
)

// Which outputs may reach which rules at all: told by the literal texts with which names must begin and end, without looking
// at what is between. Rules are found by these texts, so that a thousand rules with a folder of their own each are not
// compared with each other.

// affixes are the literal texts with which all keys of a language begin and end, folded where any rule ignores case.
type affixes struct{ prefix, suffix string }

func (p *prover) folded(text string) string {
	if p.folds {
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
func (a affixes) meets(b affixes) bool {
	return begins(a.prefix, b.prefix) && (strings.HasSuffix(a.suffix, b.suffix) || strings.HasSuffix(b.suffix, a.suffix))
}

// affixes returns those of a rule's keys, one for each alternative of its patterns.
func (p *prover) affixes(rule int) []affixes {
	if p.ends[rule] == nil {
		p.ends[rule] = p.affixesOf(&p.set.rules[rule])
	}
	return p.ends[rule]
}

func (p *prover) affixesOf(r *rule) []affixes {
	var all []affixes
	for _, key := range r.keys {
		all = slices.Grow(all, key.Alternatives())
		for prefix, suffix := range key.Affixes() {
			all = append(all, affixes{p.folded(prefix), p.folded(suffix)})
		}
	}
	if r.keys == nil {
		all = []affixes{{}}
	}
	// One prefix or suffix of several tells nothing; a single one may tell more than the pattern.
	for i := range all {
		if len(r.prefixes) == 1 && len(r.prefixes[0]) > len(all[i].prefix) {
			all[i].prefix = p.folded(r.prefixes[0])
		}
		if len(r.suffixes) == 1 && len(r.suffixes[0]) > len(all[i].suffix) {
			all[i].suffix = p.folded(r.suffixes[0])
		}
	}
	slices.SortFunc(all, func(a, b affixes) int {
		return cmp.Or(strings.Compare(a.prefix, b.prefix), strings.Compare(a.suffix, b.suffix))
	})
	return slices.Compact(all)
}

// written returns the affixes of the keys that an output writes for keys with the given ones.
func (p *prover) written(o *output, from affixes) affixes {
	return affixes{p.writtenPrefix(o, from), p.writtenSuffix(o, from)}
}

func (p *prover) writtenPrefix(o *output, from affixes) string {
	prefix := ""
	for i := range o.target.key.parts {
		switch part := &o.target.key.parts[i]; part.kind {
		case literalPart:
			prefix += p.folded(part.literal)
			continue
		case keyPart:
			prefix += from.prefix
		case dirnamePart:
			// The folders go on with those of the source, and end where the source's or the next literal's slash is.
			folders := strings.TrimSuffix(from.prefix[:strings.LastIndexByte(from.prefix, '/')+1], "/")
			prefix += folders
			if next := o.target.key.parts[i+1:]; folders != "" && len(next) > 0 && strings.HasPrefix(next[0].literal, "/") {
				prefix += "/"
			}
		}
		// The variable may be empty, and then the slash behind it is not there; only what comes before it is certain.
		return prefix
	}
	return prefix
}

func (p *prover) writtenSuffix(o *output, from affixes) string {
	suffix := ""
	parts := o.target.key.parts
	for i := len(parts) - 1; i >= 0; i-- {
		part := &parts[i]
		known := false
		switch ext, hasExt := from.ext(); part.kind {
		case literalPart:
			text := part.literal
			if i > 0 {
				text = strings.TrimPrefix(text, "/") // it goes with an empty variable
			}
			suffix, known = p.folded(text)+suffix, true
		case ossPart:
			if format := o.format(); part.literal == "autoext" && format != "" {
				suffix, known = p.folded(format)+suffix, true
			}
		case extPart:
			if hasExt {
				suffix, known = ext+suffix, true
			}
		case keyPart, basenamePart:
			if hasExt {
				suffix = "." + ext + suffix
			}
		}
		if !known || strings.Contains(part.literal, "/") {
			break
		}
	}
	if i := strings.LastIndexByte(suffix, '/'); !strings.Contains(suffix[i+1:], ".") {
		return "" // OSS may append an extension
	}
	return suffix
}

// finder finds rules by the affixes of their keys, in order of prefixes or of suffixes.
type finder struct{ byPrefix, bySuffix []heard }

// heard is the affixes of a rule's keys, either of them first. Suffixes are read backwards: both are beginnings then. Keys that
// begin alike are one, with what their suffixes have in common.
type heard struct {
	first, second string
	rule          int
}

func ofFirst(h *heard) string  { return h.first }
func ofSecond(h *heard) string { return h.second }

// begins says whether one of the texts begins with the other: whether a text can begin with both.
func begins(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// finder returns the finder of the file's rules, made when it is asked for.
func (p *prover) finder() *finder {
	if p.find == nil {
		p.find = p.finderOf(func(yield func(int) bool) {
			for i := range p.set.rules {
				if p.set.rules[i].enabled && !yield(i) {
					return
				}
			}
		})
	}
	return p.find
}

// finderOf returns a finder of some rules.
func (p *prover) finderOf(rules iter.Seq[int]) *finder {
	var list []heard
	for i := range rules {
		from := len(list)
		for _, a := range p.affixes(i) {
			suffix := backwards(a.suffix)
			if last := len(list) - 1; last >= from && list[last].first == a.prefix {
				list[last].second = common(list[last].second, suffix)
			} else {
				list = append(list, heard{a.prefix, suffix, i})
			}
		}
	}
	sorted(list)
	return &finder{byPrefix: list}
}

func sorted(list []heard) {
	slices.SortFunc(list, func(a, b heard) int {
		if c := strings.Compare(a.first, b.first); c != 0 {
			return c
		}
		return strings.Compare(a.second, b.second)
	})
}

func backwards(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// hearers appends the rules of a finder that can hear a key with some affixes. A rule may be there several times.
func (p *prover) hearers(f *finder, rules []int, to affixes) []int {
	list, first, second := f.byPrefix, to.prefix, backwards(to.suffix)
	from, behind := beginningWith(list, first, ofFirst)
	if behind-from > 100 { // are there fewer by suffix?
		if f.bySuffix == nil {
			for _, h := range f.byPrefix {
				f.bySuffix = append(f.bySuffix, heard{h.second, h.first, h.rule})
			}
			sorted(f.bySuffix)
		}
		if i, k := beginningWith(f.bySuffix, second, ofFirst); k-i < behind-from {
			list, first, second, from, behind = f.bySuffix, second, first, i, k
		}
	}
	add := func(some []heard) {
		for i := range some {
			if h := &some[i]; begins(h.second, second) && slices.ContainsFunc(p.affixes(h.rule), to.meets) {
				rules = append(rules, h.rule)
			}
		}
	}
	add(list[from:behind])
	for same := range beginnings(list[:from], first, ofFirst) {
		from, behind := beginningWith(same, second, ofSecond)
		add(same[from:behind])
		for same := range beginnings(same[:from], second, ofSecond) {
			add(same)
		}
	}
	return rules
}

// beginningWith returns what in a list that is sorted by a text begins with a text.
func beginningWith(list []heard, text string, of func(*heard) string) (from, behind int) {
	from = sort.Search(len(list), func(i int) bool { return of(&list[i]) >= text })
	rest := list[from:]
	return from, from + sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(of(&rest[i]), text) })
}

// beginnings goes through what a text begins with, in a list that is sorted by a text and ends where text would be: the same
// texts at once, the longest first.
func beginnings(list []heard, text string, of func(*heard) string) iter.Seq[[]heard] {
	return func(yield func([]heard) bool) {
		for len(list) > 0 {
			// With what is before text, and text begins with it, begins the last of the list, too.
			text = common(text, of(&list[len(list)-1]))
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
func common(a, b string) string {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return a[:n]
}

// meetings returns, for each rule, the rules that its outputs may reach. Rules that are not enabled are on neither side. Where
// that is too much to tell, it ends with a rule at which it was, else with -1.
func (p *prover) meetings() (_ map[int][]int, stuck int) {
	s := p.set
	var found []int
	looks, pairs := 0, 0
	edges := map[int][]int{}
	seen := make([]int, len(s.rules)) // by rule: which one reached it last, counted from 1
	for i := range s.rules {
		r := &s.rules[i]
		for k := range r.outputs {
			o := &r.outputs[k]
			if !r.enabled || o.target == nil || len(o.target.key.parts) == 0 || !s.mayHear(o.target) {
				continue
			}
			var last affixes
			for n, from := range p.affixes(i) {
				to := p.written(o, from)
				if n > 0 && to == last || !p.mayBeSource(o.target, to) {
					continue
				}
				last = to
				found = p.hearers(p.finder(), found[:0], to)
				if looks += len(found); looks > maxLooks {
					return nil, i
				}
				for _, j := range found {
					if seen[j] != i+1 && s.rules[j].mayHear(o.target) && !p.leftOut(r, o, &s.rules[j]) {
						seen[j] = i + 1
						edges[i] = append(edges[i], j)
						pairs++
					}
				}
				if pairs > maxMeetings {
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

// bucketName returns the bucket of a target, false if it depends on the upload.
func (t *target) bucketName() (string, bool) {
	if len(t.bucket.parts) == 1 && t.bucket.parts[0].kind == literalPart {
		return t.bucket.parts[0].literal, true
	}
	return "", false
}

// mayHear says whether the rule's bucket conditions allow a target's bucket.
func (r *rule) mayHear(t *target) bool {
	bucket, ok := t.bucketName()
	return !ok || r.buckets == nil || anyMatch(r.buckets, bucket)
}

// mayHear says whether sources allow a target's bucket.
func (s *Set) mayHear(t *target) bool {
	bucket, ok := t.bucketName()
	return !ok || s.sources == nil || slices.ContainsFunc(s.sources, func(src source) bool { return src.bucket.Match(bucket) })
}

// mayBeSource says whether sources allow a target whose keys have those affixes.
func (p *prover) mayBeSource(t *target, to affixes) bool {
	if p.set.sources == nil {
		return true
	}
	if p.prefixes == nil {
		for _, src := range p.set.sources {
			p.prefixes = append(p.prefixes, p.folded(src.prefix))
		}
	}
	bucket, known := t.bucketName()
	for i, prefix := range p.prefixes {
		if begins(prefix, to.prefix) && (!known || p.set.sources[i].bucket.Match(bucket)) {
			return true
		}
	}
	return false
}

// cycles returns the groups of rules that reach each other, and the rules that reach themselves (Tarjan's strongly connected
// components), each sorted, in the order of their first rules.
func cycles(rules []int, edges map[int][]int) [][]int {
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
