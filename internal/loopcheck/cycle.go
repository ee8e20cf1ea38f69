package loopcheck

import (
	"slices"

	"onput/internal/automaton"
)

// cyclicComponents returns the strongly connected components of rules that are on a cycle, by Tarjan's algorithm. Each is
// sorted, and they are in the order of their first rules.
func cyclicComponents(rules []int, edges map[int][]int) [][]int {
	var components [][]int
	var stack []int         // visited rules whose component is not complete
	number := map[int]int{} // of a visited rule, in order of visit, from 1
	open := map[int]bool{}  // the rule is on the stack
	var visit func(rule int) int
	visit = func(rule int) (lowest int) { // number of a rule on the stack that rule leads to
		number[rule] = len(number) + 1
		lowest = number[rule]
		start := len(stack)
		stack, open[rule] = append(stack, rule), true
		for _, next := range edges[rule] {
			if number[next] == 0 {
				lowest = min(lowest, visit(next))
			} else if open[next] {
				lowest = min(lowest, number[next])
			}
		}
		if lowest < number[rule] {
			return lowest
		}
		component := slices.Sorted(slices.Values(stack[start:]))
		stack = stack[:start]
		for _, r := range component {
			delete(open, r)
		}
		if len(component) > 1 || slices.Contains(edges[rule], rule) {
			components = append(components, component)
		}
		return lowest
	}
	for _, rule := range rules {
		if number[rule] == 0 {
			visit(rule)
		}
	}
	slices.SortFunc(components, slices.Compare[[]int])
	return components
}

// cycleSearch follows objects along every path of rules from one rule back to it.
type cycleSearch struct {
	*Analysis
	start     int
	component []int
	edges     map[int][]int

	found    []Hop // the first loop that a key shows
	unproven error // of the first cycle that no key shows
}

// cycleStep is one rule of a path: the objects that reach it, and the results that one of its outputs writes for them.
type cycleStep struct {
	rule    int
	objects *automaton.DFA
	results *automaton.NFA
}

// findCycleThrough returns a loop through a rule and others of its cyclic component, nil if there is none. The error is
// an [unprovenError], or [automaton.ErrTooLarge].
func (a *Analysis) findCycleThrough(rule int, component []int, edges map[int][]int) ([]Hop, error) {
	objects, err := a.TriggerLanguage(rule)
	if err != nil {
		return nil, err
	}
	s := &cycleSearch{Analysis: a, start: rule, component: component, edges: edges}
	if err := s.followOutputs(nil, rule, objects); err != nil {
		return nil, err
	}
	if s.found != nil {
		return s.found, nil
	}
	return nil, s.unproven
}

// followOutputs continues a path with what each output of a rule writes for objects.
func (s *cycleSearch) followOutputs(path []cycleStep, rule int, objects *automaton.DFA) error {
	outputs := s.set.Rules[rule].Outputs
	for o := range outputs {
		if outputs[o].Target == nil {
			continue
		}
		if s.cycleSteps++; s.cycleSteps > maxCycleSteps {
			return errTooManyPaths
		}
		results, err := s.outputLanguage(rule, o, objects)
		if err != nil {
			return err
		}
		path := append(slices.Clone(path), cycleStep{rule, objects, results})
		for _, next := range s.edges[rule] {
			if err := s.reach(path, next); err != nil || s.found != nil {
				return err
			}
		}
		results.Free()
	}
	return nil
}

// reach continues a path with the results of its last step that trigger the rule next. If that closes the cycle, it looks
// for a key that goes around.
func (s *cycleSearch) reach(path []cycleStep, next int) error {
	onPath := slices.ContainsFunc(path[1:], func(step cycleStep) bool { return step.rule == next })
	if onPath || !slices.Contains(s.component, next) {
		return nil // a shorter cycle, which the search from next follows, or no way back
	}
	triggers, err := s.TriggerLanguage(next)
	if err != nil {
		return err
	}
	results := path[len(path)-1].results
	_, trace, ok, err := results.Intersection(triggers)
	if !ok || err != nil {
		return err
	}
	if next == s.start {
		if s.found = s.findCounterexample(path, trace, s.component); s.found == nil && s.unproven == nil {
			s.unproven = s.unprovenPath(path)
		}
		return nil
	}
	objects, err := intersectWithNFA(triggers, results)
	if err != nil {
		return err
	}
	return s.followOutputs(path, next, objects)
}

// unprovenPath returns the error of a cycle that no key shows.
func (s *cycleSearch) unprovenPath(path []cycleStep) error {
	var rules []int
	for _, step := range path[1:] {
		rules = append(rules, step.rule)
	}
	over := ""
	if rules != nil {
		over = "through " + s.names(rules) + ", "
	}
	return unprovenError{over + "but this could be neither proved nor ruled out: no key was found that does it"}
}
