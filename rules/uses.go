package rules

import (
	"slices"

	"onput/process"
)

// Uses are the buckets and topics that a set uses, each once and sorted.
type Uses struct {
	Sources []string // buckets whose uploads fire
	Targets []string // buckets that results are saved in
	Claims  []string // buckets that hold claims and failure records
	Topics  []string // SMQ topics of completion messages
	Open    []string // rules with a target bucket that only an upload tells
}

// Uses returns what the rules that are enabled use. Sources are the buckets that sources name in full, and of those given,
// the ones that sources let fire: what a trigger listens to, where sources are globs or missing.
func (s *Set) Uses(given ...string) Uses {
	var u Uses
	for i := range s.sources {
		if name := s.sources[i].bucket.String(); process.ValidBucket(name) { // no character of a name means anything in a glob
			u.Sources = append(u.Sources, name)
		}
	}
	for _, name := range given {
		if s.sources == nil || slices.ContainsFunc(s.sources, func(src source) bool { return src.bucket.Match(name) }) {
			u.Sources = append(u.Sources, name)
		}
	}
	u.Sources = once(u.Sources)
	for i := range s.rules {
		r := &s.rules[i]
		if !r.enabled {
			continue
		}
		for _, out := range r.outputs {
			if out.notify != "" {
				u.Topics = append(u.Topics, out.notify)
			}
			if out.target == nil {
				continue
			}
			names, ok := out.target.bucket.names(u.Sources)
			if !ok {
				u.Open = append(u.Open, r.name)
			}
			u.Targets = append(u.Targets, names...)
		}
	}
	if s.claims != nil {
		u.Claims = u.Sources
		if s.claims.Bucket != "" {
			u.Claims = []string{s.claims.Bucket}
		}
	}
	u.Targets, u.Topics, u.Open = once(u.Targets), once(u.Topics), once(u.Open)
	return u
}

// names returns the buckets that a target's bucket comes to for uploads to the sources, and whether those are all.
func (t template) names(sources []string) ([]string, bool) {
	if len(t.parts) == 0 {
		return sources, true
	}
	varies := false
	for _, p := range t.parts {
		if p.kind != literalPart && p.kind != bucketPart {
			return nil, false
		}
		varies = varies || p.kind == bucketPart
	}
	if !varies {
		sources = []string{""}
	}
	var all []string
	for _, source := range sources {
		name := ""
		for _, p := range t.parts {
			if p.kind == bucketPart {
				name += source
			}
			name += p.literal
		}
		all = append(all, name)
	}
	return all, true
}

// once returns the names sorted, each once.
func once(names []string) []string {
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}
