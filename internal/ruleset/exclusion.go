package ruleset

import (
	"slices"

	"github.com/tidwall/gjson"

	"onput/internal/glob"
)

// Excludes returns a fact about uploads that the conditions of two rules contradict each other on, such as "size", or "" if one
// upload may meet both. It compares only facts that are not given: those do not exclude rules that match.
func (r *Rule) Excludes(other *Rule, record gjson.Result, given Given) string {
	switch {
	case !given.Has(GivenBucket) && disjoint(r.Buckets, other.Buckets):
		return "bucket"
	case !given.Has(GivenEvent) && disjoint(r.Events, other.Events):
		return "event"
	case !given.Has(GivenSize) && r.Size != nil && other.Size != nil && (r.Size.Max < other.Size.Min || other.Size.Max < r.Size.Min):
		return "size"
	case !given.Has(GivenType) && disjoint(r.Types, other.Types):
		return "type"
	case !given.Has(GivenClass) && disjoint(r.Classes, other.Classes):
		return "class"
	case !given.Has(GivenMeta) && disjointNamed(r.Meta, other.Meta, (&Upload{Record: record}).MetaValue):
		return "meta"
	case !given.Has(GivenTags) && disjointNamed(r.Tags, other.Tags, (&Upload{}).tag):
		return "tags"
	case given.Has(GivenRecord):
		return ""
	}
	for i := range r.Where {
		for j := range other.Where {
			w := &r.Where[i]
			if w.Path == other.Where[j].Path && !RecordField(record, w.Path).Exists() && disjoint(w.Values, other.Where[j].Values) {
				return w.Path
			}
		}
	}
	return ""
}

// disjoint reports whether two conditions exclude each other; nil is no condition.
func disjoint(a, b []*glob.Pattern) bool { return a != nil && b != nil && glob.Disjoint(a, b) }

// Together returns the groups of n rules, by their numbers, in which no rule excludes another. Every rule is in one: a group
// begins with it, and takes every other one, in order, that goes with those so far. Together returns nil if all rules go with
// each other.
func Together(n int, excludes func(i, j int) bool) (groups [][]int) {
	exclusive := make([][]bool, n)
	any := false
	for i := range n {
		exclusive[i] = make([]bool, n)
		for j := range i {
			x := excludes(i, j)
			exclusive[i][j], exclusive[j][i], any = x, x, any || x
		}
	}
	if !any {
		return nil
	}
	for first := range n {
		group := []int{first}
		for i := range n {
			if i != first && !slices.ContainsFunc(group, func(m int) bool { return exclusive[i][m] }) {
				group = append(group, i)
			}
		}
		slices.Sort(group)
		if !slices.ContainsFunc(groups, func(known []int) bool { return slices.Equal(known, group) }) {
			groups = append(groups, group)
		}
	}
	return groups
}
