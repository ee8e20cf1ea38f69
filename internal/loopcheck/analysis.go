package loopcheck

import (
	"slices"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// Limits of the analysis of one file. If one is exceeded, the finding is loop-unproven.
const (
	maxComparisons    = 100_000_000 // rules that the index of candidates returns, some ten seconds
	maxCandidateEdges = 10_000_000  // candidates that buckets and not leave
	stateBudget       = 10_000_000  // states of languages, and pairs of states visited: some ten seconds
	maxKeySplits      = 2000        // splits of the objects of one rule
	maxCycleSteps     = 3000        // outputs on all paths along cycles
)

// Limits beyond which the analysis goes on with less.
const (
	// MaxHops bounds the hops of all keys that the search for counterexamples tries. It tries no other keys then.
	MaxHops = 10_000

	// maxExclusionStates bounds the states of exclusions. Beyond it, not rules out no candidate.
	maxExclusionStates = 10_000_000
)

// Analysis answers questions about the objects that fire the rules of a set, and that they write. It makes a language
// when it is first needed. It is not safe for concurrent use.
type Analysis struct {
	set *ruleset.Set

	states, cycleSteps, hops, compared int // spent of the budget

	foldKeys       bool        // some rule ignores case
	affixes        [][]affixes // by rule, one for each alternative of its patterns
	enabledRules   *affixIndex
	stopRules      *affixIndex
	sourcePrefixes []string // folded if some rule ignores case
	lastStopRules  struct { // the last answer of StopRulesBefore
		rule    int
		earlier []int
	}

	shared                 *sharedLanguages
	triggerLanguages       map[int]*automaton.DFA // by rule
	languagesIgnoringStops map[int]*automaton.DFA // by rule
	notLanguages           map[notKey]*automaton.DFA
	claimsSources          map[string]*automaton.DFA // by values of variables and a not
	exclusions             exclusions
}

// New returns an analysis of a compiled set.
func New(s *ruleset.Set) *Analysis {
	a := &Analysis{
		set:                    s,
		foldKeys:               slices.ContainsFunc(s.Rules, func(r ruleset.Rule) bool { return r.IgnoreCase }),
		triggerLanguages:       map[int]*automaton.DFA{},
		languagesIgnoringStops: map[int]*automaton.DFA{},
		notLanguages:           map[notKey]*automaton.DFA{},
		claimsSources:          map[string]*automaton.DFA{},
		exclusions:             exclusions{known: map[exclusionKey]bool{}},
	}
	a.lastStopRules.rule = -1
	for _, src := range s.Sources {
		a.sourcePrefixes = append(a.sourcePrefixes, a.fold(src.Prefix))
	}
	var enabled []int
	for i := range s.Rules {
		a.affixes = append(a.affixes, a.affixesOf(&s.Rules[i]))
		if s.Rules[i].Enabled {
			enabled = append(enabled, i)
		}
	}
	a.enabledRules, a.stopRules = a.newAffixIndex(enabled), a.newAffixIndex(s.StopRules)
	return a
}

// Charge spends states of the budget. It returns [automaton.ErrTooLarge] once the budget is exceeded.
func (a *Analysis) Charge(states int) error {
	if a.states += states; a.states > stateBudget {
		return automaton.ErrTooLarge
	}
	return nil
}

// Hops returns how many hops the search for counterexamples has made.
func (a *Analysis) Hops() int { return a.hops }
