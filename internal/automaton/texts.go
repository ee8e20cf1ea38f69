package automaton

import (
	"unicode"
	"unicode/utf8"
)

// readableSymbol returns a symbol from lo to hi that people can read, if there is one.
func readableSymbol(lo, hi rune) rune {
	for _, r := range "ax1bA0_-." {
		if lo <= r && r <= hi {
			return r
		}
	}
	if r := max(lo, '!'); r <= min(hi, '~') {
		return r
	}
	return lo
}

// symbolText returns the bytes of a symbol.
func symbolText(r rune) string {
	if r > lastChar {
		return string([]byte{byte(r - lastChar - 1 + utf8.RuneSelf)})
	}
	return string(utf8.AppendRune(nil, r))
}

// Path returns a shortest text that leads from start to one of ends by symbols within spans.
func (d *DFA) Path(start int32, ends States, spans [][2]rune) (string, bool) {
	type node struct {
		s, from int32
		symbol  rune
	}
	seen := make(States, d.Size())
	seen[start] = true
	nodes := []node{{start, -1, noSymbol}}
	for i := 0; i < len(nodes); i++ {
		if ends[nodes[i].s] {
			var back []rune
			for k := int32(i); nodes[k].from >= 0; k = nodes[k].from {
				back = append(back, nodes[k].symbol)
			}
			text := ""
			for k := len(back) - 1; k >= 0; k-- {
				text += symbolText(back[k])
			}
			return text, true
		}
		for _, e := range d.out(nodes[i].s) {
			for _, span := range spans {
				if lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1]); lo <= hi && !seen[e.To] {
					seen[e.To] = true
					nodes = append(nodes, node{e.To, int32(i), readableSymbol(lo, hi)})
				}
			}
		}
	}
	return "", false
}

// Texts returns up to count texts of the language, short ones first, of different shapes.
func (d *DFA) Texts(count int) []string {
	type node struct {
		s    int32
		text string
	}
	var all []string
	visits := make([]int, d.Size())
	work := []node{{0, ""}}
	for i := 0; i < len(work) && len(all) < count; i++ {
		at := work[i]
		if d.accept[at.s] {
			all = append(all, at.text)
		}
		if visits[at.s]++; visits[at.s] > 40 {
			continue
		}
		for _, letters := range []bool{true, false} { // letters first: they read best
			for _, e := range d.out(at.s) {
				if r := readableSymbol(e.Lo, e.Hi); unicode.IsLower(r) == letters {
					work = append(work, node{e.To, at.text + symbolText(r)})
				}
			}
		}
	}
	return all
}
