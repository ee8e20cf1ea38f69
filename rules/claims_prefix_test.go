package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/ruleset"
	"onput/process"
)

// belowClaims reports whether a target may become an object below the claims prefix. It knows no more of OSS's variables
// than some of their values, and finds the buckets by trying names.
func belowClaims(s *Set, target process.Location) bool {
	c := s.Claims()
	if c.Bucket != "" && target.Bucket != c.Bucket || c.Bucket == "" && !s.compiled.IsSource(target.Bucket, "a/b/a.txt") &&
		!s.compiled.IsSource(target.Bucket, "b/a.txt") {
		return false
	}
	for _, index := range []string{"1", "1_1"} {
		key := strings.NewReplacer("{index}", index, "{autoext}", "txt", "{sheetname}", c.Prefix, "{{", "{", "}}", "}").Replace(target.Key)
		if strings.HasPrefix(key, c.Prefix) {
			return true
		}
	}
	return false
}

// claimsPrefixHolds draws a file with claims and compares the check of their prefix with keys that it tries: a file that may
// write below the prefix must be refused, each example must be real, and no upload of another file may be refused by Match.
func claimsPrefixHolds(t *rapid.T) (outcome string) {
	claims := fmt.Sprintf("version: 1\nclaims: {prefix: %q", rapid.SampledFrom([]string{"a/", "b/", "a/b/", "1/", "1_1/", "x/", "ab/", "{/", ".x/"}).Draw(t, "prefix"))
	if bucket := rapid.SampledFrom([]string{"", "dst", "src"}).Draw(t, "claims bucket"); bucket != "" {
		claims += ", bucket: " + bucket
	}
	file := claims + "}\n" + strings.TrimPrefix(drawRules(t), "version: 1\n")
	s, analysis := analyze(t, file)
	outcome = "fine"
	refused := map[string]bool{}
	for _, found := range analysis.ClaimsTargets() {
		rule := s.compiled.Rules[found.Rule].Name
		refused[fmt.Sprint(rule, found.Output)] = true
		if found.Upload == nil {
			return "unproven"
		}
		outcome = "refused"
		i := slices.IndexFunc(s.Match(found.Upload), func(task Task) bool { return task.Rule == rule && task.Output == found.Output })
		if i < 0 {
			t.Fatalf("%s does not fire for %s/%s in\n%s", rule, found.Upload.Bucket, found.Upload.Key, file)
		}
		if task := s.Match(found.Upload)[i]; !errors.Is(task.Err, ruleset.ErrBelowClaims) || !belowClaims(s, task.Target) {
			t.Fatalf("%s/%s writes %s, not below the prefix: %v\n%s", found.Upload.Bucket, found.Upload.Key, task.Target, task.Err, file)
		}
	}
	for _, bucket := range []string{"src", "dst", "xsrc"} {
		for _, key := range shortKeys {
			for _, task := range s.Match(uploadOf(process.Location{Bucket: bucket, Key: key})) {
				below := belowClaims(s, task.Target)
				if below != errors.Is(task.Err, ruleset.ErrBelowClaims) && (task.Err == nil || below) {
					t.Fatalf("%s/%s writes %s: %v\n%s", bucket, key, task.Target, task.Err, file)
				}
				if below && !refused[fmt.Sprint(task.Rule, task.Output)] {
					t.Fatalf("%s/%s writes %s, and nothing was found in\n%s", bucket, key, task.Target, file)
				}
			}
		}
	}
	return outcome
}

func TestClaimsPrefixAgainstBruteForce(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) { outcomes[claimsPrefixHolds(t)]++ })
	t.Log(outcomes)
	if outcomes["refused"] == 0 || outcomes["fine"] == 0 || outcomes["unproven"] > 1 {
		t.Errorf("the rule sets are of one kind, or are not proved: %v", outcomes)
	}
}
