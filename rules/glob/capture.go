package glob

import "strings"

// span is what a capture takes: length bytes from start, and with the slash that ends a run of segments taken bytes.
type span struct{ taken, start, length int }

// Captures returns what each of Names takes of key, and false where the pattern does not match.
//
// Of all ways in which the pattern matches, the first capture takes as little as possible, and where several places
// offer that, the leftmost; then the second; and so on.
func (p *Pattern) Captures(key string) ([]string, bool) {
	if p.base {
		key = key[strings.LastIndexByte(key, '/')+1:]
	}
	var best []span
	matched := false
	for _, tokens := range p.alternatives {
		if !p.match(tokens, key) {
			continue
		}
		if len(p.names) == 0 {
			return nil, true
		}
		if spans := p.spans(tokens, key); !matched || less(spans, best) {
			best, matched = spans, true
		}
	}
	if !matched {
		return nil, false
	}
	values := make([]string, len(best))
	for i, s := range best {
		values[i] = key[s.start : s.start+s.length]
	}
	return values, true
}

// less orders two ways to match: by the first capture in which they differ, the shorter and then the earlier one first.
func less(a, b []span) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i].taken < b[i].taken || a[i].taken == b[i].taken && a[i].start < b[i].start
		}
	}
	return false
}

// spans returns the captures of an alternative that matches key.
func (p *Pattern) spans(tokens []token, key string) []span {
	ends := p.ends(tokens, key)
	here := make([]bool, len(key)+1)
	next := make([]bool, len(key)+1)
	here[0] = true
	var spans []span
	for i := range tokens {
		if !tokens[i].op.captures() {
			p.step(&tokens[i], key, here, next)
			for k := range next {
				next[k] = next[k] && ends[i+1][k]
			}
			here, next = next, here
			continue
		}
		s, end := p.shortest(&tokens[i], key, here, ends[i+1])
		spans = append(spans, s)
		clear(here)
		here[end] = true
	}
	return spans
}

// ends returns for each token, and for the end, the positions of key from which the rest of the tokens match the rest of
// the key.
func (p *Pattern) ends(tokens []token, key string) [][]bool {
	all := make([][]bool, len(tokens)+1)
	all[len(tokens)] = make([]bool, len(key)+1)
	all[len(tokens)][len(key)] = true
	for i := len(tokens) - 1; i >= 0; i-- {
		all[i] = make([]bool, len(key)+1)
		p.stepBack(&tokens[i], key, all[i], all[i+1])
	}
	return all
}

// stepBack sets from[k] for every position k at which the token can begin to end at a position that is set in to. It goes
// from the end of the key, so that each position costs one step.
func (p *Pattern) stepBack(t *token, key string, from, to []bool) {
	later := false // for the runs: whether an end comes at a place that counts
	for k := len(key); k >= 0; k-- {
		switch t.op {
		case opText:
			n := p.text(t.text, key[k:])
			from[k] = n >= 0 && to[k+n]
		case opAny, opClass:
			n := p.char(t, key[k:])
			from[k] = n > 0 && to[k+n]
		case opStar:
			from[k] = to[k] || k < len(key) && key[k] != '/' && from[k+1]
		case opRest, opRestCapture:
			later = later || to[k]
			from[k] = later
		case opDeep, opDeepCapture:
			later = later || k < len(key) && key[k] == '/' && to[k+1]
			from[k] = to[k] || later
		case opCapture:
			n := plainChar(key[k:])
			from[k] = n > 0 && (to[k+n] || from[k+n])
		}
	}
}

// shortest returns what the capture t takes when it begins at a position of here and must end at one of after, and where
// it ends.
func (p *Pattern) shortest(t *token, key string, here, after []bool) (best span, end int) {
	nearest := -1 // the nearest end behind k
	near := make([]int, len(key)+1)
	for k := len(key); k >= 0; k-- {
		switch t.op {
		case opCapture:
			near[k] = -1
			if n := plainChar(key[k:]); n > 0 {
				if near[k] = near[k+n]; after[k+n] {
					near[k] = k + n
				}
			}
		case opDeepCapture:
			near[k] = nearest
			if after[k] {
				near[k] = k
				if k > 0 && key[k-1] == '/' {
					nearest = k
				}
			}
		case opRestCapture:
			near[k] = len(key)
		}
	}
	best.taken = len(key) + 1
	for start, ok := range here {
		if !ok || near[start] < 0 || near[start]-start >= best.taken {
			continue
		}
		end = near[start]
		best = span{taken: end - start, start: start, length: end - start}
		if t.op == opDeepCapture && best.length > 0 {
			best.length-- // its last slash
		}
	}
	return best, end
}
