package policy

import (
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
	p, t := []rune(pattern), []rune(text)
	star, from := -1, 0 // the last * that was passed, and where what it stands for ends so far
	i, k := 0, 0
	for k < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, k
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[k]):
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

// withoutCovered returns the resources, sorted, without those that another one names already.
func withoutCovered(resources []string) []string {
	all := slices.Compact(slices.Sorted(slices.Values(resources)))
	return slices.DeleteFunc(slices.Clone(all), func(r string) bool {
		return slices.ContainsFunc(all, func(other string) bool { return other != r && match(other, r) })
	})
}
