package rampolicy

import (
	"regexp"
	"slices"
	"strings"
)

// Allows says whether a policy allows an action on a resource: a statement allows it, and none denies it. Letters of actions
// are compared without case. What conditions ask for is not known here, so a statement that has some allows nothing and
// denies all that it names.
//
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-evaluation-process
func (d *Document) Allows(action, resource string) bool {
	allowed := false
	for i := range d.Statement {
		s := &d.Statement[i]
		if !s.names(action, resource) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = allowed || len(s.Condition) == 0
	}
	return allowed
}

func (s *Statement) names(action, resource string) bool {
	return slices.ContainsFunc(s.Action, func(a string) bool { return match(strings.ToLower(a), strings.ToLower(action)) }) &&
		slices.ContainsFunc(s.Resource, func(r string) bool { return match(r, resource) })
}

// match says whether text is what pattern says, in which * is any run of characters and ? is one.
func match(pattern, text string) bool {
	return matches(pattern, text, func(rune) bool { return true })
}

// covers says that whatever other says is what pattern says. It misses some pairs of which that is true, too.
func covers(pattern, other string) bool {
	return matches(pattern, other, func(c rune) bool { return c != '*' })
}

// matches is match with ? for those characters that are one.
func matches(pattern, text string, one func(rune) bool) bool {
	p, t := []rune(pattern), []rune(text)
	star, from := -1, 0 // the last * that was passed, and where what it stands for ends so far
	i, k := 0, 0
	for k < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, k
			i++
		case i < len(p) && (p[i] == '?' && one(t[k]) || p[i] == t[k]):
			i++
			k++
		case star >= 0:
			from++
			i, k = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}

var runs = regexp.MustCompile(`\*+`)

// withoutCovered returns the resources, sorted, without those that another one names already.
func withoutCovered(resources []string) []string {
	all := slices.Clone(resources)
	for i := range all {
		all[i] = runs.ReplaceAllString(all[i], "*") // a key may end with one of its own
	}
	slices.Sort(all)
	all = slices.Compact(all)
	there := map[string]bool{}
	var inside []string // those with a wildcard that is not their last character
	for _, r := range all {
		there[r] = true
		if strings.ContainsAny(strings.TrimSuffix(strings.TrimPrefix(r, anyOSS), "*"), "*?") {
			inside = append(inside, r)
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(r string) bool {
		for i := range len(r) + 1 {
			if other := r[:i] + "*"; other != r && there[other] {
				return true
			}
		}
		return slices.ContainsFunc(inside, func(other string) bool {
			return other != r && covers(other, r) && (other < r || !covers(r, other))
		})
	})
}
