package loopcheck

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/text"
	"onput/process"
)

// Hop is an object and a rule that it fires.
type Hop struct {
	At   process.Location
	Rule int
}

// Finding is a loop, or rules that cannot be proved to be free of one.
type Finding struct {
	Rule    int    // number of a rule on the loop
	Code    string // "loop" or "loop-unproven"
	Message string
	Path    []Hop // the counterexample, each object written for the one before; its last rule fires twice
}

// unprovenError is the error of a cycle of rules that is neither excluded nor shown by a key.
type unprovenError struct{ reason string }

func (u unprovenError) Error() string { return u.reason }

// errTooManyPaths is the error of rules with more paths along their cycles than are followed.
var errTooManyPaths = unprovenError{"but this cannot be decided, because too many paths lead from rule to rule: " +
	"use narrower patterns or targets"}

// Loops returns the loops of the rule set, and the rules that cannot be proved to be free of them. It ends with the first
// of these once the budget is spent.
func (a *Analysis) Loops() []Finding {
	edges, tooManyAt := a.candidateEdges()
	if tooManyAt >= 0 {
		return []Finding{a.unproven(tooManyAt, nil, unprovenError{
			"but this cannot be decided, because too many pairs of rules may fire one after the other"})}
	}
	var found []Finding
	for _, component := range cyclicComponents(slices.Sorted(maps.Keys(edges)), edges) {
		found = append(found, a.proveComponent(component)...)
		if err := a.Spent(); err != nil { // the components after this one cannot be proved either
			if !slices.ContainsFunc(found, func(f Finding) bool { return f.Code == "loop-unproven" }) {
				found = append(found, a.unproven(component[0], component, err))
			}
			break
		}
	}
	return found
}

// proveComponent returns the loops of a cyclic component of candidates. It ends with the first rule that it cannot prove.
func (a *Analysis) proveComponent(component []int) (found []Finding) {
	// Languages without stop come first: they cost less, and leave few rules that need the others.
	edges, err := a.exactEdges(component, a.LanguageIgnoringStops)
	if err != nil {
		return []Finding{a.unproven(component[0], component, err)}
	}
	for _, c := range cyclicComponents(component, edges) {
		cycles, edges := [][]int{c}, edges
		if a.set.StopRules != nil {
			if edges, err = a.exactEdges(c, a.TriggerLanguage); err != nil {
				return append(found, a.unproven(c[0], c, err))
			}
			cycles = cyclicComponents(c, edges)
		}
		for _, cycle := range cycles {
			loops, ok := a.proveCycles(cycle, edges)
			if found = append(found, loops...); !ok {
				return found
			}
		}
	}
	return found
}

// proveCycles returns a loop through each rule of a cyclic component that is on one. It returns false if it ends with a
// rule that it cannot prove.
func (a *Analysis) proveCycles(component []int, edges map[int][]int) (found []Finding, ok bool) {
	onLoop := map[int]bool{}
	for _, rule := range component {
		if onLoop[rule] {
			continue
		}
		path, err := a.findCycleThrough(rule, component, edges)
		if err != nil {
			return append(found, a.unproven(rule, component, err)), false
		}
		// A path that only leads to a reported loop adds nothing.
		if path != nil && !onLoop[path[len(path)-1].Rule] {
			remedy := a.remedy(path[len(path)-1].Rule, a.notPattern(path, component, edges))
			message := a.formatLoop(path) + "; " + remedy
			found = append(found, Finding{Rule: rule, Code: "loop", Message: message, Path: path})
		}
		for _, h := range path {
			onLoop[h.Rule] = true
		}
	}
	return found, true
}

// exactEdges returns, by rule of a component, the rules that it may trigger. language returns the trigger language of a
// rule.
func (a *Analysis) exactEdges(component []int, language func(rule int) (*automaton.DFA, error)) (map[int][]int, error) {
	edges, triggers := map[int][]int{}, map[int]*automaton.DFA{}
	for _, i := range component {
		var err error
		if triggers[i], err = language(i); err != nil {
			return nil, err
		}
	}
	for _, i := range component {
		for o, output := range a.set.Rules[i].Outputs {
			if output.Target == nil {
				continue
			}
			results, err := a.outputLanguage(i, o, triggers[i])
			if err != nil {
				return nil, err
			}
			for _, j := range component {
				if slices.Contains(edges[i], j) {
					continue
				}
				intersects, err := results.Intersects(triggers[j])
				if err != nil {
					return nil, err
				}
				if intersects {
					edges[i] = append(edges[i], j)
				}
			}
			results.Free()
		}
	}
	return edges, nil
}

// unproven returns the finding that a rule among others cannot be proved, because of err.
func (a *Analysis) unproven(rule int, among []int, err error) Finding {
	var u unprovenError
	if !errors.As(err, &u) {
		u.reason = a.tooLargeReason(among)
	}
	return Finding{Rule: rule, Code: "loop-unproven", Message: fmt.Sprintf(
		"rule %s may trigger itself, %s; %s", a.set.Rules[rule].Name, u.reason, a.remedy(rule, ""))}
}

// tooLargeReason says that the languages of some rules are too large.
func (a *Analysis) tooLargeReason(rules []int) string {
	what := "because the patterns of "
	if len(rules) > 1 {
		what = "because the patterns and targets of "
	}
	reason := "but this cannot be decided, " + what + a.names(rules[:min(len(rules), 5)])
	if a.Spent() != nil {
		return reason + " take too long to compare: " +
			"use fewer wildcards in one segment, fewer alternatives or a shorter not"
	}
	return reason + " are too complex: " +
		"use fewer wildcards in one segment, fewer alternatives or a shorter not"
}

// names lists the names of rules.
func (a *Analysis) names(rules []int) string {
	var names []string
	for _, r := range rules {
		names = append(names, a.set.Rules[r].Name)
	}
	return strings.Join(names, ", ")
}

// formatLoop describes a loop: object → (rule) → object → (rule) → …
func (a *Analysis) formatLoop(path []Hop) string {
	oneBucket := !slices.ContainsFunc(path, func(h Hop) bool { return h.At.Bucket != path[0].At.Bucket })
	var b strings.Builder
	fmt.Fprintf(&b, "rule %s triggers itself: ", a.set.Rules[path[len(path)-1].Rule].Name)
	for _, h := range path {
		object := h.At.Key
		if !oneBucket {
			object = h.At.String()
		}
		fmt.Fprintf(&b, "%s → (%s) → ", text.QuoteIfAny(object, ` →"\`), a.set.Rules[h.Rule].Name)
	}
	return b.String() + "…"
}
