package glob

import (
	"strings"
	"unicode/utf8"
)

// Match reports whether the pattern matches key. The cost of each alternative is at most its length times that of key.
// It allocates nothing for keys of up to 1,023 bytes.
func (p *Pattern) Match(key string) bool {
	if p.base {
		key = key[strings.LastIndexByte(key, '/')+1:]
	}
	for _, tokens := range p.alternatives {
		if len(tokens) == 1 && tokens[0].op == opText && !p.fold { // usual for buckets and events
			if tokens[0].text == key {
				return true
			}
			continue
		}
		if match(tokens, key, p.fold) {
			return true
		}
	}
	return false
}

// match reports whether the tokens match all of s.
//
// On a mismatch it lengthens the last * by one byte. If that * has reached the end of its segment, it lengthens the last **
// by one segment. Earlier ones need no retry: where a longer one leads to a match, so does a later one.
func match(tokens []token, s string, fold bool) bool {
	var (
		i, at         int // the next token, and its position in s
		star, starEnd = -1, 0
		over          bool // the star runs over slashes
		deep, deepEnd = -1, 0
		valid         bool // s is known to be valid UTF-8
	)
	for {
		if i == len(tokens) {
			if at == len(s) {
				return true
			}
		} else {
			t := &tokens[i]
			n := -1 // bytes that the token takes, -1 if it does not match
			switch t.op {
			case opText:
				n = prefix(s[at:], t.text, fold)
			case opAny, opClass:
				if n = t.char(s[at:], fold); n == 0 {
					n = -1
				}
			case opCapture:
				if valid = valid || utf8.ValidString(s); !valid {
					return matchReachability(tokens, s, fold) // a star takes invalid bytes, a capture does not
				}
				if n = plainChar(s[at:]); n == 0 {
					n = -1
				} else {
					star, starEnd, over = i+1, at+n, false
				}
			case opStar:
				n = 0
				star, starEnd, over = i+1, at, false
				if i+2 == len(tokens) && !fold && tokens[i+1].op == opText { // the usual end, *.mp4
					text := tokens[i+1].text
					if strings.HasSuffix(s[at:], text) && strings.IndexByte(s[at:len(s)-len(text)], '/') < 0 {
						return true
					}
					n, star = -1, -1
				}
			case opDeep, opDeepCapture:
				n = 0
				deep, deepEnd, star = i+1, at, -1
			case opRest, opRestCapture:
				if i+1 == len(tokens) {
					return true
				}
				n = 0
				star, starEnd, over = i+1, at, true
			}
			if n >= 0 {
				i, at = i+1, at+n
				continue
			}
		}
		if star >= 0 && starEnd < len(s) && (over || s[starEnd] != '/') {
			starEnd++
			i, at = star, starEnd
			continue
		}
		if deep >= 0 {
			if n := strings.IndexByte(s[deepEnd:], '/'); n >= 0 {
				deepEnd += n + 1
				i, at, star = deep, deepEnd, -1
				continue
			}
		}
		return false
	}
}

// prefix returns how many bytes of s the literal text takes, or -1 if s does not begin with it. With fold, text is
// folded, and s is folded as it is compared.
func prefix(s, text string, fold bool) int {
	if !fold {
		if strings.HasPrefix(s, text) {
			return len(text)
		}
		return -1
	}
	n := 0
	for i := 0; i < len(text); {
		if n == len(s) {
			return -1
		}
		if c := s[n]; c < utf8.RuneSelf && text[i] < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			if c != text[i] {
				return -1
			}
			n, i = n+1, i+1
			continue
		}
		want, wantSize := utf8.DecodeRuneInString(text[i:])
		r, size := utf8.DecodeRuneInString(s[n:])
		if r == utf8.RuneError && size == 1 || Fold(r) != want {
			return -1
		}
		n, i = n+size, i+wantSize
	}
	return n
}

// char returns how many bytes of s one character of the token takes, 0 for none. A byte that is not valid UTF-8 is no
// character.
func (t *token) char(s string, fold bool) int {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == utf8.RuneError && size == 1 || r == '/' && !t.slash {
		return 0
	}
	if t.op == opClass && !t.class.matches(r, fold) {
		return 0
	}
	return size
}

// plainChar returns the length of the first character of s. It returns 0 for a slash and for a byte that is not valid
// UTF-8.
func plainChar(s string) int {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == '/' || r == utf8.RuneError && size == 1 {
		return 0
	}
	return size
}
