package loopcheck

import (
	"fmt"
	"slices"
	"testing"

	"onput/internal/glob"
	"onput/internal/ruleset"
)

// analysisOf returns an analysis of enabled rules with one pattern each.
func analysisOf(t *testing.T, patterns ...string) *Analysis {
	set := &ruleset.Set{}
	for _, pattern := range patterns {
		p, err := glob.Parse(pattern, false)
		if err != nil {
			t.Fatal(err)
		}
		set.Rules = append(set.Rules, ruleset.Rule{Enabled: true, Keys: []*glob.Pattern{p}})
	}
	return New(set, MaxTime)
}

func TestAppendOverlapping(t *testing.T) {
	a := analysisOf(t, "a/*.mp4", "a/b/*.mp4", "b/*.mp4", "**/*.mp4", "a/**", "a/*.{mov,mp4}", "**/x.mov", "a/b/c.txt")
	for _, tt := range []struct {
		key  affixes
		want []int
	}{
		{affixes{"", ""}, []int{0, 1, 2, 3, 4, 5, 6, 7}},
		{affixes{"a/", ".mp4"}, []int{0, 1, 3, 4, 5}},
		{affixes{"a/b/", ".mp4"}, []int{0, 1, 3, 4, 5}}, // only literal texts count, not that * takes no slash
		{affixes{"c/", ""}, []int{3, 6}},
		{affixes{"", "1.mp4"}, []int{0, 1, 2, 3, 4, 5}},
		{affixes{"a/", "v"}, []int{4, 5, 6}},
		{affixes{"c/", ".txt"}, nil},
		{affixes{"a/b/c", "c.txt"}, []int{4, 7}},
	} {
		got := a.appendOverlapping(nil, a.enabledRules, tt.key)
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, tt.want) {
			t.Errorf("%q: rules %v overlap, want %v", tt.key, got, tt.want)
		}
	}
}

// Of many rules with one prefix, the index goes by their suffixes.
func TestAppendOverlappingBySuffix(t *testing.T) {
	patterns := []string{"**/*9.mp4", "b/*-150.mp4"}
	for i := range 200 {
		patterns = append(patterns, fmt.Sprintf("a%d/**/*-%d.mp4", i, i))
	}
	a := analysisOf(t, patterns...)
	got := a.appendOverlapping(nil, a.enabledRules, affixes{"", "-150.mp4"})
	slices.Sort(got)
	if want := []int{1, 152}; !slices.Equal(got, want) {
		t.Errorf("rules %v overlap, want %v", got, want)
	}
	if a.enabledRules.bySuffix == nil {
		t.Error("the rules were compared one by one")
	}
}
