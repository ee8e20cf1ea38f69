package ruleset

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/glob"
)

// hasPrefix and hasSuffix agree with glob.FoldString.
func TestAffixes(t *testing.T) {
	letters := []string{"a", "A", "ſ", "S", "K", "k", "K", "\xff", "é", "É", "\xc3", "/"}
	rapid.Check(t, func(t *rapid.T) {
		key := strings.Join(rapid.SliceOfN(rapid.SampledFrom(letters), 0, 5).Draw(t, "key"), "")
		affix := strings.Join(rapid.SliceOfN(rapid.SampledFrom(slices.DeleteFunc(slices.Clone(letters), func(s string) bool { return s[0] >= 0xc3 && len(s) == 1 })), 0, 3).Draw(t, "affix"), "")
		folded := glob.FoldString(affix)
		if got, want := hasPrefix(key, folded, true), strings.HasPrefix(glob.FoldString(key), folded); got != want {
			t.Errorf("hasPrefix(%q, %q) = %v", key, folded, got)
		}
		if got, want := hasSuffix(key, folded, true), strings.HasSuffix(glob.FoldString(key), folded); got != want {
			t.Errorf("hasSuffix(%q, %q) = %v", key, folded, got)
		}
	})
}

// Every condition is one that a rule can have, that an upload can fail to meet, and that conditions reports. A condition that
// is missing here could be overlooked by Match and by the loop check.
func TestConditions(t *testing.T) {
	if got := (&Rule{DefaultEvents: true}).conditions(); got != 0 {
		t.Errorf("a rule without conditions has %b: hasCondition does not know them all", got)
	}
	x := []*glob.Pattern{glob.Literal("x")}
	for c := KeyCondition; c < conditionCount; c++ {
		r := &Rule{Enabled: true, Events: []*glob.Pattern{glob.Literal("e")}, DefaultEvents: true}
		onLocation, checkedByIndex := false, false
		switch c {
		case KeyCondition:
			r.Keys, onLocation, checkedByIndex = x, true, true
		case NotCondition:
			r.Not, onLocation = []*glob.Pattern{glob.Literal("a/b")}, true
		case PrefixCondition:
			r.Prefixes, onLocation = []string{"x"}, true
		case SuffixCondition:
			r.Suffixes, onLocation = []string{"x"}, true
		case BucketCondition:
			r.Buckets, onLocation, checkedByIndex = x, true, true
		case EventsCondition:
			r.Events, r.DefaultEvents, checkedByIndex = x, false, true
		case SizeCondition:
			r.Size = &SizeRange{2, 3}
		case TypeCondition:
			r.Types = x
		case WhereCondition:
			r.Where = []Where{{"region", x}}
		case MetaCondition:
			r.Meta = []Named{{"m", x}}
		case TagsCondition:
			r.Tags = []Named{{"t", x}}
		case ClassCondition:
			r.Classes = x
		default:
			t.Fatalf("condition %d has no case here: add one", c)
		}
		if got := r.conditions(); got != newConditionSet(c) {
			t.Errorf("condition %d: the rule has %b", c, got)
		}
		if r.DecidedByLocation() != onLocation || r.decidedByIndex() != checkedByIndex {
			t.Errorf("condition %d: decided by location %v, by the index %v", c, r.DecidedByLocation(), r.decidedByIndex())
		}
		u := &Upload{Bucket: "b", Key: "a/b", Event: "e", Size: 1, Type: "t"}
		if got := r.FirstUnmet(u, GivenAll); got != c {
			t.Errorf("condition %d: the first unmet is %d", c, got)
		}
	}
}
