package rules

import (
	"slices"
	"strings"
	"unicode"

	"onput/internal/glob"
	"onput/internal/ruleset"
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
	for i := range s.compiled.Rules {
		r := &s.compiled.Rules[i]
		if !r.Enabled || r.LogOnly {
			continue
		}
		areas := areasOfRule(r, everywhere)
		for n := range r.Outputs {
			o := &r.Outputs[n]
			if len(areas) == 0 {
				continue // nothing can fire it
			}
			out := OutputAccess{Rule: r.Name, Output: n, Operation: o.Request.Operation, Known: o.Operation, Notify: o.Notify}
			for _, in := range areas {
				out.Sources = append(out.Sources, in.place())
				for _, key := range clipKeys(o, in) {
					out.Clips = append(out.Clips, BucketKeyPattern{in.bucket, key})
				}
				if o.Target != nil {
					out.Targets = append(out.Targets, targetArea(o.Target, in))
				}
				if s.compiled.Claims != nil {
					a.Claims = append(a.Claims, claimsArea(s.compiled.Claims, in))
				}
			}
			a.Outputs = append(a.Outputs, out)
		}
	}
	return a
}

// area is where uploads may be: buckets, as in a Place, and how keys begin.
type uploadArea struct{ bucket, prefix string }

// limit is an area, or with fold one of which keys may begin in letters of another case.
type areaFilter struct {
	uploadArea
	fold bool
}

func (a uploadArea) place() BucketKeyPattern { return BucketKeyPattern{a.bucket, a.prefix + "*"} }

// place returns where the claims of uploads in an area are.
func claimsArea(c *ruleset.Claims, in uploadArea) BucketKeyPattern {
	if c.Bucket != "" {
		in.bucket = c.Bucket
	}
	return BucketKeyPattern{in.bucket, c.Prefix + "*"}
}

// areas returns where both triggers and sources let uploads be.
func (s *Set) areas(triggers []BucketKeyPattern) []uploadArea {
	all := []uploadArea{{bucket: "*"}}
	if triggers != nil {
		all = nil
		for _, t := range triggers {
			all = append(all, uploadArea{t.Bucket, strings.TrimSuffix(t.Key, "*")})
		}
	}
	if s.compiled.Sources == nil {
		return all
	}
	var sources []areaFilter
	for i := range s.compiled.Sources {
		for _, bucket := range s.compiled.Sources[i].Bucket.WildcardForms() {
			sources = append(sources, areaFilter{uploadArea: uploadArea{bucket, s.compiled.Sources[i].Prefix}})
		}
	}
	return intersectAreas(all, sources)
}

// within returns where in the areas an upload can fire the rule.
func areasOfRule(r *ruleset.Rule, all []uploadArea) []uploadArea {
	var buckets, keys, prefixes []areaFilter
	for _, p := range r.Buckets {
		for _, bucket := range p.WildcardForms() {
			buckets = append(buckets, areaFilter{uploadArea: uploadArea{bucket: bucket}})
		}
	}
	for _, p := range r.Keys {
		for prefix := range p.Affixes() {
			keys = append(keys, areaFilter{uploadArea{"*", prefix}, r.IgnoreCase})
		}
	}
	for _, prefix := range r.Prefixes {
		prefixes = append(prefixes, areaFilter{uploadArea{"*", prefix}, r.IgnoreCase})
	}
	for _, limits := range [...][]areaFilter{buckets, keys, prefixes} {
		if limits != nil {
			all = intersectAreas(all, limits)
		}
	}
	return all
}

// meet returns what of the areas is within one of the limits.
func intersectAreas(areas []uploadArea, limits []areaFilter) []uploadArea {
	var all []uploadArea
	for _, a := range areas {
		for _, c := range limits {
			bucket, ok := meetBuckets(a.bucket, c.bucket)
			if !ok {
				continue
			}
			prefix, ok := meetPrefixes(a.prefix, c.prefix, c.fold)
			if m := (uploadArea{bucket, prefix}); ok && !slices.Contains(all, m) {
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
func clipKeys(o *ruleset.Output, in uploadArea) []string {
	var keys []string
	for i, clip := range o.Request.Clips {
		for k, p := range clip.Params {
			if p.Name != "o" {
				continue
			}
			key := p.Value
			for _, open := range o.Open {
				if open.Clip == i && open.Param == k {
					if key = templatePrefix(open.Value, in); open.Value.HasVariables() {
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
func targetArea(t *ruleset.Target, in uploadArea) BucketKeyPattern {
	p := BucketKeyPattern{in.bucket, templatePrefix(t.Key, in)}
	if len(t.Bucket.Parts) > 0 {
		p.Bucket = ""
		for _, part := range t.Bucket.Parts {
			switch part.Kind {
			case ruleset.LiteralPart:
				p.Bucket += part.Text
			case ruleset.BucketPart:
				p.Bucket += in.bucket
			default:
				p.Bucket += "*"
			}
		}
	}
	// OSS appends an extension to a name without one.
	if t.Key.HasVariables() || strings.LastIndexByte(p.Key, '.') <= strings.LastIndexByte(p.Key, '/') {
		p.Key += "*"
	}
	return p
}

// beginning returns how every text begins that the template comes to for uploads in an area.
func templatePrefix(t ruleset.Template, in uploadArea) string {
	var b strings.Builder
	for _, p := range t.Parts {
		switch p.Kind {
		case ruleset.LiteralPart:
			b.WriteString(p.Text)
			continue
		case ruleset.BucketPart:
			name, more := in.bucket, false
			if i := strings.IndexAny(name, "*?"); i >= 0 {
				name, more = name[:i], true
			}
			b.WriteString(name)
			if !more {
				continue
			}
		case ruleset.KeyPart:
			b.WriteString(in.prefix)
		case ruleset.DirnamePart:
			folder, _, _, _ := process.SplitKey(in.prefix)
			b.WriteString(folder)
		}
		break
	}
	return b.String()
}
