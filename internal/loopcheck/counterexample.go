package loopcheck

import (
	"slices"
	"strings"
	"time"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/process"
)

// maxKeysTried bounds the keys of a cycle's first rule that the search for a counterexample tries.
const maxKeysTried = 300

// exampleTime is the time of uploads in examples.
var exampleTime = time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)

// findCounterexample returns a loop confirmed by simulation, nil if no key that it tries loops. The path
// leads back to its first rule, and trace is an object that its last step writes for that rule.
func (a *Analysis) findCounterexample(path []cycleStep, trace []automaton.Step, component []int) []Hop {
	for _, object := range a.keysToTry(path, trace) {
		for _, step := range path { // any rule of the path may be the first
			if loop := a.simulate([]Hop{{locationOf(object), step.rule}}, component); loop != nil {
				return loop
			}
		}
	}
	return nil
}

// keysToTry returns objects that may loop, in this order: readable objects; objects computed backwards from trace, one
// step after another; any objects that fire the first rule.
func (a *Analysis) keysToTry(path []cycleStep, trace []automaton.Step) []string {
	var objects []string
	if readable, err := path[0].objects.And(a.shared.readable); err == nil {
		objects = readable.Texts(20)
	}
	for i := len(path) - 1; ; i-- {
		sources := possibleSources(path[i], trace)
		objects = append(append(objects, a.sourcesByCaptures(path[i], trace)...), sources...)
		if i == 0 || len(sources) == 0 {
			break
		}
		only, err := a.languageOf(func(n *automaton.NFA) { n.Accept(n.Text(0, sources[0])) })
		if err != nil {
			break
		}
		var ok bool
		if _, trace, ok, _ = path[i-1].results.Intersection(only); !ok {
			break
		}
	}
	return append(objects, path[0].objects.Texts(maxKeysTried)...)
}

// sourcesByCaptures returns objects that fire the rule of a step with the captures that its result shows. Objects that
// have its other parts, too, come first.
func (a *Analysis) sourcesByCaptures(step cycleStep, trace []automaton.Step) []string {
	r := &a.set.Rules[step.rule]
	values := map[string]string{}
	for i, name := range r.CaptureNames() {
		for k, symbol := range trace {
			if symbol.Tag == captureTag+int32(i) {
				if k > 0 && trace[k-1].Tag != symbol.Tag && values[name] != "" {
					break // the target has the capture twice: the first one counts
				}
				values[name] += symbol.Text
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	var objects []string
	for _, pattern := range r.Keys {
		d, err := a.languageOf(func(n *automaton.NFA) { addObjects(n, pattern.WithCaptures(values, "")) })
		if err == nil {
			d, err = d.And(step.objects)
		}
		if err == nil {
			objects = append(objects, possibleSources(cycleStep{objects: d}, trace)...)
			objects = append(objects, d.Texts(10)...)
		}
	}
	return objects
}

// possibleSources returns objects that fire the rule of a step with the parts that its result shows. Objects that have
// all of these parts come first.
func possibleSources(step cycleStep, trace []automaton.Step) []string {
	parts := map[int32]string{} // by tag
	for _, symbol := range trace {
		parts[symbol.Tag] += symbol.Text
	}
	splits, err := keySplits(step.objects)
	if err != nil {
		return nil
	}
	fits := func(k keySplit, kind ruleset.PartKind) bool {
		return parts[int32(kind)] == "" || k.fragment(kind) != nil
	}
	var fitting, others []string
	for _, k := range splits {
		object := k.join(parts)
		for _, f := range []ruleset.Filter{ruleset.Lower, ruleset.Upper} { // the result may show the parts in another case
			if !step.objects.Has(object) {
				object = k.join(filterAll(f, parts))
			}
		}
		switch {
		case !step.objects.Has(object):
		case fits(k, ruleset.DirnamePart) && fits(k, ruleset.ExtPart):
			fitting = append(fitting, object)
		default:
			others = append(others, object)
		}
	}
	return append(fitting, others...)
}

// filterAll returns filtered texts.
func filterAll(f ruleset.Filter, texts map[int32]string) map[int32]string {
	filtered := map[int32]string{}
	for tag, text := range texts {
		filtered[tag] = f.Apply(text)
	}
	return filtered
}

// simulate continues a chain of objects as rules fire, until a rule fires a second time. Of the objects that a sent
// target can become, it takes those that fire rules of the component.
func (a *Analysis) simulate(chain []Hop, component []int) []Hop {
	last := chain[len(chain)-1]
	if a.hops++; a.hops > MaxHops || a.budget.Spend(1000, 1000) != nil || !a.CanFire(last.Rule, last.At) {
		return nil
	}
	if slices.ContainsFunc(chain[:len(chain)-1], func(h Hop) bool { return h.Rule == last.Rule }) {
		return chain
	}
	if len(chain) > len(component)+1 {
		return nil
	}
	r := &a.set.Rules[last.Rule]
	upload := &ruleset.Upload{Bucket: last.At.Bucket, Key: last.At.Key, ETag: "0123456789ABCDEF", Size: -1, Time: exampleTime}
	for _, task := range a.set.Fire(last.Rule, upload) {
		if task.Err != nil || task.Target.Key == "" {
			continue
		}
		results := sentTargetLanguage(a.budget, &r.Outputs[task.Output], task.Target)
		for _, next := range component {
			triggers, err := a.TriggerLanguage(next)
			if err != nil {
				continue
			}
			object, _, ok, _ := results.Intersection(triggers)
			if !ok {
				continue
			}
			if loop := a.simulate(append(slices.Clone(chain), Hop{locationOf(object), next}), component); loop != nil {
				return loop
			}
		}
		results.Free()
	}
	return nil
}

// locationOf splits BUCKET/KEY, an object as languages hold it, into a location.
func locationOf(object string) process.Location {
	bucket, key, _ := strings.Cut(object, "/")
	return process.Location{Bucket: bucket, Key: key}
}
