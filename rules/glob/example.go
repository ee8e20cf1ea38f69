package glob

import (
	"strings"
)

// Examples returns a few texts that the pattern matches, of different shapes: with and without what may be missing. There
// are none where the pattern matches nothing that was tried.
func (p *Pattern) Examples() []string {
	var all []string
	for _, tokens := range p.alternatives[:min(len(p.alternatives), 8)] {
		for _, run := range []string{"x", ""} {
			example := p.example(tokens, run)
			if lower := strings.ToLower(example); p.fold && p.Match(lower) {
				example = lower
			}
			if p.Match(example) {
				all = append(all, example)
			}
		}
	}
	return all
}

// example writes a text along the tokens, with run for what may be missing.
func (p *Pattern) example(tokens []token, run string) string {
	var b strings.Builder
	for _, t := range tokens {
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
