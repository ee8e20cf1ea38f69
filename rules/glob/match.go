package glob

import (
	"strings"
	"unicode/utf8"
)

// onStack is the length of keys up to which matching needs no allocation: no key of OSS is longer.
const onStack = 1024

// Match says whether the pattern matches key.
func (p *Pattern) Match(key string) bool {
	if p.base {
		key = key[strings.LastIndexByte(key, '/')+1:]
	}
	for _, tokens := range p.alternatives {
		if p.match(tokens, key) {
			return true
		}
	}
	return false
}

// match walks the tokens, each over every position of the key that those before it can end at.
func (p *Pattern) match(tokens []token, key string) bool {
	var buffer [2][onStack]bool
	from, to := buffer[0][:], buffer[1][:]
	if len(key) >= onStack {
		from, to = make([]bool, len(key)+1), make([]bool, len(key)+1)
	}
	from, to = from[:len(key)+1], to[:len(key)+1]
	from[0] = true
	for i := range tokens {
		if !p.step(&tokens[i], key, from, to) {
			return false
		}
		from, to = to, from
	}
	return from[len(key)]
}

// step sets to[k] for every position k at which the token can end when it begins at a position that is set in from. It
// says whether there is any.
func (p *Pattern) step(t *token, key string, from, to []bool) bool {
	clear(to)
	found := false
	switch t.op {
	case opText:
		for k, ok := range from {
			if ok {
				if n := p.text(t.text, key[k:]); n >= 0 {
					to[k+n], found = true, true
				}
			}
		}
	case opAny, opClass:
		for k, ok := range from {
			if ok {
				if n := p.char(t, key[k:]); n > 0 {
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

// text returns how many bytes of s the literal text takes, -1 if s does not begin with it.
func (p *Pattern) text(text, s string) int {
	if !p.fold {
		if strings.HasPrefix(s, text) {
			return len(text)
		}
		return -1
	}
	n := 0
	for _, want := range text {
		if n == len(s) {
			return -1
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		if r == utf8.RuneError && size == 1 || Fold(r) != want {
			return -1
		}
		n += size
	}
	return n
}

// char returns how many bytes of s one character of the token takes, 0 if it takes none. A byte that is no UTF-8 is no
// character.
func (p *Pattern) char(t *token, s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == utf8.RuneError && size == 1 || r == '/' && !t.slash {
		return 0
	}
	if t.op == opClass && !t.class.matches(r, p.fold) {
		return 0
	}
	return size
}

// plainChar returns the length of the character that s begins with, 0 if it is a slash, no UTF-8, or missing.
func plainChar(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == '/' || r == utf8.RuneError && size == 1 {
		return 0
	}
	return size
}
