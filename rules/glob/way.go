package glob

import "strings"

// A way is a pattern as the index takes it: segment by segment. Each alternative of a pattern is one way. What a rule says
// besides, with which literal prefix and suffix a key must begin and end, narrows the way down where it can, so that the
// rules of many tenants are told apart at the first segment, however they are written.

// segment is one segment of a way.
type segment struct {
	kind   segmentKind
	text   string  // of a literal segment
	tokens []token // of an odd segment
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
	wide bool // it also matches keys that the pattern does not
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

// under returns ways of which one matches each key that w matches and that has a literal prefix.
func (w way) under(prefix string) []way {
	dirs := strings.Split(prefix, "/")
	dirs, partial := dirs[:len(dirs)-1], dirs[len(dirs)-1]
	if len(w.dirs) == 0 || w.dirs[0].kind != deepSegments {
		narrow := w
		narrow.dirs = append([]segment(nil), w.dirs...)
		for i, text := range dirs {
			if i >= len(w.dirs) || w.dirs[i].kind == deepSegments {
				break
			}
			if w.dirs[i].kind != literalSegment {
				narrow.dirs[i] = segment{text: text}
				narrow.wide = narrow.wide || w.dirs[i].kind == oddSegment
			}
		}
		return []way{narrow}
	}
	var begin []segment
	for _, text := range dirs {
		begin = append(begin, segment{text: text})
	}
	begin = begin[:len(begin):len(begin)]
	wide := w.wide || len(w.dirs) > 1
	if partial == "" {
		return []way{{append(begin, anyRun), w.file, wide}}
	}
	here := w.file
	if here.kind == anySegment {
		here = startingWith(partial)
	}
	return []way{{begin, here, wide}, {append(begin, startingWith(partial), anyRun), w.file, wide}}
}

// endingIn returns a way that matches each key that w matches and that has a literal suffix.
func (w way) endingIn(suffix string) way {
	if w.file.kind != anySegment {
		return w
	}
	if i := strings.LastIndexByte(suffix, '/'); i >= 0 {
		w.file = segment{text: suffix[i+1:]}
	} else {
		w.file = endingWith(suffix)
	}
	return w
}

// literalBegin and literalEnd return with which text all that the segment matches begins and ends.
func (s *segment) literalBegin() string {
	if t := s.tokens[0]; t.op == opText {
		return t.text
	}
	return ""
}

func (s *segment) literalEnd() string {
	if t := s.tokens[len(s.tokens)-1]; t.op == opText {
		return t.text
	}
	return ""
}

// affixAlone says whether the segment is a literal text and a star before or after it, so that beginning or ending with the
// text is all that it asks for.
func (s *segment) affixAlone() bool {
	if len(s.tokens) != 2 {
		return false
	}
	a, b := s.tokens[0].op, s.tokens[1].op
	return a == opText && (b == opStar || b == opRest) || b == opText && (a == opStar || a == opRest)
}

// same returns a text that two odd segments share if they match the same.
func (s *segment) same() string {
	var b strings.Builder
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
