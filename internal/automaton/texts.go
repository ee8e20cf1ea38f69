package automaton

import (
	"slices"
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

// visit is a state in a search for texts: how it was reached.
type visit struct {
	s, from int32 // from is the number of the visit before, -1 for the first
	symbol  rune
}

// textTo returns the text along the visits that lead to visit number i.
func textTo(visits []visit, i int32) string {
	var symbols []rune
	for ; visits[i].from >= 0; i = visits[i].from {
		symbols = append(symbols, visits[i].symbol)
	}
	var text []byte
	for _, r := range slices.Backward(symbols) {
		text = append(text, symbolText(r)...)
	}
	return string(text)
}

// Path returns a shortest text that leads from start to one of ends by symbols within spans.
func (d *DFA) Path(start int32, ends States, spans [][2]rune) (string, bool) {
	seen := resize(d.budget, States(nil), d.Size())
	if seen == nil {
		return "", false
	}
	seen[start] = true
	visits := push(d.budget, nil, visit{start, -1, noSymbol})
	for i := 0; i < len(visits); i++ {
		at := visits[i].s
		if ends[at] {
			text := textTo(visits, int32(i))
			return text, d.budget.Spend(10*len(text), 10*len(text)) == nil
		}
		if d.budget.Spend(1+2*len(d.out(at)), 0) != nil {
			break
		}
		for _, e := range d.out(at) {
			for _, span := range spans {
				if lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1]); lo <= hi && !seen[e.To] {
					seen[e.To] = true
					visits = push(d.budget, visits, visit{e.To, int32(i), readableSymbol(lo, hi)})
				}
			}
		}
	}
	return "", false
}

// Texts returns up to count texts of the language, short ones first, of different shapes.
func (d *DFA) Texts(count int) []string {
	var all []string
	times := resize(d.budget, []uint8(nil), d.Size()) // that a state was visited
	visits := push(d.budget, nil, visit{0, -1, noSymbol})
	for i := 0; i < len(visits) && len(all) < count; i++ {
		at := visits[i].s
		if d.budget.Spend(1+10*len(d.out(at)), 0) != nil {
			break
		}
		if d.accept[at] {
			text := textTo(visits, int32(i))
			d.budget.Spend(10*len(text), 10*len(text))
			all = append(all, text)
		}
		if times[at] == 40 {
			continue
		}
		times[at]++
		for _, letters := range []bool{true, false} { // letters first: they read best
			for _, e := range d.out(at) {
				if r := readableSymbol(e.Lo, e.Hi); unicode.IsLower(r) == letters {
					visits = push(d.budget, visits, visit{e.To, int32(i), r})
				}
			}
		}
	}
	return all
}
