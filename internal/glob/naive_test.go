package glob

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/glob/globtest"
)

func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		source := globtest.DrawPattern(t, true)
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
			key := globtest.DrawKey.Draw(t, "key")
			values, want := globtest.Naive(source, key)
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

// TestFold holds folding patterns against folded ones: case must not matter on either side.
func TestFold(t *testing.T) {
	upper := strings.NewReplacer("a", "A", "b", "B", "é", "É")
	rapid.Check(t, func(t *rapid.T) {
		source := globtest.DrawPattern(t, false)
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
			key := globtest.DrawKey.Draw(t, "key")
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
		p, err := Parse(globtest.DrawPattern(t, true), rapid.Bool().Draw(t, "fold"))
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
