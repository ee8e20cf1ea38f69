package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/google/go-cmp/cmp"

	"onput/rules"
)

// The workload is the one that is described: so many rules of each kind, all different, and the same ones each time.
func TestWorkload(t *testing.T) {
	for _, count := range []int{10, fewRules, 100, 1000, 100_000} {
		w := newWorkload(count)
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
		if again := newWorkload(count); !slices.Equal(again.rules, w.rules) {
			t.Errorf("%d rules: others the second time", count)
		}
	}
}

// Keys are short, all different, and match or miss as they are meant to.
func TestKeys(t *testing.T) {
	for _, count := range []int{10, 1000} {
		w := newWorkload(count)
		matches := newDoublestar(w)
		for _, list := range []struct {
			keys []string
			hit  func(i int) bool
		}{
			{w.keys(keySeed, 1000), func(i int) bool { return i%4 != 3 }},
			{w.misses(missSeed, 1000), func(int) bool { return false }},
		} {
			seen := map[string]bool{}
			for i, key := range list.keys {
				if len(key) < 34 || len(key) > 39 || seen[key] {
					t.Errorf("%d rules: key %q of %d bytes, a second time: %t", count, key, len(key), seen[key])
				}
				seen[key] = true
				if hit := matches(key) > 0; hit != list.hit(i) {
					t.Errorf("%d rules: key %d, %q, is matched: %t", count, i, key, hit)
				}
			}
		}
	}
	for _, key := range newWorkload(100_000).keys(keySeed, manyKeys) {
		if len(key) < 34 || len(key) > 39 {
			t.Errorf("100,000 rules: key %q has %d bytes", key, len(key))
		}
	}
}

// What is compared finds the same rules.
func TestEnginesAgree(t *testing.T) {
	for _, count := range []int{10, 1000} {
		w := newWorkload(count)
		set, err := rules.Parse("rules.yaml", w.file())
		if err != nil {
			t.Fatal(err)
		}
		gobwas, err := newGobwas(w)
		if err != nil {
			t.Fatal(err)
		}
		keys := w.keys(keySeed, 200)
		if err := agree(keys, newOnput(set), gobwas, newDoublestar(w)); err != nil {
			t.Errorf("%d rules: %v", count, err)
		}
		for _, key := range keys {
			var got, want []string
			for _, task := range set.Match(&rules.Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: key, Size: 1}) {
				if task.Err != nil || task.Target.Key == "" {
					t.Errorf("%s: target %q: %v", key, task.Target, task.Err)
				}
				got = append(got, task.Rule)
			}
			for i, r := range w.rules {
				if doublestar.MatchUnvalidated(r.pattern, key) {
					want = append(want, fmt.Sprintf("r%d", i))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d rules: %s (-doublestar +onput):\n%s", count, key, diff)
			}
		}
	}
}

func TestFile(t *testing.T) {
	file := string(newWorkload(10).file())
	for _, part := range []string{`match: "**/*.heic"`, `match: "tenant-`, `/incoming/**"`, `match: "departments/*/team-0/*.docx"`, `clip-[0-9][0-9]-*.{mp4,webm}"`} {
		if !strings.Contains(file, part) {
			t.Errorf("no %s in\n%s", part, file)
		}
	}
}
