// Package globtest helps to test patterns: it draws patterns and keys, and has a second implementation of matching.
package globtest

import (
	"strings"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// A second implementation, written from PATTERNS.md as plainly as can be, for patterns without escapes: braces are expanded
// as text, and everything is tried.

// Naive reports whether the pattern matches, and returns its captures.
func Naive(pattern, key string) (values []string, matched bool) {
	if !strings.Contains(pattern, "/") {
		key = key[strings.LastIndex(key, "/")+1:]
	}
	var best []span
	for _, alternative := range naiveExpand(pattern) {
		segments := strings.Split(strings.TrimPrefix(alternative, "/"), "/")
		naiveSegments(segments, len(segments) > 1 || strings.HasPrefix(alternative, "/"), key, 0, nil, func(spans []span) {
			if !matched || less(spans, best) {
				best, matched = append([]span(nil), spans...), true
			}
		})
	}
	for _, s := range best {
		values = append(values, key[s.start:s.start+s.length])
	}
	return values, matched
}

// naiveExpand replaces the first pair of braces that is no capture by each of its alternatives, over and over.
func naiveExpand(pattern string) []string {
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '{' {
			continue
		}
		var parts []string
		depth, from := 0, i+1
		for j := i; j < len(pattern); j++ {
			switch c := pattern[j]; {
			case c == '{':
				depth++
			case c == '}':
				depth--
			}
			if depth == 1 && pattern[j] == ',' || depth == 0 {
				parts = append(parts, pattern[from:j])
				from = j + 1
			}
			if depth == 0 {
				if len(parts) == 1 {
					i = j
					break
				}
				var all []string
				for _, part := range parts {
					all = append(all, naiveExpand(pattern[:i]+part+pattern[j+1:])...)
				}
				return all
			}
		}
	}
	return []string{pattern}
}

// naiveSegments tries every way to match segments against key from at, the beginning of a segment or one after the end
// of the key.
func naiveSegments(segments []string, slashed bool, key string, at int, spans []span, found func([]span)) {
	end := len(key) + 1 // every segment ends at a slash or one after the key
	if len(segments) == 0 {
		if at == end {
			found(spans)
		}
		return
	}
	name, deep := strings.CutSuffix(segments[0], ":**}")
	if deep = deep || segments[0] == "**"; deep {
		least := 0
		if len(segments) == 1 && slashed {
			least = 1
		}
		for n, to := 0, at; ; n++ {
			if n >= least {
				with := spans
				if name != "**" {
					with = append(spans[:len(spans):len(spans)], span{max(min(to, len(key))-at, 0), min(at, len(key)), max(to-at-1, 0)})
				}
				naiveSegments(segments[1:], slashed, key, to, with, found)
			}
			if to == end {
				return
			}
			to = naiveEnd(key, to) + 1
		}
	}
	if at == end {
		return
	}
	to := naiveEnd(key, at)
	naiveSegment(segments[0], key, at, to, spans, func(spans []span) {
		naiveSegments(segments[1:], slashed, key, to+1, spans, found)
	})
}

// naiveEnd returns where the segment that begins at at ends.
func naiveEnd(key string, at int) int {
	if i := strings.IndexByte(key[at:], '/'); i >= 0 {
		return at + i
	}
	return len(key)
}

// naiveSegment tries every way to match one segment against key[at:to].
func naiveSegment(pattern, key string, at, to int, spans []span, found func([]span)) {
	if pattern == "" {
		if at == to {
			found(spans)
		}
		return
	}
	r, size := utf8.DecodeRuneInString(key[at:to])
	valid := size > 0 && (r != utf8.RuneError || size > 1)
	switch pattern[0] {
	case '*':
		for i := at; i <= to; i++ {
			naiveSegment(pattern[1:], key, i, to, spans, found)
		}
	case '{':
		rest := pattern[strings.IndexByte(pattern, '}')+1:]
		for i := at; i < to; {
			r, size := utf8.DecodeRuneInString(key[i:to])
			if r == utf8.RuneError && size == 1 {
				return
			}
			i += size
			naiveSegment(rest, key, i, to, append(spans[:len(spans):len(spans)], span{i - at, at, i - at}), found)
		}
	case '?':
		if valid {
			naiveSegment(pattern[1:], key, at+size, to, spans, found)
		}
	case '[':
		end := strings.IndexByte(pattern, ']')
		class, negated := strings.CutPrefix(pattern[1:end], "!")
		if valid && strings.ContainsRune(class, r) != negated {
			naiveSegment(pattern[end+1:], key, at+size, to, spans, found)
		}
	default:
		_, size := utf8.DecodeRuneInString(pattern)
		if strings.HasPrefix(key[at:to], pattern[:size]) {
			naiveSegment(pattern[size:], key, at+size, to, spans, found)
		}
	}
}

// span is the part of a key that a capture takes, see package glob.
type span struct{ taken, start, length int }

// less orders two ways to match, see package glob.
func less(a, b []span) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i].taken < b[i].taken || a[i].taken == b[i].taken && a[i].start < b[i].start
		}
	}
	return false
}

// DrawPattern draws a pattern, with at most three captures if they are asked for.
func DrawPattern(t *rapid.T, captures bool) string {
	names := []string{"x", "y", "z"}
	if !captures {
		names = nil
	}
	segment := func(inner bool) string {
		var b strings.Builder
		for range rapid.IntRange(0, 4).Draw(t, "elements") {
			switch kind := rapid.IntRange(0, 9).Draw(t, "element"); {
			case kind < 4:
				b.WriteString(rapid.SampledFrom([]string{"a", "b", "é"}).Draw(t, "letter"))
			case kind == 4:
				if !strings.HasSuffix(b.String(), "*") {
					b.WriteByte('*')
				}
			case kind == 5:
				b.WriteByte('?')
			case kind == 6:
				b.WriteString(rapid.SampledFrom([]string{"[ab]", "[!a]", "[é]"}).Draw(t, "class"))
			case kind == 7 && !inner:
				b.WriteString(rapid.SampledFrom([]string{"{a,b}", "{,a}", "{a?,{b,é}*c}", "{a/b,a}", "{a,b/**/a}"}).Draw(t, "braces"))
			case kind == 8 && len(names) > 0 && !inner:
				b.WriteString("{" + names[0] + "}")
				names = names[1:]
			}
		}
		return b.String()
	}
	var segments []string
	for range rapid.IntRange(1, 4).Draw(t, "segments") {
		switch kind := rapid.IntRange(0, 5).Draw(t, "segment"); {
		case kind == 0:
			segments = append(segments, "**")
		case kind == 1 && len(names) > 0:
			segments = append(segments, "{"+names[0]+":**}")
			names = names[1:]
		default:
			segments = append(segments, segment(false))
		}
	}
	pattern := strings.Join(segments, "/")
	if rapid.IntRange(0, 9).Draw(t, "anchor") == 0 {
		pattern = "/" + pattern
	}
	return pattern
}

// DrawKey draws a key.
var DrawKey = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "é", "/", "a", "b", "c", "\xff", "/"}), 1, 9).Draw(t, "key"), "")
})
