package loopcheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/process"
)

// The proof that no rule set loops. A rule loops if what it writes can fire it again, over any number of steps.
//
//  1. From the literal texts at the ends of patterns and targets, and from sources, follows which rules an output may
//     reach at all (meet.go). A rule whose not leaves out whatever the output can write is not among them. Without a cycle
//     among these, there is no loop.
//  2. On the cycles, the keys of each rule become a language, exactly: patterns, not, prefix, suffix, letter case, bucket
//     conditions, sources, and earlier rules that stop. What an output writes becomes a language, too (image.go), never too
//     small. Where the one and the other have nothing in common, the rule is not reached.
//  3. What is left is followed around each cycle. A key that comes around is tried out: where it really does, the rule
//     set is refused with that key ([loop]). Where no key can be found and yet none excluded, it is refused as well
//     ([loop-unproven]), and so it is where a language grows too large to tell.
//
// events, size, type and where are taken to hold: whether they do is not in the rule file's hands.

// Bounds of the proof. Beyond them the answer is [loop-unproven].
const (
	maxSteps  = 3000       // languages that are followed around the cycles of one file
	maxStates = 10_000_000 // states of all languages that are made for one file, and pairs of them that are looked at: some ten seconds
	maxTries  = 300        // keys that are tried out for one cycle
	MaxHops   = 10_000     // from object to object, of all keys that are tried out for one file

	maxComparisons    = 100_000_000 // at pairs of rules that may fire one after the other as far as the ends of keys tell: some ten seconds
	maxCandidateEdges = 10_000_000  // such pairs as buckets and not do not tell apart
)

// Hop is an object and a rule that it fires.
type Hop struct {
	At   process.Location
	Rule int
}

// loop is a counterexample: a chain of objects, each written for the one before it. The rule of the last hop fires twice.
type loop []Hop

// Finding is a loop, or one that cannot be ruled out.
type Finding struct {
	Rule    int    // number of a rule on the loop
	Code    string // "loop" or "loop-unproven"
	Message string
	Path    []Hop // the counterexample; the rule of the last hop fires twice; nil for "loop-unproven"
}

// Loops returns the loops of the rule set, and what cannot be shown to be free of them.
func (a *Analysis) Loops() []Finding {
	hint := "say where uploads are in sources, or write elsewhere"
	if a.set.Sources != nil {
		hint = "write outside of the sources, which are " + strings.Join(a.set.SourceNames(), ", ") + ", or leave it out with not"
	}
	var found []Finding
	unproven := func(rule int, reason string) {
		found = append(found, Finding{Rule: rule, Code: "loop-unproven", Message: fmt.Sprintf("rule %s may fire again on what comes of its own output, %s; %s", a.set.Rules[rule].Name, reason, hint)})
	}
	edges, stuck := a.candidateEdges()
	if stuck >= 0 {
		unproven(stuck, "and whether it does cannot be told, because too many pairs of rules may fire one after the other")
		return found
	}
	for _, component := range cyclicComponents(slices.Sorted(maps.Keys(edges)), edges) {
		a.proveComponent(component, func(rule int, l loop, reason string) {
			if l != nil {
				found = append(found, Finding{Rule: rule, Code: "loop", Message: a.formatLoop(l) + "; " + hint, Path: l})
			} else {
				unproven(rule, reason)
			}
		})
	}
	return found
}

// story tells a loop: object → (rule) → object → (rule) → …
func (a *Analysis) formatLoop(l loop) string {
	bucket := l[0].At.Bucket
	same := !slices.ContainsFunc(l, func(h Hop) bool { return h.At.Bucket != bucket })
	var b strings.Builder
	last := a.set.Rules[l[len(l)-1].Rule].Name
	fmt.Fprintf(&b, "rule %s fires again on what comes of its own output: ", last)
	for _, h := range l {
		if same {
			b.WriteString(shown(h.At.Key))
		} else {
			b.WriteString(shown(h.At.String()))
		}
		fmt.Fprintf(&b, " → (%s) → ", a.set.Rules[h.Rule].Name)
	}
	b.WriteString("…")
	return b.String()
}

// shown quotes a key that would not be readable as it is.
func shown(key string) string {
	if q := fmt.Sprintf("%q", key); q[1:len(q)-1] != key || strings.ContainsAny(key, " →") {
		return q
	}
	return key
}

// prover holds what has been computed for one file.
type Analysis struct {
	set                    *ruleset.Set
	foldKeys               bool        // some rule ignores case
	affixesByRule          [][]affixes // by rule
	sourcePrefixes         []string    // of sources, folded where any rule ignores case; nil before they are asked for
	rulesByAffix           *affixIndex
	triggerLanguages       map[int]*automaton.DFA // by rule: where an object fires it
	languagesIgnoringStops map[int]*automaton.DFA // by rule: where it would without the rules before it
	patternUnions          map[patternList]*automaton.DFA
	bucketNames            *automaton.DFA // every valid bucket
	allKeys                *automaton.DFA // every key that can fire
	sourceLanguage         *automaton.DFA // bucket/key of sources; nil without sources
	claimsLanguage         *automaton.DFA // bucket/key of claims, which fire nothing; nil without claims
	steps                  int
	states                 int
	hops                   int
	compared               int // rules that EarlierCandidates has returned

	stopRules struct { // see cutting
		find  *affixIndex // of the rules that stop
		later int         // the rule that was asked for last, -1 for none
		rules []int       // and what cuts it
	}

	allObjects     *automaton.DFA        // bucket/key of whatever can fire
	excluded       map[exclusionKey]bool // what has been found out
	excludedStates int                   // states of the languages for that
	lastExclusion  struct {              // the last of them
		exclusionKey
		written *automaton.NFA
		rest    *automaton.DFA
	}

	readableObjects *automaton.DFA // bucket/key that people can read, for examples
}

// New returns an analysis of a compiled set.
func New(s *ruleset.Set) *Analysis {
	folds := slices.ContainsFunc(s.Rules, func(r ruleset.Rule) bool { return r.IgnoreCase })
	p := &Analysis{set: s, foldKeys: folds, affixesByRule: make([][]affixes, len(s.Rules)), triggerLanguages: map[int]*automaton.DFA{}, languagesIgnoringStops: map[int]*automaton.DFA{},
		patternUnions: map[patternList]*automaton.DFA{}, excluded: map[exclusionKey]bool{}}
	p.stopRules.later = -1
	return p
}

// prove looks for loops among rules that reach each other, and reports the first one that each rule is on.
func (a *Analysis) proveComponent(component []int, report func(rule int, l loop, reason string)) {
	// The exact languages leave fewer edges, and fewer cycles. What earlier rules take is most of the work: few rules need it.
	edges, err := a.exactEdges(component, a.LanguageIgnoringStops)
	if err != nil {
		report(component[0], nil, a.tooLargeReason(component, err))
		return
	}
	for _, c := range cyclicComponents(component, edges) {
		edges := edges
		if a.set.StopRules != nil {
			if edges, err = a.exactEdges(c, a.TriggerLanguage); err != nil {
				report(c[0], nil, a.tooLargeReason(c, err))
				return
			}
		}
		if !a.proveCycles(cyclicComponents(c, edges), edges, report) {
			return
		}
	}
}

// proveCycles does what prove does, for cycles by the languages of the rules. It reports false where it had to give up.
func (a *Analysis) proveCycles(all [][]int, edges map[int][]int, report func(rule int, l loop, reason string)) bool {
	reported := map[int]bool{}
	for _, c := range all {
		for _, rule := range c {
			if reported[rule] {
				continue
			}
			l, err := a.findCycleThrough(rule, c, edges)
			switch {
			case err != nil:
				report(rule, nil, a.tooLargeReason(c, err))
				return false
			case l != nil:
				// A way that only leads to a loop that has been reported tells nothing new.
				if known := reported[l[len(l)-1].Rule]; !known {
					report(rule, l, "")
				}
				for _, h := range l {
					reported[h.Rule] = true
				}
			}
		}
	}
	return true
}

// reason says why a proof failed.
func (a *Analysis) tooLargeReason(rules []int, err error) string {
	var u unprovenError
	if errors.As(err, &u) {
		return u.reason
	}
	var names []string
	for _, r := range rules[:min(len(rules), 5)] {
		names = append(names, a.set.Rules[r].Name)
	}
	what := "because the patterns of "
	if len(rules) > 1 {
		what = "because the patterns and targets of "
	}
	return "and whether it does cannot be told, " + what + strings.Join(names, ", ") +
		" make a language that is too large: fewer wildcards in one segment, fewer alternatives or a shorter not make it smaller"
}

// unclear is the error of a cycle that no key shows and that cannot be excluded.
type unprovenError struct{ reason string }

func (u unprovenError) Error() string { return u.reason }

// exact returns which rules of a component reach which, by the languages of where they fire.
func (a *Analysis) exactEdges(component []int, place func(rule int) (*automaton.DFA, error)) (map[int][]int, error) {
	edges := map[int][]int{}
	for _, i := range component {
		from, err := place(i)
		if err != nil {
			return nil, err
		}
		for o := range a.set.Rules[i].Outputs {
			if a.set.Rules[i].Outputs[o].Target == nil {
				continue
			}
			written, err := a.outputLanguage(i, o, from)
			if err != nil {
				return nil, err
			}
			for _, j := range component {
				if slices.Contains(edges[i], j) {
					continue
				}
				to, err := place(j)
				if err != nil {
					return nil, err
				}
				meets, work := written.Intersects(to)
				if meets {
					edges[i] = append(edges[i], j)
				}
				if err := a.Charge(work / 4); err != nil { // a pair of states is looked at faster than a state is made
					return nil, err
				}
			}
		}
	}
	return edges, nil
}

// writing is what an output writes for any object at all, as far as it depends on the output.
type outputKey struct {
	target *ruleset.Target
	format string
	rule   *ruleset.Rule // where captures are among it
}

// leaving is what an output writes, and a not that may leave it out.
type exclusionKey struct {
	outputKey
	not patternList
}

// leftOut says whether the not of a rule leaves out whatever an output of another can write, for any object at all. Rules
// often share both, and then it takes one look for all of them.
func (a *Analysis) excludedByNot(from *ruleset.Rule, o *ruleset.Output, to *ruleset.Rule) bool {
	if to.Not == nil {
		return false
	}
	id := exclusionKey{outputKey{target: o.Target, format: o.Format()}, patternListOf(to.Not, false, to.IgnoreCase)}
	if from.UsesCaptures {
		id.rule = from
	}
	left, ok := a.excluded[id]
	if !ok && a.excludedStates <= maxStates {
		left = a.computeExcludedByNot(id, from, o, to)
		a.excluded[id] = left
	}
	return left
}

func (a *Analysis) computeExcludedByNot(id exclusionKey, from *ruleset.Rule, o *ruleset.Output, to *ruleset.Rule) bool {
	if a.initSharedLanguages() != nil {
		return false
	}
	if a.lastExclusion.outputKey != id.outputKey {
		a.lastExclusion.outputKey = id.outputKey
		a.lastExclusion.written, _ = outputLanguageOf(from, o, a.allObjects)
	}
	if a.lastExclusion.not != id.not {
		a.lastExclusion.not = id.not
		a.lastExclusion.rest, _ = a.LanguageOf(&ruleset.Rule{Not: to.Not, IgnoreCase: to.IgnoreCase})
	}
	written, rest := a.lastExclusion.written, a.lastExclusion.rest
	if written == nil || rest == nil {
		return false // a language is too large: whether the rule is reached is told from its keys
	}
	a.excludedStates += written.Size() + rest.Size()
	meets, work := written.Intersects(rest)
	a.excludedStates += work
	return !meets
}

// image returns the language of what an output of a rule writes for some objects.
func (a *Analysis) outputLanguage(rule, output int, objects *automaton.DFA) (*automaton.NFA, error) {
	r := &a.set.Rules[rule]
	n, err := outputLanguageOf(r, &r.Outputs[output], objects)
	if err != nil {
		return nil, err
	}
	return n, a.Charge(n.Size())
}

// spend counts states, and says when they are too many.
func (a *Analysis) Charge(states int) error {
	if a.states += states; a.states > maxStates {
		return automaton.ErrTooLarge
	}
	return nil
}

// step is one rule of a way around a cycle: the objects that get there, and what its output writes for them.
type cycleStep struct {
	rule    int
	objects *automaton.DFA
	written *automaton.NFA
}

// around follows every way from a rule over rules of its component back to it. It returns a loop that a key shows, nil if
// there is none, and an error if that remains open.
func (a *Analysis) findCycleThrough(rule int, component []int, edges map[int][]int) (loop, error) {
	start, err := a.TriggerLanguage(rule)
	if err != nil {
		return nil, err
	}
	var found loop
	var open error
	var follow func(way []cycleStep, at int, objects *automaton.DFA) error
	follow = func(way []cycleStep, at int, objects *automaton.DFA) error {
		r := &a.set.Rules[at]
		for o := range r.Outputs {
			if r.Outputs[o].Target == nil || found != nil {
				continue
			}
			if a.steps++; a.steps > maxSteps {
				return automaton.ErrTooLarge
			}
			written, err := a.outputLanguage(at, o, objects)
			if err != nil {
				return err
			}
			way := append(slices.Clone(way), cycleStep{at, objects, written})
			for _, next := range edges[at] {
				if found != nil || !slices.Contains(component, next) {
					continue
				}
				if next != rule && slices.ContainsFunc(way, func(s cycleStep) bool { return s.rule == next }) {
					continue // a shorter cycle, which is followed from there
				}
				to, err := a.TriggerLanguage(next)
				if err != nil {
					return err
				}
				_, steps, ok := written.Intersection(to)
				switch {
				case !ok:
				case next == rule:
					if found = a.findCounterexample(way, steps, component); found == nil && open == nil {
						open = unprovenError{a.unprovenReason(way)}
					}
				default:
					arrived, err := intersectWithNFA(to, written)
					if err == nil {
						err = a.Charge(arrived.Size())
					}
					if err != nil {
						return err
					}
					if err := follow(way, next, arrived); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	if err := follow(nil, rule, start); err != nil {
		return nil, err
	}
	if found != nil {
		return found, nil
	}
	return nil, open
}

// vague says over which rules the way goes that no key shows.
func (a *Analysis) unprovenReason(way []cycleStep) string {
	var names []string
	for _, s := range way[1:] {
		names = append(names, a.set.Rules[s.rule].Name)
	}
	if names == nil {
		return "and that it does not cannot be shown, although no key was found that does"
	}
	return "over " + strings.Join(names, ", ") + ", and that it does not cannot be shown, although no key was found that does"
}

// Hops returns how many hops the search for counterexamples has made.
func (a *Analysis) Hops() int { return a.hops }
