package glob

import "strings"

// span is the part of a key that a capture takes: length bytes from start. taken is length, plus one for the slash that ends
// a {name:**}.
type span struct{ taken, start, length int }

// Captures returns the part of key that each of Names takes. It returns false if the pattern does not match.
//
// Of all ways to match, the first capture takes as little as possible, and the leftmost part if there are several; then
// the second capture does, and so on.
func (p *Pattern) Captures(key string) ([]string, bool) {
	if p.base {
		key = key[strings.LastIndexByte(key, '/')+1:]
	}
	var best []span
	matched := false
	for _, tokens := range p.alternatives {
		if !match(tokens, key, p.fold) {
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

// less orders two ways to match by the first capture in which they differ: the shorter, then the earlier one.
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
	n := len(key) + 1
	room := make([]bool, (len(tokens)+3)*n)
	row := func(i int) []bool { return room[i*n : (i+1)*n] }
	// Row i holds the positions from which the tokens from i on match the rest of the key.
	row(len(tokens))[len(key)] = true
	for i := len(tokens) - 1; i >= 0; i-- {
		tokens[i].stepBack(key, row(i), row(i+1), p.fold)
	}
	here, next := row(len(tokens)+1), row(len(tokens)+2)
	here[0] = true
	near := make([]int, n)
	spans := make([]span, 0, len(p.names))
	for i := range tokens {
		ends := row(i + 1)
		if !tokens[i].op.captures() {
			tokens[i].step(key, here, next, p.fold)
			for k := range next {
				next[k] = next[k] && ends[k]
			}
			here, next = next, here
			continue
		}
		s, end := tokens[i].shortest(key, here, ends, near)
		spans = append(spans, s)
		clear(here)
		here[end] = true
	}
	return spans
}

// matchReachability reports whether the tokens match all of s. It walks the tokens once, with the set of positions in s
// that they can reach.
func matchReachability(tokens []token, s string, fold bool) bool {
	n := len(s) + 1
	var keys [2 * 1024]bool // no key of OSS is longer
	room := keys[:]
	if 2*n > len(room) {
		room = make([]bool, 2*n)
	}
	from, to := room[:n], room[n:2*n]
	from[0] = true
	for i := range tokens {
		if !tokens[i].step(s, from, to, fold) {
			return false
		}
		from, to = to, from
	}
	return from[len(s)]
}

// step sets to[k] for every position k at which the token can end if it begins at a position in from. It reports
// whether there is one.
func (t *token) step(key string, from, to []bool, fold bool) bool {
	clear(to)
	found := false
	switch t.op {
	case opText:
		for k, ok := range from {
			if ok {
				if n := prefix(key[k:], t.text, fold); n >= 0 {
					to[k+n], found = true, true
				}
			}
		}
	case opAny, opClass:
		for k, ok := range from {
			if ok {
				if n := t.char(key[k:], fold); n > 0 {
					to[k+n], found = true, true
				}
			}
		}
	case opStar:
		on := false
		for k, ok := range from {
			on = ok || on && key[k-1] != '/'
			to[k] = on
			found = found || on
		}
	case opDeep, opDeepCapture:
		on := false
		for k, ok := range from {
			to[k] = ok || on && key[k-1] == '/'
			on = on || ok
			found = found || ok
		}
	case opRest, opRestCapture:
		on := false
		for k, ok := range from {
			on = on || ok
			to[k] = on
		}
		found = on
	case opCapture:
		for k := range from {
			if from[k] || to[k] {
				if n := plainChar(key[k:]); n > 0 {
					to[k+n], found = true, true
				}
			}
		}
	}
	return found
}

// stepBack sets from[k] for every position k at which the token can begin if it ends at a position in to.
func (t *token) stepBack(key string, from, to []bool, fold bool) {
	later := false // for runs: whether an end in to comes later
	for k := len(key); k >= 0; k-- {
		switch t.op {
		case opText:
			n := prefix(key[k:], t.text, fold)
			from[k] = n >= 0 && to[k+n]
		case opAny, opClass:
			n := t.char(key[k:], fold)
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

// shortest returns the shortest part that the capture takes from a position in here to one in after, and its end. near
// is scratch space, one number for each position.
func (t *token) shortest(key string, here, after []bool, near []int) (best span, end int) {
	nearest := -1 // the nearest end after k
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
