package glob

import "strings"

// Segment is the part of a pattern between two slashes.
type Segment struct {
	Kind   SegmentKind
	Text   string  // of a LiteralSegment
	tokens []token // of a WildcardSegment
}

// SegmentKind is the kind of a [Segment].
type SegmentKind uint8

const (
	LiteralSegment  SegmentKind = iota // only Text
	AnySegment                         // *
	WildcardSegment                    // anything else in one segment
	DeepSegments                       // **: any number of segments
)

// Paths returns the segments of each alternative of a pattern of keys, the base name last. A path never has two
// DeepSegments in a row.
func (p *Pattern) Paths() [][]Segment {
	all := make([][]Segment, 0, len(p.alternatives))
	for _, tokens := range p.alternatives {
		path := make([]Segment, 0, 5) // enough for most patterns
		if p.base {
			path = append(path, Segment{Kind: DeepSegments})
		}
		var current []token
		run := func() { // two in a row match the same as one
			if n := len(path); n == 0 || path[n-1].Kind != DeepSegments {
				path = append(path, Segment{Kind: DeepSegments})
			}
		}
		for _, t := range tokens {
			switch t.op {
			case opText:
				text := t.text
				for {
					before, after, found := strings.Cut(text, "/")
					if found && current == nil {
						path = append(path, Segment{Text: before})
						text = after
						continue
					}
					if before != "" {
						current = append(current, token{op: opText, text: before})
					}
					if !found {
						break
					}
					path = append(path, segmentOf(current))
					current, text = nil, after
				}
			case opDeep, opDeepCapture:
				run()
			case opRest, opRestCapture: // the rest of a key has at least one segment
				run()
				current = []token{{op: opStar}}
			default:
				current = append(current, t)
			}
		}
		all = append(all, append(path, segmentOf(current)))
	}
	return all
}

// Segments returns each alternative of a [ParseValue] pattern as one segment.
func (p *Pattern) Segments() []Segment {
	all := make([]Segment, 0, len(p.alternatives))
	for _, tokens := range p.alternatives {
		all = append(all, segmentOf(tokens))
	}
	return all
}

// segmentOf returns the segment of tokens.
func segmentOf(tokens []token) Segment {
	switch {
	case len(tokens) == 0:
		return Segment{}
	case len(tokens) == 1 && tokens[0].op == opText:
		return Segment{Text: tokens[0].text}
	}
	for _, t := range tokens {
		if t.op != opStar && t.op != opRest {
			return Segment{Kind: WildcardSegment, tokens: tokens}
		}
	}
	return Segment{Kind: AnySegment}
}

// Match reports whether the segment matches text. It must not be DeepSegments.
func (s *Segment) Match(text string, fold bool) bool {
	switch s.Kind {
	case LiteralSegment:
		return s.Text == text
	case AnySegment:
		return true
	}
	return match(s.tokens, text, fold)
}

// Prefix returns the literal prefix of a WildcardSegment.
func (s *Segment) Prefix() string { return s.literal(0) }

// Suffix returns the literal suffix of a WildcardSegment.
func (s *Segment) Suffix() string { return s.literal(len(s.tokens) - 1) }

func (s *Segment) literal(i int) string {
	if i < 0 || i >= len(s.tokens) || s.tokens[i].op != opText {
		return ""
	}
	return s.tokens[i].text
}

// IsAffix reports whether the segment is a literal text with a star before or after it.
func (s *Segment) IsAffix() bool {
	if len(s.tokens) != 2 {
		return false
	}
	a, b := s.tokens[0].op, s.tokens[1].op
	return a == opText && (b == opStar || b == opRest) || b == opText && (a == opStar || a == opRest)
}

// Identity returns the same text for wildcard segments that match the same texts.
func (s *Segment) Identity() string {
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
