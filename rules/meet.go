package rules

import (
	"slices"
	"strings"

	"onput/rules/glob"
)

// Which outputs may reach which rules at all: told by the literal texts with which names must begin and end, without looking
// at what is between. Rules are found by the extension and the first folder of their keys, so that a thousand rules with a
// folder of their own each are not compared with each other.

// affixes are the literal texts, folded, with which all keys of a language begin and end.
type affixes struct{ prefix, suffix string }

// folder returns the first folder that every key has, false if they differ in it.
func (a affixes) folder() (string, bool) {
	folder, _, ok := strings.Cut(a.prefix, "/")
	return folder, ok
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
	return (strings.HasPrefix(a.prefix, b.prefix) || strings.HasPrefix(b.prefix, a.prefix)) &&
		(strings.HasSuffix(a.suffix, b.suffix) || strings.HasSuffix(b.suffix, a.suffix))
}

// affixes returns those of the rule's keys, one for each alternative of its patterns.
func (r *rule) affixes() []affixes {
	all := []affixes{{}}
	if r.keys != nil {
		all = nil
		for _, p := range r.keys {
			for _, a := range p.Affixes() {
				all = append(all, affixes{a[0], a[1]})
			}
		}
	}
	// One prefix or suffix of several tells nothing; a single one may tell more than the pattern.
	for i := range all {
		if len(r.prefixes) == 1 && len(r.prefixes[0]) > len(all[i].prefix) {
			all[i].prefix = glob.FoldString(r.prefixes[0])
		}
		if len(r.suffixes) == 1 && len(r.suffixes[0]) > len(all[i].suffix) {
			all[i].suffix = glob.FoldString(r.suffixes[0])
		}
	}
	slices.SortFunc(all, func(a, b affixes) int {
		return strings.Compare(a.prefix+"\x00"+a.suffix, b.prefix+"\x00"+b.suffix)
	})
	return slices.Compact(all)
}

// written returns the affixes of the keys that an output writes for keys with the given ones.
func (o *output) written(from affixes) affixes {
	return affixes{o.writtenPrefix(from), o.writtenSuffix(from)}
}

func (o *output) writtenPrefix(from affixes) string {
	prefix := ""
	for i, p := range o.target.key.parts {
		switch p.kind {
		case literalPart:
			prefix += glob.FoldString(p.literal)
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

func (o *output) writtenSuffix(from affixes) string {
	suffix := ""
	parts := o.target.key.parts
	for i := len(parts) - 1; i >= 0; i-- {
		p := parts[i]
		known := false
		switch ext, hasExt := from.ext(); p.kind {
		case literalPart:
			text := p.literal
			if i > 0 {
				text = strings.TrimPrefix(text, "/") // it goes with an empty variable
			}
			suffix, known = glob.FoldString(text)+suffix, true
		case ossPart:
			if format := o.format(); p.literal == "autoext" && format != "" {
				suffix, known = glob.FoldString(format)+suffix, true
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
		if !known || strings.Contains(p.literal, "/") {
			break
		}
	}
	if i := strings.LastIndexByte(suffix, '/'); !strings.Contains(suffix[i+1:], ".") {
		return "" // OSS may append an extension
	}
	return suffix
}

// finder finds rules by what their keys have in common.
type finder struct {
	exact  map[[2]string][]int // by extension and folder
	exts   map[string][]int    // all rules by their extension
	bare   []int               // rules without one
	tops   map[string][]int    // all rules by their folder
	rooted []int               // rules without one
	extAny map[string][]int    // rules with an extension and no folder
	topAny map[string][]int    // rules with a folder and no extension
	any    []int               // rules with neither
	all    []int
}

func newFinder() *finder {
	return &finder{exact: map[[2]string][]int{}, exts: map[string][]int{}, tops: map[string][]int{},
		extAny: map[string][]int{}, topAny: map[string][]int{}}
}

func (f *finder) add(a affixes, rule int) {
	ext, hasExt := a.ext()
	top, hasTop := a.folder()
	f.all = append(f.all, rule)
	if hasExt {
		f.exts[ext] = append(f.exts[ext], rule)
	} else {
		f.bare = append(f.bare, rule)
	}
	if hasTop {
		f.tops[top] = append(f.tops[top], rule)
	} else {
		f.rooted = append(f.rooted, rule)
	}
	switch {
	case hasExt && hasTop:
		f.exact[[2]string{ext, top}] = append(f.exact[[2]string{ext, top}], rule)
	case hasExt:
		f.extAny[ext] = append(f.extAny[ext], rule)
	case hasTop:
		f.topAny[top] = append(f.topAny[top], rule)
	default:
		f.any = append(f.any, rule)
	}
}

// candidates returns lists of rules; others cannot hear a key with those affixes. A rule may be on several.
func (f *finder) candidates(to affixes) [][]int {
	ext, hasExt := to.ext()
	top, hasTop := to.folder()
	switch {
	case hasExt && hasTop:
		return [][]int{f.exact[[2]string{ext, top}], f.extAny[ext], f.topAny[top], f.any}
	case hasExt:
		return [][]int{f.exts[ext], f.bare}
	case hasTop:
		return [][]int{f.tops[top], f.rooted}
	}
	return [][]int{f.all}
}

// meetings returns, for each rule, the rules that its outputs may reach. Rules that are not enabled are on neither side.
func (s *Set) meetings() map[int][]int {
	f := newFinder()
	keys := make([][]affixes, len(s.rules))
	for i := range s.rules {
		if s.rules[i].enabled {
			keys[i] = s.rules[i].affixes()
			for _, a := range keys[i] {
				f.add(a, i)
			}
		}
	}
	edges := map[int][]int{}
	for i := range s.rules {
		seen := map[int]bool{}
		for _, from := range keys[i] {
			for k := range s.rules[i].outputs {
				o := &s.rules[i].outputs[k]
				if o.target == nil || len(o.target.key.parts) == 0 {
					continue
				}
				to := o.written(from)
				if !s.mayBeSource(o.target, to) {
					continue
				}
				for _, list := range f.candidates(to) {
					for _, j := range list {
						if !seen[j] && s.rules[j].mayHear(o.target) && slices.ContainsFunc(keys[j], to.meets) {
							seen[j] = true
							edges[i] = append(edges[i], j)
						}
					}
				}
			}
		}
		slices.Sort(edges[i])
	}
	return edges
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

// mayBeSource says whether sources allow a target whose keys have those affixes.
func (s *Set) mayBeSource(t *target, to affixes) bool {
	if s.sources == nil {
		return true
	}
	bucket, known := t.bucketName()
	return slices.ContainsFunc(s.sources, func(src source) bool {
		prefix := glob.FoldString(src.prefix)
		return (!known || src.bucket.Match(bucket)) && (strings.HasPrefix(prefix, to.prefix) || strings.HasPrefix(to.prefix, prefix))
	})
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
