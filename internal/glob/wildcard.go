package glob

import "strings"

// WildcardForms returns the alternatives of the pattern as texts with two wildcards, * for any run of characters, / included, and
// ? for one. What they match is what the pattern matches, and may be more. The text of a pattern that ignores case is folded.
func (p *Pattern) WildcardForms() []string {
	var all []string
	for _, tokens := range p.alternatives {
		var b strings.Builder
		if p.base {
			b.WriteByte('*')
		}
		for i := range tokens {
			switch t := &tokens[i]; t.op {
			case opText:
				b.WriteString(t.text)
			case opAny, opClass:
				b.WriteByte('?')
			default:
				if !strings.HasSuffix(b.String(), "*") {
					b.WriteByte('*')
				}
			}
		}
		all = append(all, b.String())
	}
	return all
}
