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
