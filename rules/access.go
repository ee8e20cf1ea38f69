package rules

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// Access lists what the rules of a set read and write in OSS, as far as that is known before an upload. Rules that submit
// nothing, because they are disabled or in mode log, have no outputs.
type Access struct {
	Outputs []OutputAccess
	LookUps []LookUpAccess     // of rules in mode log, too
	Claims  []BucketKeyPattern // claims and records of failures; none without claims
}

// OutputAccess lists what one output of a rule reads and writes.
type OutputAccess struct {
	Rule      string
	Output    int
	Operation string             // "video/convert", "style/NAME"
	Known     *process.Operation // the operation's entry in the catalogue
	Sources   []BucketKeyPattern // the uploads
	Clips     []BucketKeyPattern // the clips that are joined to them
	Marks     []BucketKeyPattern // the images of watermarks
	Targets   []BucketKeyPattern // the results
	Notify    string             // SMQ topic; "" for none

	Synchronous bool
	IMMActions  []string // the RAM actions of Intelligent Media Management that it needs; nil for none, and for a style
}

// NeedsIMM reports whether Intelligent Media Management carries out the process. OSS itself does most synchronous ones. It takes
// a synchronous style for one of these, since only the bucket knows its actions.
func (o *OutputAccess) NeedsIMM() bool { return !o.Synchronous || len(o.IMMActions) > 0 }

// BucketKeyPattern describes objects as the resources of RAM policies do: * is any run of characters, / included, and ? is
// one character.
type BucketKeyPattern struct{ Bucket, Key string }

// Access returns what the rules read and write if events come from the given objects only, or from all objects if triggers
// is nil. The result leaves out no object, but may include too many: of a key pattern, only the literal prefix counts.
func (s *Set) Access(triggers []BucketKeyPattern) Access {
	var a Access
	sources := s.sourceAreas(triggers)
	for i := range s.compiled.Rules {
		r := &s.compiled.Rules[i]
		areas := areasOfRule(r, sources)
		a.addLookUp(r, areas)
		if !r.Enabled || r.LogOnly || len(areas) == 0 {
			continue
		}
		for n := range r.Outputs {
			o := &r.Outputs[n]
			out := OutputAccess{Rule: r.Name, Output: n, Operation: o.Request.Operation, Known: o.Operation, Notify: o.Notify,
				Synchronous: o.Synchronous, IMMActions: o.Request.IMMActions()}
			for _, area := range areas {
				out.Sources = append(out.Sources, BucketKeyPattern{area.bucket, area.prefix + "*"})
				clips, marks := otherSources(o, area)
				out.Clips, out.Marks = append(out.Clips, clips...), append(out.Marks, marks...)
				if o.Target != nil {
					out.Targets = append(out.Targets, targetPattern(o.Target, area))
				}
				if c := s.compiled.Claims; c != nil {
					a.Claims = append(a.Claims, BucketKeyPattern{cmp.Or(c.Bucket, area.bucket), c.Prefix + "*"})
				}
			}
			a.Outputs = append(a.Outputs, out)
		}
	}
	return a
}

// uploadArea is the objects of some buckets, as in a [BucketKeyPattern], whose keys begin with a prefix.
type uploadArea struct{ bucket, prefix string }

// areaFilter restricts areas. If fold is set, it ignores letter case in the prefix.
type areaFilter struct {
	bucket, prefix string
	fold           bool
}

// sourceAreas returns where uploads may fire according to triggers and sources.
func (s *Set) sourceAreas(triggers []BucketKeyPattern) []uploadArea {
	areas := []uploadArea{{bucket: "*"}}
	if triggers != nil {
		areas = nil
		for _, t := range triggers {
			areas = append(areas, uploadArea{t.Bucket, strings.TrimSuffix(t.Key, "*")})
		}
	}
	var sources []areaFilter
	for i := range s.compiled.Sources {
		for _, bucket := range s.compiled.Sources[i].Bucket.WildcardForms() {
			sources = append(sources, areaFilter{bucket: bucket, prefix: s.compiled.Sources[i].Prefix})
		}
	}
	return intersectAreas(areas, sources)
}

// areasOfRule returns where in the areas uploads may fire the rule.
func areasOfRule(r *ruleset.Rule, areas []uploadArea) []uploadArea {
	var buckets, keys, prefixes []areaFilter
	for _, p := range r.Buckets {
		for _, bucket := range p.WildcardForms() {
			buckets = append(buckets, areaFilter{bucket: bucket})
		}
	}
	for _, p := range r.Keys {
		for prefix := range p.Affixes() {
			keys = append(keys, areaFilter{"*", prefix, r.IgnoreCase})
		}
	}
	for _, prefix := range r.Prefixes {
		prefixes = append(prefixes, areaFilter{"*", prefix, r.IgnoreCase})
	}
	return intersectAreas(intersectAreas(intersectAreas(areas, buckets), keys), prefixes)
}

// intersectAreas returns the parts of the areas that pass one of the filters, all of them if there is no filter.
func intersectAreas(areas []uploadArea, filters []areaFilter) []uploadArea {
	if filters == nil {
		return areas
	}
	var passed []uploadArea
	for _, a := range areas {
		for _, f := range filters {
			bucket, bucketOK := intersectBuckets(a.bucket, f.bucket)
			prefix, prefixOK := intersectPrefixes(a.prefix, f.prefix, f.fold)
			if p := (uploadArea{bucket, prefix}); bucketOK && prefixOK && !slices.Contains(passed, p) {
				passed = append(passed, p)
			}
		}
	}
	return passed
}

// intersectPrefixes returns the prefix of the keys that begin with both texts. It reports false if there are no such keys.
// If fold is set, letter case is ignored in other.
func intersectPrefixes(prefix, other string, fold bool) (string, bool) {
	if !fold { // if one begins with the other, the longer one is the larger one
		return max(prefix, other), strings.HasPrefix(prefix, other) || strings.HasPrefix(other, prefix)
	}
	a, b := []rune(prefix), []rune(other)
	shared := min(len(a), len(b))
	if !strings.EqualFold(string(a[:shared]), string(b[:shared])) {
		return "", false
	}
	rest := string(b[shared:])
	// The prefix ends before the first letter that has another case.
	if i := strings.IndexFunc(rest, func(c rune) bool { return unicode.SimpleFold(c) != c }); i >= 0 {
		rest = rest[:i]
	}
	return prefix + rest, true
}

// intersectBuckets returns the buckets that match both texts, as one text with wildcards that may match more. It reports
// false if no bucket matches both.
func intersectBuckets(a, b string) (string, bool) {
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

// otherSources returns the objects that the process of an output reads besides the uploads in an area: clips, and the images of
// watermarks. They are in the bucket of the upload.
func otherSources(o *ruleset.Output, in uploadArea) (clips, marks []BucketKeyPattern) {
	for segment := range o.Request.Segments() {
		isClip := 0 < segment && segment <= len(o.Request.Clips)
		isMark := strings.TrimPrefix(o.Request.SegmentName(segment), "image/") == "watermark"
		for k, p := range *o.Request.ParamsOf(segment) {
			key := p.Value
			for _, open := range o.Open {
				if open.Segment == segment && open.Param == k {
					key = templatePrefix(open.Value, in) + "*"
				}
			}
			switch {
			case isClip && p.Name == "o":
				clips = append(clips, BucketKeyPattern{in.bucket, key})
			case isMark && p.Name == "image":
				key, _, _ = strings.Cut(key, "?x-oss-process=")
				marks = append(marks, BucketKeyPattern{in.bucket, key})
			}
		}
	}
	return clips, marks
}

// targetPattern returns the objects that are written for uploads in an area.
func targetPattern(t *ruleset.Target, in uploadArea) BucketKeyPattern {
	p := BucketKeyPattern{Key: templatePrefix(t.Key, in)}
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
	p.Bucket = cmp.Or(p.Bucket, in.bucket)
	// OSS appends an extension to a name without one.
	if t.Key.HasVariables() || !t.Literal && strings.LastIndexByte(p.Key, '.') <= strings.LastIndexByte(p.Key, '/') {
		p.Key += "*"
	}
	return p
}

// templatePrefix returns the prefix that the template's texts have in common for all uploads in an area.
func templatePrefix(t ruleset.Template, in uploadArea) string {
	prefix := ""
	for _, p := range t.Parts {
		switch p.Kind {
		case ruleset.LiteralPart:
			prefix += p.Text
		case ruleset.BucketPart:
			i := strings.IndexAny(in.bucket, "*?")
			if i >= 0 {
				return prefix + in.bucket[:i]
			}
			prefix += in.bucket
		case ruleset.KeyPart:
			return prefix + in.prefix
		case ruleset.DirnamePart:
			dirname, _, _, _ := process.SplitKey(in.prefix)
			return prefix + dirname
		default:
			return prefix
		}
	}
	return prefix
}
