package glob

import (
	"slices"
	"strings"
)

// A way is a pattern as the index takes it: segment by segment. Each alternative of a pattern is one way. What a rule says
// besides, with which literal prefix and suffix a key must begin and end, narrows the way down where it can, so that the
// rules of many tenants are told apart at the first segment, however they are written.

// segment is one segment of a way.
type segment struct {
	kind   segmentKind
	text   string  // of a literal segment
	tokens []token // of an odd segment

	// With what the texts begin and end that are asked for, where a rule says so besides: the index finds an odd segment by
	// them, and leaves them to be compared.
	begin, end string
}

type segmentKind uint8

const (
	literalSegment segmentKind = iota
	anySegment                 // *
	oddSegment                 // anything else within one segment
	deepSegments               // **: a run of segments, also none
)

// way is what the segments of a key must be: those before its last slash, and its base name.
type way struct {
	dirs []segment
	file segment
}

var (
	anyRun  = segment{kind: deepSegments}
	anyText = segment{kind: anySegment}
)

// ways returns the ways of a pattern of keys.
func (p *Pattern) ways() []way {
	all := make([]way, 0, len(p.alternatives))
	for _, tokens := range p.alternatives {
		w := way{dirs: make([]segment, 0, 4)} // the usual pattern has no more
		if p.base {
			w.dirs = append(w.dirs, anyRun)
		}
		var current []token
		run := func() { // two runs after each other are one
			if n := len(w.dirs); n == 0 || w.dirs[n-1].kind != deepSegments {
				w.dirs = append(w.dirs, anyRun)
			}
		}
		for _, t := range tokens {
			switch t.op {
			case opText:
				text := t.text
				for {
					before, after, found := strings.Cut(text, "/")
					if found && current == nil {
						w.dirs = append(w.dirs, segment{text: before})
						text = after
						continue
					}
					if before != "" {
						current = append(current, token{op: opText, text: before})
					}
					if !found {
						break
					}
					w.dirs = append(w.dirs, segmentOf(current))
					current, text = nil, after
				}
			case opDeep, opDeepCapture:
				run()
			case opRest, opRestCapture: // whatever is left has at least one segment
				run()
				current = []token{{op: opStar}}
			default:
				current = append(current, t)
			}
		}
		w.file = segmentOf(current)
		all = append(all, w)
	}
	return all
}

// segments returns a glob of whole values, such as names of buckets, as segments; their slashes are characters.
func (p *Pattern) segments() []segment {
	all := make([]segment, 0, len(p.alternatives))
	for _, tokens := range p.alternatives {
		all = append(all, segmentOf(tokens))
	}
	return all
}

func segmentOf(tokens []token) segment {
	switch {
	case len(tokens) == 0:
		return segment{}
	case len(tokens) == 1 && tokens[0].op == opText:
		return segment{text: tokens[0].text}
	}
	for _, t := range tokens {
		if t.op != opStar && t.op != opRest {
			return segment{kind: oddSegment, tokens: tokens}
		}
	}
	return anyText
}

// startingWith returns the segment of all texts that begin with a literal one.
func startingWith(text string) segment {
	if text == "" {
		return anyText
	}
	return segment{kind: oddSegment, tokens: []token{{op: opText, text: text}, {op: opStar}}}
}

// endingWith returns the segment of all texts that end with a literal one.
func endingWith(text string) segment {
	if text == "" {
		return anyText
	}
	return segment{kind: oddSegment, tokens: []token{{op: opStar}, {op: opText, text: text}}}
}

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
	case rest[0].kind == deepSegments:
		n.narrow(done, rest[1:], whole) // the run is empty, or it is not
		if len(whole) > 0 {
			n.narrow(then(segment{text: whole[0]}), rest, whole[1:])
		} else if s, ok := n.fit(&anyText, n.partial); ok {
			n.emit(append(then(s), rest...))
		}
	case len(whole) > 0:
		if len(rest) > 1 && rest[0].canBe(whole[0], n.fold) {
			n.narrow(then(segment{text: whole[0]}), rest[1:], whole[1:])
		}
	default:
		if s, ok := n.fit(&rest[0], n.partial); ok {
			n.emit(append(then(s), rest[1:]...))
		}
	}
}

// canBe says whether the segment, which is no run of segments, matches a text.
func (s *segment) canBe(text string, fold bool) bool {
	return s.kind == anySegment || s.kind == literalSegment && s.text == text || s.kind == oddSegment && match(s.tokens, text, fold)
}

// beginning returns the segment for those of its texts that begin with a literal one, and false if there are none.
func (s *segment) beginning(text string) (segment, bool) {
	switch s.kind {
	case literalSegment:
		return *s, strings.HasPrefix(s.text, text)
	case anySegment:
		return startingWith(text), true
	}
	narrow := *s
	if begin := s.literalBegin(); len(begin) < len(text) {
		narrow.begin = text
		return narrow, strings.HasPrefix(text, begin)
	} else {
		return narrow, strings.HasPrefix(begin, text)
	}
}

// ending is beginning for the end.
func (s *segment) ending(text string) (segment, bool) {
	switch s.kind {
	case literalSegment:
		return *s, strings.HasSuffix(s.text, text)
	case anySegment:
		return endingWith(text), true
	}
	narrow := *s
	if end := s.literalEnd(); len(end) < len(text) {
		narrow.end = text
		return narrow, strings.HasSuffix(text, end)
	} else {
		return narrow, strings.HasSuffix(end, text)
	}
}

// literalBegin and literalEnd return with which text all that the segment is asked for begins and ends.
func (s *segment) literalBegin() string {
	if s.begin != "" {
		return s.begin
	}
	if t := s.tokens[0]; t.op == opText {
		return t.text
	}
	return ""
}

func (s *segment) literalEnd() string {
	if s.end != "" {
		return s.end
	}
	if t := s.tokens[len(s.tokens)-1]; t.op == opText {
		return t.text
	}
	return ""
}

// affixAlone says whether the segment is a literal text and a star before or after it, so that beginning or ending with the
// text is all that it asks for.
func (s *segment) affixAlone() bool {
	if len(s.tokens) != 2 || s.begin != "" || s.end != "" {
		return false
	}
	a, b := s.tokens[0].op, s.tokens[1].op
	return a == opText && (b == opStar || b == opRest) || b == opText && (a == opStar || a == opRest)
}

// same returns a text that two odd segments share if they match the same.
func (s *segment) same() string {
	var b strings.Builder
	b.WriteString(s.begin)
	b.WriteByte(0)
	b.WriteString(s.end)
	b.WriteByte(0)
	for _, t := range s.tokens {
		b.WriteByte(byte('0' + t.op))
		if t.slash {
			b.WriteByte('/')
		}
		switch t.op {
		case opText:
			b.WriteString(t.text)
			b.WriteByte(0)
		case opClass:
			if t.class.negated {
				b.WriteByte('!')
			}
			for _, span := range t.class.ranges {
				b.WriteRune(span[0])
				b.WriteRune(span[1])
			}
			b.WriteByte(0)
		}
	}
	return b.String()
}
