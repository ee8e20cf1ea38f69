package loopcheck

import (
	"iter"
	"slices"
	"sync"
	"unicode"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// filtered writes the filtered values of a variable.
func (w *targetWriter) filtered(v *ruleset.FilteredVariable) {
	values, err := w.filteredValues(v)
	if err != nil {
		w.anyText(automaton.AnySymbols, 0)
		return
	}
	tag := int32(0)
	if keepsLetters(v.Filters) { // the text that is written can be the variable's own
		tag = w.tagOf(v.Part)
	}
	from := w.end()
	end, empty := w.n.CopyFragment(from, values, 0, values.Ends(), automaton.AnySymbols, tag)
	if w.at, w.empty = end, -1; empty {
		w.empty = from
	}
}

// keepsLetters reports whether filters change no more than the case of letters.
func keepsLetters(filters []ruleset.Filter) bool {
	return !slices.ContainsFunc(filters, func(f ruleset.Filter) bool { return f != ruleset.Lower && f != ruleset.Upper })
}

// asUnfiltered returns a part without filters that give different texts for values that differ in more than letter case. It
// returns false if the part has other filters.
func asUnfiltered(p ruleset.Part) (ruleset.Part, bool) {
	if p.Kind == ruleset.FilteredPart && slices.Contains(p.Filtered.Filters, ruleset.Slug) {
		return p, false
	}
	return p.Variable(), true
}

// mixesValues reports whether a target may hold one text for values that differ in more than letter case.
func mixesValues(t *ruleset.Target) bool {
	return slices.ContainsFunc(slices.Concat(t.Bucket.Parts, t.Key.Parts), func(p ruleset.Part) bool {
		_, ok := asUnfiltered(p)
		return !ok
	})
}

// filteredValues returns what filters make of the values of a variable: exactly for lower and upper, and all that they can
// make of any value for slug and hash.
func (w *targetWriter) filteredValues(v *ruleset.FilteredVariable) (*automaton.DFA, error) {
	n := automaton.NewNFA(w.n.Budget())
	inner := newTargetWriter(n, w.output)
	inner.rule, inner.split = w.rule, w.split
	inner.part(v.Part)
	n.Accept(inner.end())
	for _, f := range v.Filters {
		switch f {
		case ruleset.Lower, ruleset.Upper:
			n.MapSymbols(caseRuns[f]().images)
		case ruleset.Slug:
			n.Free()
			n = automaton.NewNFA(w.n.Budget())
			addSlugs(n)
		case ruleset.Hash:
			n.Free()
			n = automaton.NewNFA(w.n.Budget())
			at := int32(0)
			for range ruleset.HashLength {
				at = n.One(at, hexadecimals...)
			}
			n.Accept(at)
		}
	}
	defer n.Free()
	return n.Deterministic()
}

var (
	hexadecimals = [][2]rune{{'0', '9'}, {'a', 'f'}}
	slugSymbols  = [][2]rune{{'0', '9'}, {'a', 'z'}, {0x80, unicode.MaxRune}}
)

// addSlugs adds all slugs, and texts with other characters outside of ASCII.
func addSlugs(n *automaton.NFA) {
	n.Accept(0)
	n.Symbols(0, '/', '/', 0)
	word := oneOrMore(n, 0, slugSymbols)
	n.Accept(word)
	n.Symbols(word, '/', '/', 0)
	hyphen := n.One(word, [2]rune{'-', '-'})
	n.Epsilon(n.One(hyphen, slugSymbols...), word)
}

// caseRun is characters whose letters change by the same distance.
type caseRun struct{ lo, hi, distance rune }

// caseRuns returns the characters that lower and upper change.
var caseRuns = map[ruleset.Filter]func() runs{
	ruleset.Lower: sync.OnceValue(func() runs { return runsOf(unicode.ToLower) }),
	ruleset.Upper: sync.OnceValue(func() runs { return runsOf(unicode.ToUpper) }),
}

// runs are all runs of a filter, sorted.
type runs []caseRun

func runsOf(mapped func(rune) rune) (all runs) {
	for _, cased := range unicode.CaseRanges {
		for r := rune(cased.Lo); r <= rune(cased.Hi); r++ {
			distance := mapped(r) - r
			if distance == 0 {
				continue
			}
			if last := len(all) - 1; last >= 0 && all[last].hi == r-1 && all[last].distance == distance {
				all[last].hi = r
			} else {
				all = append(all, caseRun{r, r, distance})
			}
		}
	}
	return all
}

// images iterates over the spans of symbols that the symbols from lo to hi become.
func (all runs) images(lo, hi rune) iter.Seq2[rune, rune] {
	return func(yield func(lo, hi rune) bool) {
		first, _ := slices.BinarySearchFunc(all, lo, func(run caseRun, lo rune) int { return int(run.hi - lo) })
		for _, run := range all[first:] {
			if run.lo > hi {
				break
			}
			from, to := max(run.lo, lo), min(run.hi, hi)
			if lo < from && !yield(lo, from-1) || !yield(from+run.distance, to+run.distance) {
				return
			}
			lo = to + 1
		}
		if lo <= hi {
			yield(lo, hi)
		}
	}
}
