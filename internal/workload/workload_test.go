package workload

import (
	"slices"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
)

// TestNew checks the number of rules of each kind, that all differ, and that a second workload is the same.
func TestNew(t *testing.T) {
	for _, count := range []int{10, 20, 100, 1000, 100_000} {
		w := New(count)
		kinds, patterns := map[kind]int{}, map[string]bool{}
		for _, r := range w.rules {
			kinds[r.kind]++
			patterns[r.pattern] = true
		}
		if len(w.rules) != count || len(patterns) != count {
			t.Errorf("%d rules: %d, of which %d are different", count, len(w.rules), len(patterns))
		}
		got := []int{kinds[extension] + kinds[anywhere], kinds[folder], kinds[middle], kinds[numbered]}
		if want := []int{count * 6 / 10, count * 2 / 10, count / 10, count / 10}; !slices.Equal(got, want) {
			t.Errorf("%d rules: %d of the kinds, want %d", count, got, want)
		}
		if again := New(count); !slices.Equal(again.rules, w.rules) {
			t.Errorf("%d rules: others the second time", count)
		}
	}
}

// TestKeys checks that keys are short and distinct, and match or miss as intended.
func TestKeys(t *testing.T) {
	for _, count := range []int{10, 1000} {
		w := New(count)
		patterns := w.Patterns()
		for _, list := range []struct {
			keys []string
			hit  func(i int) bool
		}{
			{w.Keys(1, 1000), func(i int) bool { return i%4 != 3 }},
			{w.Misses(2, 1000), func(int) bool { return false }},
		} {
			seen := map[string]bool{}
			for i, key := range list.keys {
				if len(key) < 34 || len(key) > 39 || seen[key] {
					t.Errorf("%d rules: key %q of %d bytes, a second time: %t", count, key, len(key), seen[key])
				}
				seen[key] = true
				hit := slices.ContainsFunc(patterns, func(p string) bool { return doublestar.MatchUnvalidated(p, key) })
				if hit != list.hit(i) {
					t.Errorf("%d rules: key %d, %q, is matched: %t", count, i, key, hit)
				}
			}
		}
	}
	for _, key := range New(100_000).Keys(1, 4096) {
		if len(key) < 34 || len(key) > 39 {
			t.Errorf("100,000 rules: key %q has %d bytes", key, len(key))
		}
	}
}

// TestFile checks that a rule file has a pattern of each kind.
func TestFile(t *testing.T) {
	file := string(New(10).File())
	for _, part := range []string{`match: "**/*.heic"`, `match: "tenant-`, `/incoming/**"`, `match: "departments/*/team-0/*.docx"`, `clip-[0-9][0-9]-*.{mp4,webm}"`} {
		if !strings.Contains(file, part) {
			t.Errorf("no %s in\n%s", part, file)
		}
	}
}
