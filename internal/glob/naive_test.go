package glob

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"pgregory.net/rapid"
)

// A second implementation, written from PATTERNS.md as plainly as can be, for patterns without escapes: braces are expanded
// as text, and everything is tried.

// naive says whether the pattern matches, and what its captures take.
func naive(pattern, key string) (values []string, matched bool) {
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

// naiveSegments tries every way to match segments against key from at, which is the beginning of a segment or behind the
// end of the key.
func naiveSegments(segments []string, slashed bool, key string, at int, spans []span, found func([]span)) {
	end := len(key) + 1 // every segment ends at a slash or one behind the key
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

// drawPattern makes a pattern; with captures at most three of them.
func drawPattern(t *rapid.T, captures bool) string {
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

var drawKey = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "é", "/", "a", "b", "c", "\xff", "/"}), 1, 9).Draw(t, "key"), "")
})

func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := drawPattern(t, true)
		if strings.Contains(source, "*{") || strings.Contains(source, "}*") {
			return // as text, {,a} between stars would make **
		}
		p, err := Parse(source, false)
		if err != nil {
			if strings.Contains(err.Error(), "empty") || strings.Contains(err.Error(), "alone") {
				return
			}
			t.Fatalf("%q: %v", source, err)
		}
		for range 20 {
			key := drawKey.Draw(t, "key")
			values, want := naive(source, key)
			if got := p.Match(key); got != want {
				t.Fatalf("%q matches %q: %v, want %v", source, key, got, want)
			}
			got, ok := p.Captures(key)
			if ok != want || strings.Join(got, "|") != strings.Join(values, "|") {
				t.Fatalf("%q captures of %q: %q, %v; want %q, %v", source, key, got, ok, values, want)
			}
		}
	})
}

// TestAgainstDoublestar holds the index, and each pattern on its own, against doublestar where the languages agree: anchored
// patterns without captures and without classes of other characters (which match a slash there); no empty alternative (not
// tried behind a * there); keys without empty segments; nothing empty and no ** at the end.
func TestAgainstDoublestar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBuilder()
		var sources []string
		var patterns []*Pattern
		for range rapid.IntRange(1, 12).Draw(t, "patterns") {
			source := "a/" + drawPattern(t, false)
			p, err := Parse(source, false)
			if err != nil || strings.HasSuffix(source, "**") || strings.HasSuffix(source, "/") || strings.Contains(source, "//") ||
				strings.Contains(source, "!") || strings.Contains(source, "{,") {
				continue
			}
			b.Add(Place{ID: len(patterns), Keys: []*Pattern{p}})
			sources, patterns = append(sources, source), append(patterns, p)
		}
		x := b.Index()
		for range 20 {
			key := "a/" + drawKey.Draw(t, "key")
			if strings.Contains(key, "//") || strings.HasSuffix(key, "/") || !utf8.ValidString(key) {
				continue
			}
			var found Hits
			x.Find("bucket", key, 1, &found)
			got := make([]bool, len(patterns))
			for _, h := range found.Sorted() {
				got[h.ID()] = h.Exact()
			}
			for i, source := range sources {
				want, err := doublestar.Match(source, key)
				if err != nil {
					t.Fatal(err)
				}
				if one := patterns[i].Match(key); got[i] != want || one != want {
					t.Fatalf("%q matches %q: %v by the index of %q, %v alone, doublestar says %v", source, key, got[i], sources, one, want)
				}
			}
		}
	})
}

// TestFold holds folding patterns against folded ones: case must not matter on either side.
func TestFold(t *testing.T) {
	upper := strings.NewReplacer("a", "A", "b", "B", "é", "É")
	rapid.Check(t, func(t *rapid.T) {
		source := drawPattern(t, false)
		p, err := Parse(source, true)
		if err != nil {
			return
		}
		big, err := Parse(upper.Replace(source), true)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := Parse(source, false)
		for range 10 {
			key := drawKey.Draw(t, "key")
			want := plain.Match(key)
			if got := p.Match(upper.Replace(key)); got != want {
				t.Fatalf("%q ignoring case matches %q: %v, want %v", source, upper.Replace(key), got, want)
			}
			if got := big.Match(key); got != want {
				t.Fatalf("%q ignoring case matches %q: %v, want %v", big, key, got, want)
			}
		}
	})
}

func TestExamplesMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, err := Parse(drawPattern(t, true), rapid.Bool().Draw(t, "fold"))
		if err != nil {
			return
		}
		for key := range p.Examples() {
			if !p.Match(key) {
				t.Fatalf("%q does not match its example %q", p, key)
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"*.docx", "in/{tenant}/**/*.{mp4,mov}", `\{[!a-z]?{a,{b,c/**}}`, "{d:**}/x/{e:**}", "[]", "a/***", "{{a},b}"} {
		f.Add(s, "in/a/b/c.mp4")
	}
	f.Fuzz(func(t *testing.T, pattern, key string) {
		if len(key) > 2000 {
			return
		}
		for _, fold := range []bool{false, true} {
			p, err := Parse(pattern, fold)
			if err != nil {
				if e := err.(*Error); e.Offset < 0 || e.End < e.Offset || e.End > len(pattern) {
					t.Fatalf("error outside of the pattern: %+v", e)
				}
				continue
			}
			values, ok := p.Captures(key)
			if ok != p.Match(key) || ok && len(values) != len(p.Names()) {
				t.Fatalf("Captures and Match disagree on %q", key)
			}
			for range p.Examples() {
			}
		}
		if p, err := ParseValue(pattern, true); err == nil {
			p.Match(key)
		}
	})
}

func BenchmarkHostile(b *testing.B) {
	for _, c := range []struct{ name, pattern, key string }{
		{"deep", "**/a/**/a/**/a/**/b", strings.Repeat("a/", 511)},
		{"stars", "*a*a*a*a*b", strings.Repeat("a", 1023)},
		{"usual", "incoming/videos/**/*.mp4", "incoming/videos/2026/tenant-17/clip.mp4"},
	} {
		p, err := Parse(c.pattern, false)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Match(c.key)
			}
		})
	}
}
