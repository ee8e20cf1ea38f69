package loopcheck

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// affixIndex holds rules by the affixes of their keys, so that a thousand rules with a folder each are not compared pair
// by pair.
type affixIndex struct {
	byPrefix []affixEntry
	bySuffix []affixEntry // nil until it is needed
}

// affixEntry is a rule's literal prefix and reversed suffix, in the order in which its list is sorted. A suffix is
// reversed so that entries with a common end are neighbours. Alternatives with one prefix share an entry, with their
// common suffix.
type affixEntry struct {
	texts [2]string
	rule  int
}

// newAffixIndex returns an index of some rules.
func (a *Analysis) newAffixIndex(rules []int) *affixIndex {
	list := make([]affixEntry, 0, len(rules))
	for _, rule := range rules {
		start := len(list)
		for _, x := range a.affixes[rule] {
			suffix := reversed(x.suffix)
			if last := len(list) - 1; last >= start && list[last].texts[0] == x.prefix {
				list[last].texts[1] = commonPrefix(list[last].texts[1], suffix)
			} else {
				list = append(list, affixEntry{[2]string{x.prefix, suffix}, rule})
			}
		}
	}
	sortEntries(list)
	return &affixIndex{byPrefix: list}
}

// sortEntries sorts entries by their first text, then by the second.
func sortEntries(list []affixEntry) {
	slices.SortFunc(list, func(x, y affixEntry) int { return slices.Compare(x.texts[:], y.texts[:]) })
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// appendOverlapping appends the rules of an index whose affixes overlap key. A rule may be appended several times.
func (a *Analysis) appendOverlapping(rules []int, index *affixIndex, key affixes) []int {
	list, texts := index.byPrefix, [2]string{key.prefix, reversed(key.suffix)}
	from, to := rangeWithPrefix(list, 0, texts[0])
	if to-from > 100 { // the suffix may leave fewer
		if index.bySuffix == nil {
			for _, e := range index.byPrefix {
				index.bySuffix = append(index.bySuffix, affixEntry{[2]string{e.texts[1], e.texts[0]}, e.rule})
			}
			sortEntries(index.bySuffix)
		}
		if i, j := rangeWithPrefix(index.bySuffix, 0, texts[1]); j-i < to-from {
			list, texts, from, to = index.bySuffix, [2]string{texts[1], texts[0]}, i, j
		}
	}
	add := func(entries []affixEntry) {
		for _, e := range entries {
			a.budget.Spend(1+len(a.affixes[e.rule]), 0)
			if eitherIsPrefix(e.texts[1], texts[1]) && slices.ContainsFunc(a.affixes[e.rule], key.overlaps) {
				rules = append(rules, e.rule)
			}
		}
	}
	add(list[from:to])
	for group := range prefixesOf(list[:from], 0, texts[0]) {
		from, to := rangeWithPrefix(group, 1, texts[1])
		add(group[from:to])
		for same := range prefixesOf(group[:from], 1, texts[1]) {
			add(same)
		}
	}
	return rules
}

// rangeWithPrefix returns the range of entries whose text number i begins with prefix. The list is sorted by that text.
func rangeWithPrefix(list []affixEntry, i int, prefix string) (from, to int) {
	from = sort.Search(len(list), func(n int) bool { return list[n].texts[i] >= prefix })
	rest := list[from:]
	return from, from + sort.Search(len(rest), func(n int) bool { return !strings.HasPrefix(rest[n].texts[i], prefix) })
}

// prefixesOf iterates over the entries whose text number i is a prefix of text: equal ones at once, the longest first.
// The list is sorted by that text, and all of it sorts before text.
func prefixesOf(list []affixEntry, i int, text string) iter.Seq[[]affixEntry] {
	return func(yield func([]affixEntry) bool) {
		for len(list) > 0 {
			// A prefix of text that sorts up to the last entry is a prefix of that entry, too.
			text = commonPrefix(text, list[len(list)-1].texts[i])
			from := sort.Search(len(list), func(n int) bool { return list[n].texts[i] >= text })
			same := list[from:]
			same = same[:sort.Search(len(same), func(n int) bool { return same[n].texts[i] != text })]
			if len(same) > 0 && !yield(same) {
				return
			}
			list = list[:from]
		}
	}
}
