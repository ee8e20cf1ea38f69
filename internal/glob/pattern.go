package glob

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pattern is a compiled pattern. It is immutable and safe for concurrent use.
type Pattern struct {
	source       string
	fold         bool
	base         bool // it is matched against the base name
	names        []string
	alternatives [][]token
}

// token is one step of an alternative.
type token struct {
	op    op
	slash bool   // whether opAny and opClass match a slash
	text  string // of opText, folded if the pattern ignores case
	exact bool   // text is not folded, and does not ignore case; for AddTo only
	class *class // of opClass
}

type op uint8

const (
	opText        op = iota // text
	opAny                   // one character
	opClass                 // one character of class
	opStar                  // any text without a slash
	opDeep                  // any number of whole segments, each with the slash after it
	opRest                  // any text
	opCapture               // one or more characters other than a slash, captured
	opDeepCapture           // opDeep, captured without its last slash
	opRestCapture           // opRest, captured
)

func (o op) captures() bool { return o >= opCapture }

// Parse compiles a pattern of keys. With fold, it ignores case by Unicode simple folding. The error is an [*Error].
func Parse(pattern string, fold bool) (*Pattern, error) {
	p := parser{s: pattern, fold: fold}
	return p.parse()
}

// ParseValue compiles a glob of whole values, such as names of buckets or MIME types. A slash is a character like any
// other. The error is an [*Error].
func ParseValue(pattern string, fold bool) (*Pattern, error) {
	p := parser{s: pattern, fold: fold, value: true}
	return p.parse()
}

// Literal returns a pattern that matches only text.
func Literal(text string) *Pattern {
	return &Pattern{source: text, alternatives: [][]token{{{op: opText, text: text}}}}
}

// String returns the pattern as written.
func (p *Pattern) String() string { return p.source }

// Names returns the names of the captures in the order of the pattern.
func (p *Pattern) Names() []string { return p.names }

// WithCaptures returns the pattern with fixed captures: each one in values matches only its text there, and none that it
// cannot hold. The capture open, "" for none, also matches all texts that begin so.
func (p *Pattern) WithCaptures(values map[string]string, open string) *Pattern {
	h := *p
	h.alternatives = nil
alternatives:
	for _, tokens := range p.alternatives {
		var fixed []token
		capture := -1
		for _, t := range tokens {
			if !t.op.captures() {
				fixed = append(fixed, t)
				continue
			}
			capture++
			name := p.names[capture]
			text, ok := values[name]
			switch {
			case !ok:
				fixed = append(fixed, t)
				continue
			case t.op == opCapture && (text == "" || strings.Contains(text, "/")):
				continue alternatives
			}
			fixed = append(fixed, token{op: opText, text: text, exact: true})
			if open == name {
				fixed = append(fixed, token{op: opRest})
			}
			if t.op == opDeepCapture && (text != "" || open == name) {
				fixed = append(fixed, token{op: opText, text: "/"})
			}
		}
		h.alternatives = append(h.alternatives, fixed)
	}
	return &h
}

// CapturesSlashes reports whether the pattern has a capture {name:**}, which may hold slashes.
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

// Alternatives returns the number of alternatives that the braces expand to.
func (p *Pattern) Alternatives() int { return len(p.alternatives) }

// Affixes returns, for each alternative, the literal prefix and suffix of all keys that it matches. They are folded if
// the pattern ignores case.
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

// Fold returns the smallest character that equals r in Unicode simple folding. It is the same for all cases of a
// letter.
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

// FoldString folds each character of s. It keeps bytes that are not valid UTF-8.
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

// FoldStrings returns texts with their letter case folded.
func FoldStrings(texts []string) []string {
	var folded []string
	for _, t := range texts {
		folded = append(folded, FoldString(t))
	}
	return folded
}
