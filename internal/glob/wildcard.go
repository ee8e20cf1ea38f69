package glob

import "strings"

// WildcardForms returns each alternative as a text with two wildcards: * for any text, slashes included, and ? for one
// character. A form matches all that its alternative matches, and may match more. It is folded if the pattern ignores
// case.
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
