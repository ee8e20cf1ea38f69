package loopcheck

import (
	"slices"
	"time"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// Limits of the analysis of one file. If one is exceeded, the finding is loop-unproven.
const (
	// MaxTime is the time that the steps of the whole analysis take on one core of 2.5 GHz.
	MaxTime = 2 * time.Second

	stepTime      = 10 * time.Nanosecond
	remedyShare   = 10   // of the budget, one part of so many is for patterns that end loops
	bytesPerStep  = 0.5  // that all languages take, those included that are of no more use: 100 MB in MaxTime
	maxKeySplits  = 2000 // splits of the objects of one rule
	maxCycleSteps = 3000 // outputs on all paths along cycles
)

// MaxHops bounds the hops of all keys that the search for counterexamples tries. It tries no other keys then.
const MaxHops = 10_000

// Analysis answers questions about the objects that fire the rules of a set, and that they write. It makes a language
// when it is first needed. It is not safe for concurrent use.
type Analysis struct {
	set          *ruleset.Set
	budget       *automaton.Budget
	remedyBudget *automaton.Budget // of notPattern

	cycleSteps, hops, compared, overwriteSteps int

	foldKeys       bool        // some rule ignores case
	affixes        [][]affixes // by rule, one for each alternative of its patterns
	enabledRules   *affixIndex
	stopRules      *affixIndex
	results        []affixes // the last result of resultAffixes
	sourcePrefixes []string  // folded if some rule ignores case
	lastStopRules  struct {  // the last answer of StopRulesBefore
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

// New returns an analysis of a compiled set. Its work is bounded by what one core does in limit, [MaxTime] for the loops
// of a file. It is counted, not timed, so that findings do not depend on the machine.
func New(s *ruleset.Set, limit time.Duration) *Analysis {
	a := &Analysis{
		set:                    s,
		budget:                 newBudget(limit - limit/remedyShare),
		remedyBudget:           newBudget(limit / remedyShare),
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

// newBudget returns a budget for what one core does in limit.
func newBudget(limit time.Duration) *automaton.Budget {
	steps := int(limit / stepTime)
	return automaton.NewBudget(steps, int(bytesPerStep*float64(steps)))
}

// Budget returns the budget that the languages of the analysis share.
func (a *Analysis) Budget() *automaton.Budget { return a.budget }

// Spent returns [automaton.ErrTooLarge] once the budget is spent.
func (a *Analysis) Spent() error { return a.budget.Err() }

// Hops returns how many hops the search for counterexamples has made.
func (a *Analysis) Hops() int { return a.hops }

// Left returns the steps and bytes that are left of the budget, negative if more were needed.
func (a *Analysis) Left() (steps, bytes int) { return a.budget.Left() }
