package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/gobwas/glob"
	"github.com/google/go-cmp/cmp"

	"onput/internal/workload"
	"onput/rules"
)

// engine returns how many patterns of a workload match a key.
type engine func(key string) int

// newGobwas tries compiled patterns one after the other, in the mode in which ** also matches no segment.
func newGobwas(tb testing.TB, patterns []string) engine {
	compiler := glob.Compiler{Separators: []rune{'/'}, Globstar: true}
	var compiled []*glob.Pattern
	for _, text := range patterns {
		p, err := compiler.Compile(text)
		if err != nil {
			tb.Fatalf("gobwas/glob: %s: %v", text, err)
		}
		compiled = append(compiled, p)
	}
	var found []int
	return func(key string) int {
		found = found[:0]
		for i, p := range compiled {
			if p.Match(key) {
				found = append(found, i)
			}
		}
		return len(found)
	}
}

// newDoublestar tries patterns one after the other with the faster of the library's two functions: it ignores the rest of
// a pattern once the key cannot match.
func newDoublestar(_ testing.TB, patterns []string) engine {
	var found []int
	return func(key string) int {
		found = found[:0]
		for i, p := range patterns {
			if doublestar.MatchUnvalidated(p, key) {
				found = append(found, i)
			}
		}
		return len(found)
	}
}

// newMapLookups does less than any engine must: it splits the key at its slashes, looks up three segments in a map of all
// segments of patterns, and the extension in another.
func newMapLookups(_ testing.TB, patterns []string) engine {
	segments, extensions := map[string]int{}, map[string]int{}
	for _, pattern := range patterns {
		for segment := range strings.SplitSeq(pattern, "/") {
			if ext, ok := strings.CutPrefix(segment, "*."); ok {
				extensions[ext]++
			} else {
				segments[segment]++
			}
		}
	}
	return func(key string) int {
		known, probes := 0, 0
		rest, dir := key, ""
		for {
			i := strings.IndexByte(rest, '/')
			if i < 0 {
				break
			}
			if dir, rest = rest[:i], rest[i+1:]; probes < 3 {
				probes++
				known += segments[dir]
			}
		}
		for ; probes < 3; probes++ {
			known += segments[rest]
		}
		if i := strings.LastIndexByte(rest, '.'); i >= 0 {
			known += extensions[rest[i+1:]]
		}
		return known
	}
}

// newTableWalk reads the key byte by byte through the table of an automaton of 16 states, which fits the first-level cache
// whatever the number of rules. It finds nothing.
func newTableWalk(testing.TB, []string) engine {
	random := rand.New(rand.NewPCG(1, 1))
	var table [16 << 8]uint16 // where the next state's row begins
	for i := range table {
		table[i] = uint16(random.IntN(16) << 8)
	}
	return func(key string) int {
		row := uint16(0)
		for i := range len(key) {
			row = table[row|uint16(key[i])]
		}
		return int(row)
	}
}

// benchmarkEngine matches the keys of rules.BenchmarkMatch, by the number of rules.
func benchmarkEngine(b *testing.B, newEngine func(testing.TB, []string) engine) {
	for _, count := range []int{10, 100, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rules=%d", count), func(b *testing.B) {
			if testing.Short() && count > 1000 {
				b.Skip("in short mode")
			}
			w := workload.New(count)
			match, keys := newEngine(b, w.Patterns()), w.Keys(1, 4096)
			i := 0
			for b.Loop() {
				match(keys[i%len(keys)])
				i++
			}
		})
	}
}

func BenchmarkGobwas(b *testing.B)     { benchmarkEngine(b, newGobwas) }
func BenchmarkDoublestar(b *testing.B) { benchmarkEngine(b, newDoublestar) }
func BenchmarkMapLookups(b *testing.B) { benchmarkEngine(b, newMapLookups) }
func BenchmarkTableWalk(b *testing.B)  { benchmarkEngine(b, newTableWalk) }

// TestEnginesAgree checks that all engines find the same rules.
func TestEnginesAgree(t *testing.T) {
	for _, count := range []int{10, 1000} {
		w := workload.New(count)
		set, err := rules.Parse("rules.yaml", w.File())
		if err != nil {
			t.Fatal(err)
		}
		patterns := w.Patterns()
		gobwas, doubles := newGobwas(t, patterns), newDoublestar(t, patterns)
		for _, key := range w.Keys(1, 200) {
			var got, want []string
			for _, task := range set.Match(&rules.Upload{Event: "ObjectCreated:PutObject", Bucket: workload.Bucket, Key: key, Size: 1}) {
				if task.Err != nil || task.Target.Key == "" {
					t.Errorf("%s: target %q: %v", key, task.Target, task.Err)
				}
				got = append(got, task.Rule)
			}
			for i, pattern := range patterns {
				if doublestar.MatchUnvalidated(pattern, key) {
					want = append(want, fmt.Sprintf("r%d", i))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d rules: %s (-doublestar +onput):\n%s", count, key, diff)
			}
			if gobwas(key) != len(got) || doubles(key) != len(got) {
				t.Errorf("%d rules: %s: onput finds %d, gobwas/glob %d, doublestar %d", count, key, len(got), gobwas(key), doubles(key))
			}
		}
	}
}
