package keyindex

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
	"weak"

	"github.com/bmatcuk/doublestar/v4"
	"pgregory.net/rapid"

	"onput/internal/glob"
	"onput/internal/glob/globtest"
)

// drawn is a drawn entry and its patterns as text.
type drawn struct {
	Entry
	patterns []string
}

// drawEntries makes the entries of an index.
func drawEntries(t *rapid.T) []drawn {
	var all []drawn
	for id := range rapid.IntRange(1, 12).Draw(t, "entries") {
		d := drawn{Entry: Entry{ID: id, Group: rapid.IntRange(0, 2).Draw(t, "group"), Fold: rapid.IntRange(0, 3).Draw(t, "fold") == 0}}
		for range rapid.IntRange(0, 2).Draw(t, "patterns") {
			source := globtest.DrawPattern(t, true)
			if strings.Contains(source, "*{") || strings.Contains(source, "}*") {
				continue // Naive reads it differently, see TestAgainstNaive
			}
			if p, err := glob.Parse(source, d.Fold); err == nil {
				d.Keys, d.patterns = append(d.Keys, p), append(d.patterns, source)
			}
		}
		affix := func(name string) (all []string) {
			for range rapid.IntRange(0, 2).Draw(t, name) * rapid.IntRange(0, 1).Draw(t, name+"es") {
				text := strings.ToValidUTF8(globtest.DrawKey.Draw(t, name), "") // a rule file holds nothing else
				if d.Fold {
					text = glob.FoldString(text)
				}
				all = append(all, text)
			}
			return all
		}
		d.Prefixes, d.Suffixes = affix("prefix"), affix("suffix")
		for range rapid.IntRange(0, 2).Draw(t, "buckets") * rapid.IntRange(0, 1).Draw(t, "of buckets") {
			source := rapid.SampledFrom([]string{"b1", "b2", "b*", "*2", "?1", "{b1,c1}", "*", "[bc]*"}).Draw(t, "bucket")
			p, err := glob.ParseValue(source, false)
			if err != nil {
				t.Fatal(err)
			}
			d.Buckets = append(d.Buckets, p)
		}
		all = append(all, d)
	}
	return all
}

// holds compares prefixes and suffixes, which the index leaves to its caller.
func (d *drawn) holds(key string) bool {
	if d.Fold {
		key = glob.FoldString(key)
	}
	return (d.Prefixes == nil || slices.ContainsFunc(d.Prefixes, func(p string) bool { return strings.HasPrefix(key, p) })) &&
		(d.Suffixes == nil || slices.ContainsFunc(d.Suffixes, func(p string) bool { return strings.HasSuffix(key, p) }))
}

// matches reports whether patterns and buckets match, by the naive matcher.
func (d *drawn) matches(bucket, key string) bool {
	if d.Buckets != nil && !slices.ContainsFunc(d.Buckets, func(p *glob.Pattern) bool { return p.Match(bucket) }) {
		return false
	}
	for i, source := range d.patterns {
		if d.Fold {
			// The naive matcher knows nothing of case. The names of captures have other letters than patterns.
			source, key = strings.NewReplacer("a", "A", "b", "B", "é", "É").Replace(source), glob.FoldString(key)
		}
		if _, ok := globtest.Naive(source, key); ok != d.Keys[i].Match(key) {
			panic(fmt.Sprintf("%q matches %q: %v by the naive matcher", source, key, ok))
		} else if ok {
			return true
		}
	}
	return d.patterns == nil
}

// TestIndex holds the index against every pattern on its own, matched by the naive matcher.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := drawEntries(t)
		b := NewBuilder()
		for i := range entries {
			b.Add(entries[i].Entry)
		}
		x := b.Index()
		for range 30 {
			bucket := rapid.SampledFrom([]string{"b1", "b2", "c1", "b", ""}).Draw(t, "in bucket")
			key := globtest.DrawKey.Draw(t, "key")
			groups := rapid.Uint64Range(0, 7).Draw(t, "groups")
			found := x.Find(nil, bucket, key, groups)
			sure := map[int]bool{}
			for _, h := range found {
				sure[h.ID] = sure[h.ID] || h.Exact
			}
			for i := range entries {
				d := &entries[i]
				is := d.matches(bucket, key)
				known, hit := sure[d.ID]
				switch {
				case !hit && is && d.holds(key) && groups>>d.Group&1 == 1:
					t.Fatalf("%q in %q: %q of %+v is not found", key, bucket, d.patterns, d.Entry)
				case hit && known && !is:
					t.Fatalf("%q in %q: %q of %+v is found for sure", key, bucket, d.patterns, d.Entry)
				case hit && !known && d.Prefixes == nil && d.Suffixes == nil:
					t.Fatalf("%q in %q: %q of %+v is found, but not for sure", key, bucket, d.patterns, d.Entry)
				}
			}
		}
	})
}

// Many nodes after ** can be active at once, for folded keys as well.
func TestManyActive(t *testing.T) {
	b := NewBuilder()
	for i := range 200 {
		p, err := glob.Parse(fmt.Sprintf("**/s%d/**/end/*", i%100), i >= 100)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(Entry{ID: i, Fold: i >= 100, Keys: []*glob.Pattern{p}})
	}
	x := b.Index()
	var key strings.Builder
	for range 2 {
		for i := 0; i < 100; i += 2 {
			fmt.Fprintf(&key, "s%d/", i)
		}
	}
	hits := x.Find(nil, "b", key.String()+"x/end/file", 1)
	if len(hits) != 100 {
		t.Fatalf("%d hits", len(hits))
	}
	for i, h := range hits {
		if h.ID != 2*i || !h.Exact {
			t.Errorf("hit %d is %d", i, h.ID)
		}
	}
}

// The memory of a look-up depends on the nodes that are active, not on all nodes.
func TestManyActiveMemory(t *testing.T) {
	b := NewBuilder()
	add := func(format string, i int) {
		p, err := glob.Parse(fmt.Sprintf(format, i), false)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(Entry{ID: i, Keys: []*glob.Pattern{p}})
	}
	for i := range 10 {
		add("**/d%d/**/e-*/f.mov", i)
	}
	for i := range 20_000 {
		add("t-%d/u/v/w/x.mov", 10+i)
	}
	x := b.Index()
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			x.Find(nil, "b", "d0/d1/d2/d3/d4/d5/d6/d7/d8/d9/e-1/g.mov", 1)
		}
	})
	if got := result.AllocedBytesPerOp(); got == 0 || got > 2000 {
		t.Errorf("%d bytes", got)
	}
}

// Entries that would take long to be narrowed down do not take it all: the plain ones after them are still found for sure.
func TestStepsAreBounded(t *testing.T) {
	b := NewBuilder()
	hard, err := glob.Parse("**/a/**/a/**/a/**/a/**/a/**/x", false)
	if err != nil {
		t.Fatal(err)
	}
	const entries = 1000
	for i := range entries {
		b.Add(Entry{ID: i, Keys: []*glob.Pattern{hard}, Prefixes: []string{strings.Repeat("a/", 20)}})
	}
	if spent := buildBudget - b.steps; spent > buildBudget+maxSteps+entries*(fewSteps+1) {
		t.Errorf("%d steps", spent)
	}
	easy, err := glob.Parse("**/*.mp4", false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range entries {
		b.Add(Entry{ID: entries + i, Keys: []*glob.Pattern{easy}, Prefixes: []string{fmt.Sprintf("in/t%d/", i)}})
	}
	x := b.Index()
	for key, want := range map[string]int{"in/t7/a/b.mp4": 1, strings.Repeat("a/", 30) + "x": entries, "in/t7/x": 0} {
		if found := x.Find(nil, "b", key, 1); len(found) != want {
			t.Errorf("%s: %d entries", key, len(found))
		}
	}
}

// A rule with more buckets, patterns, prefixes and suffixes than the index takes is still found.
func TestManyPaths(t *testing.T) {
	var p Entry
	for i := range 60 {
		bucket, err := glob.ParseValue(fmt.Sprintf("b%d", i), false)
		if err != nil {
			t.Fatal(err)
		}
		key, err := glob.Parse(fmt.Sprintf("**/*.e%d", i), false)
		if err != nil {
			t.Fatal(err)
		}
		p.Buckets, p.Keys = append(p.Buckets, bucket), append(p.Keys, key)
		p.Prefixes, p.Suffixes = append(p.Prefixes, fmt.Sprintf("p%d", i)), append(p.Suffixes, fmt.Sprintf("e%d", i))
	}
	b := NewBuilder()
	b.Add(p)
	x := b.Index()
	for _, tt := range []struct {
		bucket, key string
		want        int
	}{{"b59", "p59/x.e59", 1}, {"other", "p59/x.e59", 1}, {"b1", "p1/x.f", 0}} {
		hits := x.Find(nil, tt.bucket, tt.key, 1)
		if len(hits) != tt.want || tt.want == 1 && hits[0].Exact {
			t.Errorf("%s in %s: %v", tt.key, tt.bucket, hits)
		}
	}
}

// indexOf returns an index of patterns, each one in a group of its number modulo 64.
func indexOf(t *testing.T, patterns ...string) *Index {
	b := NewBuilder()
	for i, source := range patterns {
		p, err := glob.Parse(source, false)
		if err != nil {
			t.Fatal(err)
		}
		b.Add(Entry{ID: i, Group: i % 64, Keys: []*glob.Pattern{p}})
	}
	return b.Index()
}

// Entries of the same pattern are found together, as many as they are; other groups are omitted.
func TestTogether(t *testing.T) {
	patterns := make([]string, 1000)
	for i := range patterns {
		patterns[i] = "in/**/*.mp4"
	}
	x := indexOf(t, patterns...)
	for _, tt := range []struct {
		groups uint64
		want   int
	}{{1<<64 - 1, 1000}, {0b101, 32}, {0, 0}} {
		if hits := x.Find(nil, "b", "in/a/b.mp4", tt.groups); len(hits) != tt.want {
			t.Errorf("groups %b: %d hits, want %d", tt.groups, len(hits), tt.want)
		}
	}
}

// Of a long literal beginning or end the index looks at a part, and compares the rest.
func TestLongAffixes(t *testing.T) {
	long := strings.Repeat("x", 100)
	x := indexOf(t, "*-a"+long, "*-b"+long, long+"a-*", long+"b-*")
	for key, want := range map[string]int{"1-a" + long: 0, "1-b" + long: 1, long + "a-1": 2, long + "b-1": 3, "1-c" + long: -1, long + "c-1": -1} {
		hits := x.Find(nil, "b", key, 1<<64-1)
		if want < 0 && len(hits) > 0 || want >= 0 && (len(hits) != 1 || hits[0].ID != want || !hits[0].Exact) {
			t.Errorf("%s: %v, want %d", key, hits, want)
		}
	}
}

// The index does not keep its builder in memory.
func TestBuilderIsGarbage(t *testing.T) {
	b := NewBuilder()
	b.Add(Entry{})
	x, builder := b.Index(), weak.Make(b)
	runtime.GC()
	if builder.Value() != nil {
		t.Error("the index keeps its builder")
	}
	runtime.KeepAlive(x)
}

// TestAgainstDoublestar holds the index, and each pattern on its own, against doublestar where the languages agree: anchored
// patterns without captures and without classes of other characters (which match a slash there); no empty alternative (not
// tried after a * there); keys without empty segments; nothing empty and no ** at the end.
func TestAgainstDoublestar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBuilder()
		var sources []string
		var patterns []*glob.Pattern
		for range rapid.IntRange(1, 12).Draw(t, "patterns") {
			source := "a/" + globtest.DrawPattern(t, false)
			p, err := glob.Parse(source, false)
			if err != nil || strings.HasSuffix(source, "**") || strings.HasSuffix(source, "/") || strings.Contains(source, "//") ||
				strings.Contains(source, "!") || strings.Contains(source, "{,") {
				continue
			}
			b.Add(Entry{ID: len(patterns), Keys: []*glob.Pattern{p}})
			sources, patterns = append(sources, source), append(patterns, p)
		}
		x := b.Index()
		for range 20 {
			key := "a/" + globtest.DrawKey.Draw(t, "key")
			if strings.Contains(key, "//") || strings.HasSuffix(key, "/") || !utf8.ValidString(key) {
				continue
			}
			found := x.Find(nil, "bucket", key, 1)
			got := make([]bool, len(patterns))
			for _, h := range found {
				got[h.ID] = h.Exact
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

// BenchmarkIndexHostile measures keys that are hard for an automaton: many nodes after **, and stars that can be anywhere.
func BenchmarkIndexHostile(b *testing.B) {
	for _, c := range []struct{ name, pattern, key string }{
		{"deep", "**/a/**/a/**/a/**", strings.Repeat("a/", 511) + "a"},
		{"stars", "*a*a*a*a*b", strings.Repeat("a", 1023)},
	} {
		p, err := glob.Parse(c.pattern, false)
		if err != nil {
			b.Fatal(err)
		}
		builder := NewBuilder()
		builder.Add(Entry{Keys: []*glob.Pattern{p}})
		x := builder.Index()
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Find(nil, "bucket", c.key, 1)
			}
		})
	}
}

// Entries that differ in a prefix or suffix alone are not found together, whatever their pattern is; nor are entries whose
// segments differ in their beginning or end alone.
func TestNarrowedApart(t *testing.T) {
	const entries = 1000
	for _, tt := range []struct{ pattern, prefix, suffix, key string }{
		{"**", "in/t%d/", "", "in/t7/a.mp4"},
		{"**", "in/t%d-", "", "in/t7-a/b.mp4"},
		{"*.mp4", "t%d-", "", "t7-a.mp4"},
		{"*.mp4", "in/t%d-", "", "in/t7-a.mp4"},
		{"in/*.mp4", "in/t%d-", "", "in/t7-a.mp4"},
		{"in/*/*.mp4", "in/t%d-", "", "in/t7-a/b.mp4"},
		{"in/**/*.mp4", "in/t%d/", "", "in/t7/a.mp4"},
		{"in/**/*.mp4", "in/t%d/x-", "", "in/t7/x-/a.mp4"},
		{"{a,in}/**/x/*.mp4", "in/t%d-", "", "in/t7-/x/a.mp4"},
		{"**/t%d/*.mp4", "in/", "", "in/t7/a.mp4"},
		{"*.mp4", "", "-%d.mp4", "a-7.mp4"},
		{"in/**", "", "-%d.mp4", "in/a-7.mp4"},
		{"in/**", "", "/t%d/o.mp4", "in/a/t7/o.mp4"},
		{"in/**", "", "-%d/o.mp4", "in/a-7/o.mp4"},
		{"in-*/o*", "", "-%d/o.mp4", "in-7/o.mp4"},
		{"clip*.mp4", "clip-", "-%d.mp4", "clip-a-7.mp4"},
		{"t%d-*.jpeg", "", "", "t7-a.jpeg"},
		{"clip-*.e%d", "", "", "clip-a.e7"},
	} {
		b := NewBuilder()
		with := func(format string, i int) []string {
			if format == "" {
				return nil
			}
			return []string{strings.Replace(format, "%d", fmt.Sprint(i), 1)}
		}
		for i := range entries {
			p, err := glob.Parse(with(tt.pattern, i)[0], false)
			if err != nil {
				t.Fatal(err)
			}
			b.Add(Entry{ID: i, Keys: []*glob.Pattern{p}, Prefixes: with(tt.prefix, i), Suffixes: with(tt.suffix, i)})
		}
		x := b.Index()
		hits := x.Find(nil, "b", tt.key, 1)
		if !slices.Contains(hits, Hit{7, true}) || len(hits) > maxSharedAffix {
			t.Errorf("%+v: %d hits", tt, len(hits))
		}
		for _, l := range x.lists {
			if len(l) > maxSharedAffix {
				t.Errorf("%+v: %d segments are compared", tt, len(l))
			}
		}
	}
}

// Several ** and a prefix or suffix of many segments do not make an index large: such an entry is found without it.
func TestManyPathsOfAPrefix(t *testing.T) {
	p, err := glob.Parse("**/*/**/*/**/*/**/*/**/x", false)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("/a", 100)
	for _, e := range []Entry{{Prefixes: []string{long[1:] + "/"}}, {Suffixes: []string{long}}} {
		e.Keys = []*glob.Pattern{p}
		if paths := NewBuilder().paths(&e); len(paths) > maxPaths {
			t.Errorf("%d paths", len(paths))
		}
	}
	b := NewBuilder()
	b.Add(Entry{Keys: []*glob.Pattern{p}, Prefixes: []string{long[1:] + "/"}})
	if found := b.Index().Find(nil, "b", long[1:]+"/b/x", 1); len(found) == 0 {
		t.Error("the key is not found")
	}
}

// BenchmarkFind finds keys of many tenants among more and more entries. The time may grow little.
func BenchmarkFind(b *testing.B) {
	for _, count := range []int{10, 1000, 100_000} {
		builder := NewBuilder()
		keys := make([]string, min(count, 4096))
		for i := range count {
			p, err := glob.Parse(fmt.Sprintf("tenant-%d/**/*.mp4", i), false)
			if err != nil {
				b.Fatal(err)
			}
			builder.Add(Entry{ID: i, Keys: []*glob.Pattern{p}})
			keys[i%len(keys)] = fmt.Sprintf("tenant-%d/videos/2026/clip.mp4", i)
		}
		x := builder.Index()
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			b.ReportAllocs()
			var buf [8]Hit
			for i := 0; b.Loop(); i++ {
				if hits := x.Find(buf[:0], "bucket", keys[i%len(keys)], 1); len(hits) != 1 {
					b.Fatal(hits)
				}
			}
		})
	}
}
