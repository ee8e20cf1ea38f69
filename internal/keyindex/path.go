package keyindex

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/glob"
)

// path is one alternative of an entry: its segments, the base name last.
type path []segment

// segment is one segment of a path.
//
// The prefixes and suffixes of an entry narrow the segments of its patterns. So the rules of many tenants part at the
// first segment, however they are written.
type segment struct {
	glob.Segment
	addedPrefix, addedSuffix string // that the text must have, too; "" for none
}

var (
	anySegment   = segment{Segment: glob.Segment{Kind: glob.AnySegment}}
	deepSegments = segment{Segment: glob.Segment{Kind: glob.DeepSegments}}
)

// literalSegment returns the segment that matches only text.
func literalSegment(text string) segment {
	return segment{Segment: glob.Segment{Kind: glob.LiteralSegment, Text: text}}
}

// pathsOf returns a path for each alternative of a pattern.
func pathsOf(p *glob.Pattern) []path {
	var all []path
	for _, segments := range p.Paths() {
		w := make(path, len(segments))
		for i := range segments {
			w[i].Segment = segments[i]
		}
		all = append(all, w)
	}
	return all
}

// matches reports whether the segment matches text. It must not be **.
func (s *segment) matches(text string, fold bool) bool {
	return strings.HasPrefix(text, s.addedPrefix) && strings.HasSuffix(text, s.addedSuffix) && s.Match(text, fold)
}

// matchesAll reports whether the segment matches every text.
func (s *segment) matchesAll() bool {
	return s.Kind == glob.AnySegment && s.addedPrefix == "" && s.addedSuffix == ""
}

// isAffix reports whether the segment is a literal prefix or suffix and nothing else.
func (s *segment) isAffix() bool {
	if s.Kind == glob.AnySegment {
		return s.addedPrefix == "" || s.addedSuffix == ""
	}
	return s.addedPrefix == "" && s.addedSuffix == "" && s.IsAffix()
}

// prefix returns the longest known prefix of the texts that the segment matches.
func (s *segment) prefix() string { return cmp.Or(s.addedPrefix, s.Prefix()) }

// suffix returns the longest known suffix of the texts that the segment matches.
func (s *segment) suffix() string { return cmp.Or(s.addedSuffix, s.Suffix()) }

// identityKey returns the same text for segments that match the same texts.
func (s *segment) identityKey() string {
	return s.addedPrefix + "\x00" + s.addedSuffix + "\x00" + s.Identity()
}

// withPrefix returns s restricted to texts that begin with prefix. It returns false if there are none.
func (s *segment) withPrefix(prefix string) (segment, bool) {
	narrow := *s
	if s.Kind == glob.LiteralSegment {
		return narrow, strings.HasPrefix(s.Text, prefix)
	}
	old := s.prefix()
	if len(old) < len(prefix) {
		narrow.addedPrefix = prefix
	}
	return narrow, strings.HasPrefix(old, prefix) || strings.HasPrefix(prefix, old)
}

// withSuffix returns s restricted to texts that end in suffix. It returns false if there are none.
func (s *segment) withSuffix(suffix string) (segment, bool) {
	narrow := *s
	if s.Kind == glob.LiteralSegment {
		return narrow, strings.HasSuffix(s.Text, suffix)
	}
	old := s.suffix()
	if len(old) < len(suffix) {
		narrow.addedSuffix = suffix
	}
	return narrow, strings.HasSuffix(old, suffix) || strings.HasSuffix(suffix, old)
}

// narrowToPrefix returns the paths that match what w matches and that begin with prefix (a superset is allowed). It
// counts steps down; the result is incomplete if they fall below zero.
func (w path) narrowToPrefix(prefix string, fold bool, steps *int) []path {
	whole := strings.Split(prefix, "/")
	last := len(whole) - 1
	n := narrowing{partial: whole[last], fold: fold, withPartial: (*segment).withPrefix, steps: steps}
	n.narrow(nil, w, whole[:last])
	return n.paths
}

// narrowToSuffix is like narrowToPrefix for keys that end in suffix. It walks backwards.
func (w path) narrowToSuffix(suffix string, fold bool, steps *int) []path {
	whole := strings.Split(suffix, "/")
	backwards := slices.Clone(w)
	slices.Reverse(backwards)
	slices.Reverse(whole)
	last := len(whole) - 1
	n := narrowing{partial: whole[last], fold: fold, withPartial: (*segment).withSuffix, steps: steps}
	n.narrow(nil, backwards, whole[:last])
	for _, p := range n.paths {
		slices.Reverse(p)
	}
	return n.paths
}

// narrowing walks a path and a literal text from the same end.
type narrowing struct {
	partial     string // the last segment of the text, which may be part of one of the key
	fold        bool
	withPartial func(*segment, string) (segment, bool)
	steps       *int
	paths       []path
}

// narrow adds the paths that continue done, which is settled, with the common part of rest and the text. whole holds
// the segments of the text that are left, without the partial one.
func (n *narrowing) narrow(done, rest path, whole []string) {
	if *n.steps--; *n.steps < 0 {
		return
	}
	then := func(s segment) path { return append(slices.Clip(done), s) }
	switch {
	case len(whole) == 0 && n.partial == "":
		n.paths = append(n.paths, slices.Concat(done, rest))
	case len(rest) == 0:
	case rest[0].Kind == glob.DeepSegments:
		n.narrow(done, rest[1:], whole) // ** takes no segment, or one more
		if len(whole) > 0 {
			n.narrow(then(literalSegment(whole[0])), rest, whole[1:])
		} else if s, ok := n.withPartial(&anySegment, n.partial); ok {
			n.paths = append(n.paths, append(then(s), rest...))
		}
	case len(whole) > 0:
		if len(rest) > 1 && rest[0].matches(whole[0], n.fold) { // the key goes on after a whole segment
			n.narrow(then(literalSegment(whole[0])), rest[1:], whole[1:])
		}
	default:
		if s, ok := n.withPartial(&rest[0], n.partial); ok {
			n.paths = append(n.paths, append(then(s), rest[1:]...))
		}
	}
}
