package glob

import (
	"iter"
	"unicode"
	"unicode/utf8"
)

// Pattern is a compiled pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	source       string
	fold         bool
	base         bool // matched against what follows the last slash
	names        []string
	alternatives [][]token
}

// token is one step of an alternative.
type token struct {
	op    op
	slash bool   // whether a / counts as a character for opAny and opClass
	text  string // of opText: as it is, or folded
	class *class // of opClass
}

type op uint8

const (
	opText        op = iota // text
	opAny                   // one character
	opClass                 // one character of class
	opStar                  // any run without /
	opDeep                  // any run of whole segments with the / after each, at the start of a segment
	opRest                  // any run at all
	opCapture               // one or more characters without /
	opDeepCapture           // opDeep, captured without its last /
	opRestCapture           // everything that is left, captured
)

func (o op) captures() bool { return o >= opCapture }

// Parse compiles a pattern of keys. With fold the letters of the key and of the pattern are compared in Unicode simple
// folding. The error is an *Error.
func Parse(pattern string, fold bool) (*Pattern, error) {
	p := parser{s: pattern, fold: fold}
	return p.parse()
}

// ParseValue compiles a glob that is held against a whole value, in which / is a character like any other: the name of a
// bucket or an event, a MIME type, a field of an event record. The error is an *Error.
func ParseValue(pattern string, fold bool) (*Pattern, error) {
	p := parser{s: pattern, fold: fold, value: true}
	return p.parse()
}

// Literal returns a pattern that matches text and nothing else.
func Literal(text string) *Pattern {
	return &Pattern{source: text, alternatives: [][]token{{{op: opText, text: text}}}}
}

// String returns the pattern as written.
func (p *Pattern) String() string { return p.source }

// Names returns the names of the captures, in the order in which they stand in the pattern.
func (p *Pattern) Names() []string { return p.names }

// WithCaptures returns the pattern with captures fixed: each one in values matches that text alone.
func (p *Pattern) WithCaptures(values map[string]string) *Pattern {
	h := *p
	h.alternatives = nil
	for _, tokens := range p.alternatives {
		var fixed []token
		capture := -1
		for _, t := range tokens {
			if t.op.captures() {
				capture++
				if text, ok := values[p.names[capture]]; ok {
					if t.op == opDeepCapture && text != "" {
						text += "/"
					}
					if p.fold {
						text = FoldString(text)
					}
					t = token{op: opText, text: text}
				}
			}
			fixed = append(fixed, t)
		}
		h.alternatives = append(h.alternatives, fixed)
	}
	return &h
}

// CapturesSlashes says whether the pattern has a capture {name:**}, which takes slashes along.
func (p *Pattern) CapturesSlashes(name string) bool {
	for _, tokens := range p.alternatives {
		capture := -1
		for _, t := range tokens {
			if t.op.captures() {
				if capture++; p.names[capture] == name && t.op != opCapture {
					return true
				}
			}
		}
	}
	return false
}

// Alternatives returns how many alternatives the braces of the pattern make.
func (p *Pattern) Alternatives() int { return len(p.alternatives) }

// Affixes goes through the alternatives: the literal text with which every key that it matches begins, and the one with which it
// ends, both folded where the pattern ignores case.
func (p *Pattern) Affixes() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, tokens := range p.alternatives {
			prefix, suffix := "", ""
			if len(tokens) > 0 && tokens[0].op == opText && !p.base {
				prefix = tokens[0].text
			}
			if last := len(tokens) - 1; last >= 0 && tokens[last].op == opText {
				suffix = tokens[last].text
			}
			if !yield(prefix, suffix) {
				return
			}
		}
	}
}

// Fold returns the smallest character that r is equal to in Unicode simple folding: one for all letters that differ only
// in case.
func Fold(r rune) rune {
	if r < utf8.RuneSelf {
		if 'a' <= r && r <= 'z' {
			return r - ('a' - 'A')
		}
		return r
	}
	for {
		next := unicode.SimpleFold(r)
		if next <= r {
			return next
		}
		r = next
	}
}

// FoldString folds each character of s; bytes that are no UTF-8 stay.
func FoldString(s string) string {
	var room [128]byte
	return string(AppendFolded(room[:0], s))
}

// AppendFolded appends s folded, which is never longer than s.
func AppendFolded(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				b = utf8.AppendRune(b, Fold(r))
				i += size - 1
				continue
			}
		} else if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}
