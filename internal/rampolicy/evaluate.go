package rampolicy

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Allows reports whether a policy allows an action on a resource: a statement allows it, and none denies it. Actions are
// compared without case. Conditions are taken not to hold for Allow and to hold for Deny.
//
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-evaluation-process
func (d *Document) Allows(action, resource string) bool {
	allowed := false
	for i := range d.Statement {
		s := &d.Statement[i]
		if !s.appliesTo(action, resource) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = allowed || len(s.Condition) == 0
	}
	return allowed
}

// appliesTo reports whether the statement applies to an action on a resource.
func (s *Statement) appliesTo(action, resource string) bool {
	action = strings.ToLower(action)
	return slices.ContainsFunc(s.Action, func(a string) bool { return match(strings.ToLower(a), action) }) &&
		slices.ContainsFunc(s.Resource, func(r string) bool { return match(r, resource) })
}

// match reports whether pattern matches text. * stands for any text and ? for one character.
func match(pattern, text string) bool { return compile(pattern, ".").MatchString(text) }

// anyButStar matches a character of a pattern that ? covers.
const anyButStar = "[^*]"

// covers reports whether pattern matches every text that other matches. It may miss that, but never claims it wrongly.
func covers(pattern, other string) bool { return compile(pattern, anyButStar).MatchString(other) }

// compile returns a pattern as a regular expression. one is the expression that ? becomes.
func compile(pattern, one string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\uFFFD"))
	return regexp.MustCompile("(?s)^" + strings.NewReplacer(`\*`, ".*", `\?`, one).Replace(quoted) + "$")
}

// stars matches a run of *.
var stars = regexp.MustCompile(`\*+`)

// withoutCovered returns the resources, sorted, without any that another one covers.
func withoutCovered(resources []string) []string {
	listed := map[string]bool{}
	inside := map[string]*regexp.Regexp{} // resources with a wildcard that is not their last character, compiled for covers
	for _, r := range resources {
		r = stars.ReplaceAllString(r, "*") // a key may end with a * of its own
		listed[r] = true
		if strings.ContainsAny(strings.TrimSuffix(strings.TrimPrefix(r, ossPrefix), "*"), "*?") {
			inside[r] = compile(r, anyButStar)
		}
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(listed)), func(r string) bool {
		for i := range len(r) + 1 {
			if other := r[:i] + "*"; other != r && listed[other] {
				return true
			}
		}
		for other, pattern := range inside {
			if other != r && pattern.MatchString(r) && (other < r || !covers(r, other)) {
				return true
			}
		}
		return false
	})
}
