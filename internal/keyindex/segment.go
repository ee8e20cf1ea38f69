package keyindex

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/glob"
)

// A way is a pattern as the index takes it: segment by segment. Each alternative of a pattern is one way. What a rule says
// besides, with which literal prefix and suffix a key must begin and end, narrows the way down where it can, so that the
// rules of many tenants are told apart at the first segment, however they are written.

// segment is one segment of a way.
type segment struct {
	glob.Segment

	// With what the texts begin and end that are asked for, where a rule says so besides: the index finds a segment by them.
	begin, end string
}

// way is what the segments of a key must be: those before its last slash, and its base name.
type way struct {
	dirs []segment
	file segment
}

var (
	anyRun  = segment{Segment: glob.Segment{Kind: glob.DeepSegments}}
	anyText = segment{Segment: glob.Segment{Kind: glob.AnySegment}}
)

// literalSegment returns the segment of one text.
func literalSegment(text string) segment { return segment{Segment: glob.Segment{Text: text}} }

// ways returns the ways of a pattern of keys.
func waysOf(p *glob.Pattern) []way {
	paths := p.Paths()
	all := make([]way, len(paths))
	for i, path := range paths {
		segments := make([]segment, len(path))
		for k := range path {
			segments[k].Segment = path[k]
		}
		last := len(segments) - 1
		all[i] = way{segments[:last:last], segments[last]}
	}
	return all
}

// isAny reports whether any text will do.
func (s *segment) isAny() bool { return s.Kind == glob.AnySegment && s.begin == "" && s.end == "" }

// under appends ways to all that together match the keys that w matches and that have a literal prefix, or few more. It
// reports false where they would be too many, or steps, which it counts down, are used up.
func (w way) under(prefix string, fold bool, all []way, steps *int) ([]way, bool) {
	whole := strings.Split(prefix, "/")
	partial := whole[len(whole)-1]
	n := narrowing{partial: partial, fold: fold, fit: (*segment).beginning, emit: func(s []segment) {
		all = append(all, way{s[:len(s)-1], s[len(s)-1]})
	}, steps: steps}
	n.narrow(nil, append(w.dirs[:len(w.dirs):len(w.dirs)], w.file), whole[:len(whole)-1])
	return all, *steps >= 0 && len(all) <= maxWays
}

// endingIn is under for a literal suffix: it goes along the way from its end.
func (w way) endingIn(suffix string, fold bool, all []way, steps *int) ([]way, bool) {
	whole := strings.Split(suffix, "/")
	partial := whole[0]
	whole = whole[1:]
	slices.Reverse(whole)
	backwards := append(w.dirs[:len(w.dirs):len(w.dirs)], w.file)
	slices.Reverse(backwards)
	n := narrowing{partial: partial, fold: fold, fit: (*segment).ending, emit: func(s []segment) {
		all = append(all, way{s[1:], s[0]})
		slices.Reverse(all[len(all)-1].dirs)
	}, steps: steps}
	n.narrow(nil, backwards, whole)
	return all, *steps >= 0 && len(all) <= maxWays
}

// narrowing goes along a way from either end, together with a text that keys have at that end.
type narrowing struct {
	partial string // the segment of the text that need not be a whole one
	fold    bool
	fit     func(*segment, string) (segment, bool) // what a segment comes to whose beginning, or end, is partial
	emit    func([]segment)
	steps   *int // that are left
}

// narrow emits what the segments come to: done, which the text has been held against, and rest, which begins where whole
// does, the segments of the text that are whole ones. None of these is the last of the key.
func (n *narrowing) narrow(done, rest []segment, whole []string) {
	if *n.steps--; *n.steps < 0 {
		return
	}
	then := func(s segment) []segment { return append(done[:len(done):len(done)], s) }
	switch {
	case len(whole) == 0 && n.partial == "":
		n.emit(append(done[:len(done):len(done)], rest...))
	case len(rest) == 0:
	case rest[0].Kind == glob.DeepSegments:
		n.narrow(done, rest[1:], whole) // the run is empty, or it is not
		if len(whole) > 0 {
			n.narrow(then(literalSegment(whole[0])), rest, whole[1:])
		} else if s, ok := n.fit(&anyText, n.partial); ok {
			n.emit(append(then(s), rest...))
		}
	case len(whole) > 0:
		if len(rest) > 1 && rest[0].canBe(whole[0], n.fold) {
			n.narrow(then(literalSegment(whole[0])), rest[1:], whole[1:])
		}
	default:
		if s, ok := n.fit(&rest[0], n.partial); ok {
			n.emit(append(then(s), rest[1:]...))
		}
	}
}

// canBe says whether the segment, which is no run of segments, matches a text.
func (s *segment) canBe(text string, fold bool) bool {
	return strings.HasPrefix(text, s.begin) && strings.HasSuffix(text, s.end) && s.Match(text, fold)
}

// beginning returns the segment for those of its texts that begin with a literal one, and false if there are none.
func (s *segment) beginning(text string) (segment, bool) {
	narrow := *s
	if s.Kind == glob.LiteralSegment {
		return narrow, strings.HasPrefix(s.Text, text)
	}
	if begin := s.literalBegin(); len(begin) >= len(text) {
		return narrow, strings.HasPrefix(begin, text)
	} else {
		narrow.begin = text
		return narrow, strings.HasPrefix(text, begin)
	}
}

// ending is beginning for the end.
func (s *segment) ending(text string) (segment, bool) {
	narrow := *s
	if s.Kind == glob.LiteralSegment {
		return narrow, strings.HasSuffix(s.Text, text)
	}
	if end := s.literalEnd(); len(end) >= len(text) {
		return narrow, strings.HasSuffix(end, text)
	} else {
		narrow.end = text
		return narrow, strings.HasSuffix(text, end)
	}
}

// literalBegin and literalEnd return with which text all that the segment is asked for begins and ends.
func (s *segment) literalBegin() string { return cmp.Or(s.begin, s.Prefix()) }

func (s *segment) literalEnd() string { return cmp.Or(s.end, s.Suffix()) }

// affixAlone says whether beginning or ending with a literal text is all that the segment asks for.
func (s *segment) affixAlone() bool {
	if s.Kind == glob.AnySegment {
		return s.begin == "" || s.end == ""
	}
	return s.begin == "" && s.end == "" && s.IsAffix()
}

// same returns a text that two odd segments share if they match the same.
func (s *segment) same() string { return s.begin + "\x00" + s.end + "\x00" + s.Identity() }
