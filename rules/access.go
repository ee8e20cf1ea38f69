package rules

import (
	"slices"
	"strings"
	"unicode"

	"onput/internal/glob"
	"onput/process"
)

// Access is what the rules of a set read and write in OSS, as far as that is known before there is an upload. Rules that
// submit nothing, because they are not enabled or in mode log, have no part in it.
type Access struct {
	Outputs []OutputAccess
	Claims  []BucketKeyPattern // where claims are, and records of failures; none without claims
}

// OutputAccess is what one output of a rule needs when it fires.
type OutputAccess struct {
	Rule      string
	Output    int
	Operation string             // "video/convert", "style/NAME"
	Known     *process.Operation // what the catalogue knows of it
	Sources   []BucketKeyPattern // the uploads
	Clips     []BucketKeyPattern // what is joined to them
	Targets   []BucketKeyPattern // what is written
	Notify    string             // SMQ topic; "" for none
}

// BucketKeyPattern is objects, by two texts in which * is any run of characters, / included, and ? is one character, as in the
// resources of RAM policies.
type BucketKeyPattern struct{ Bucket, Key string }

// Access returns what the rules read and write if events come from these places only, from everywhere if there are none.
// Places are never too small. They are larger where a pattern says more than how keys begin.
func (s *Set) Access(triggers []BucketKeyPattern) Access {
	var a Access
	everywhere := s.areas(triggers)
	for i := range s.rules {
		r := &s.rules[i]
		if !r.enabled || r.log {
			continue
		}
		areas := r.within(everywhere)
		for n := range r.outputs {
			o := &r.outputs[n]
			if len(areas) == 0 {
				continue // nothing can fire it
			}
			out := OutputAccess{Rule: r.name, Output: n, Operation: o.request.Operation, Known: o.operation, Notify: o.notify}
			for _, in := range areas {
				out.Sources = append(out.Sources, in.place())
				for _, key := range o.clips(in) {
					out.Clips = append(out.Clips, BucketKeyPattern{in.bucket, key})
				}
				if o.target != nil {
					out.Targets = append(out.Targets, o.target.place(in))
				}
				if s.claims != nil {
					a.Claims = append(a.Claims, s.claims.place(in))
				}
			}
			a.Outputs = append(a.Outputs, out)
		}
	}
	return a
}

// area is where uploads may be: buckets, as in a Place, and how keys begin.
type area struct{ bucket, prefix string }

// limit is an area, or with fold one of which keys may begin in letters of another case.
type limit struct {
	area
	fold bool
}

func (a area) place() BucketKeyPattern { return BucketKeyPattern{a.bucket, a.prefix + "*"} }

// place returns where the claims of uploads in an area are.
func (c *Claims) place(in area) BucketKeyPattern {
	if c.Bucket != "" {
		in.bucket = c.Bucket
	}
	return BucketKeyPattern{in.bucket, c.Prefix + "*"}
}

// areas returns where both triggers and sources let uploads be.
func (s *Set) areas(triggers []BucketKeyPattern) []area {
	all := []area{{bucket: "*"}}
	if triggers != nil {
		all = nil
		for _, t := range triggers {
			all = append(all, area{t.Bucket, strings.TrimSuffix(t.Key, "*")})
		}
	}
	if s.sources == nil {
		return all
	}
	var sources []limit
	for i := range s.sources {
		for _, bucket := range s.sources[i].bucket.WildcardForms() {
			sources = append(sources, limit{area: area{bucket, s.sources[i].prefix}})
		}
	}
	return meet(all, sources)
}

// within returns where in the areas an upload can fire the rule.
func (r *rule) within(all []area) []area {
	var buckets, keys, prefixes []limit
	for _, p := range r.buckets {
		for _, bucket := range p.WildcardForms() {
			buckets = append(buckets, limit{area: area{bucket: bucket}})
		}
	}
	for _, p := range r.keys {
		for prefix := range p.Affixes() {
			keys = append(keys, limit{area{"*", prefix}, r.fold})
		}
	}
	for _, prefix := range r.prefixes {
		prefixes = append(prefixes, limit{area{"*", prefix}, r.fold})
	}
	for _, limits := range [...][]limit{buckets, keys, prefixes} {
		if limits != nil {
			all = meet(all, limits)
		}
	}
	return all
}

// meet returns what of the areas is within one of the limits.
func meet(areas []area, limits []limit) []area {
	var all []area
	for _, a := range areas {
		for _, c := range limits {
			bucket, ok := meetBuckets(a.bucket, c.bucket)
			if !ok {
				continue
			}
			prefix, ok := meetPrefixes(a.prefix, c.prefix, c.fold)
			if m := (area{bucket, prefix}); ok && !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}

// meetPrefixes returns how keys begin that begin with both texts, with the second in letters of any case if fold is set. It
// reports false where there are none.
func meetPrefixes(prefix, other string, fold bool) (string, bool) {
	if !fold { // where one begins with the other, the larger one is the longer one
		return max(prefix, other), strings.HasPrefix(prefix, other) || strings.HasPrefix(other, prefix)
	}
	a, b := []rune(prefix), []rune(other)
	both := min(len(a), len(b))
	if !strings.EqualFold(string(a[:both]), string(b[:both])) {
		return "", false
	}
	rest := string(b[both:])
	// What follows is certain up to the first letter that has another case.
	if i := strings.IndexFunc(rest, func(c rune) bool { return unicode.SimpleFold(c) != c }); i >= 0 {
		rest = rest[:i]
	}
	return prefix + rest, true
}

// meetBuckets returns the buckets that both texts name, or where that is no such text the one that says more. It reports
// false where there is none.
func meetBuckets(a, b string) (string, bool) {
	if len(strings.Trim(a, "*")) < len(strings.Trim(b, "*")) {
		a, b = b, a
	}
	for _, pair := range [...][2]string{{a, b}, {b, a}} {
		if strings.ContainsAny(pair[0], "*?") {
			continue
		}
		p, err := glob.ParseValue(pair[1], false)
		return pair[0], err == nil && p.Match(pair[0])
	}
	return a, true
}

// clips returns the keys of the clips that are joined to an upload in an area. They lie in its bucket.
func (o *output) clips(in area) []string {
	var keys []string
	for i, clip := range o.request.Clips {
		for k, p := range clip.Params {
			if p.Name != "o" {
				continue
			}
			key := p.Value
			for _, open := range o.open {
				if open.clip == i && open.param == k {
					if key = open.value.beginning(in); open.value.open() {
						key += "*"
					}
				}
			}
			keys = append(keys, key)
		}
	}
	return keys
}

// place returns what an output writes for uploads in an area.
func (t *target) place(in area) BucketKeyPattern {
	p := BucketKeyPattern{in.bucket, t.key.beginning(in)}
	if len(t.bucket.parts) > 0 {
		p.Bucket = ""
		for _, part := range t.bucket.parts {
			switch part.kind {
			case literalPart:
				p.Bucket += part.literal
			case bucketPart:
				p.Bucket += in.bucket
			default:
				p.Bucket += "*"
			}
		}
	}
	// OSS appends an extension to a name without one.
	if t.key.open() || strings.LastIndexByte(p.Key, '.') <= strings.LastIndexByte(p.Key, '/') {
		p.Key += "*"
	}
	return p
}

// beginning returns how every text begins that the template comes to for uploads in an area.
func (t template) beginning(in area) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch p.kind {
		case literalPart:
			b.WriteString(p.literal)
			continue
		case bucketPart:
			name, more := in.bucket, false
			if i := strings.IndexAny(name, "*?"); i >= 0 {
				name, more = name[:i], true
			}
			b.WriteString(name)
			if !more {
				continue
			}
		case keyPart:
			b.WriteString(in.prefix)
		case dirnamePart:
			folder, _, _, _ := process.SplitKey(in.prefix)
			b.WriteString(folder)
		}
		break
	}
	return b.String()
}
