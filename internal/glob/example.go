package glob

import (
	"iter"
	"strings"
)

// Examples returns a few texts that the pattern matches, with and without its optional parts. It returns none if
// nothing that it tries matches.
func (p *Pattern) Examples() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, tokens := range p.alternatives[:min(len(p.alternatives), 8)] {
			last := ""
			for i, run := range []string{"x", ""} {
				example := p.example(tokens, run)
				if i > 0 && example == last {
					continue
				}
				last = example
				if lower := strings.ToLower(example); p.fold && p.Match(lower) {
					example = lower
				}
				if p.Match(example) && !yield(example) {
					return
				}
			}
		}
	}
}

// example writes one text for the tokens, with run for optional parts.
func (p *Pattern) example(tokens []token, run string) string {
	var b strings.Builder
	b.Grow(len(p.source) + len(tokens))
	for i := range tokens {
		t := &tokens[i]
		switch t.op {
		case opText:
			b.WriteString(t.text)
		case opAny, opCapture:
			b.WriteByte('x')
		case opStar:
			b.WriteString(run)
		case opRest, opRestCapture:
			b.WriteByte('x')
		case opDeep, opDeepCapture:
			if run != "" {
				b.WriteString(run)
				b.WriteByte('/')
			}
		case opClass:
			b.WriteRune(t.class.example(p.fold))
		}
	}
	return b.String()
}

// example returns a character of the class, a letter or digit if it has one.
func (c *class) example(fold bool) rune {
	for _, r := range "xa0A_-" {
		if c.matches(r, fold) {
			return r
		}
	}
	if c.negated {
		return 'é'
	}
	return c.ranges[0][0]
}
