package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/process"
)

// The key that shows a loop: where languages say that a way leads around a cycle, keys are tried out until one really goes
// around. A loop is only reported with such a key.

// shows looks for a key that really goes around: the one from which steps were written, going back to the first rule, and
// then others that fire that rule.
func (a *Analysis) findCounterexample(way []cycleStep, steps []automaton.Step, component []int) loop {
	var tries []string
	if readable, err := way[0].objects.And(a.readableObjects); err == nil {
		tries = readable.Texts(20)
	}
	for k := len(way) - 1; ; k-- {
		sources := possibleSources(way[k], steps)
		tries = append(append(tries, a.objectsByCaptures(way[k], steps)...), sources...)
		if k == 0 || len(sources) == 0 {
			break
		}
		only := automaton.NewNFA()
		only.Accept(only.Text(0, sources[0]))
		d, err := only.Deterministic()
		if err != nil {
			break
		}
		var ok bool
		if _, steps, ok = way[k-1].written.Intersection(d); !ok {
			break
		}
	}
	tries = append(tries, way[0].objects.Texts(maxTries)...)
	for _, text := range tries {
		bucket, key, _ := strings.Cut(text, "/")
		for _, s := range way { // a key that was found on the way begins there
			if l := a.simulate(loop{{process.Location{Bucket: bucket, Key: key}, s.rule}}, component); l != nil {
				return l
			}
		}
	}
	return nil
}

// capturing returns objects of a step's whose captures take what was written for them in a name.
func (a *Analysis) objectsByCaptures(s cycleStep, steps []automaton.Step) []string {
	r := &a.set.Rules[s.rule]
	values := map[string]string{}
	for i, name := range r.CaptureNames() {
		for k, w := range steps {
			if w.Tag == captureTag+int32(i) {
				// A capture that stands in the target twice was written twice in a row or apart: the first run counts.
				if k > 0 && steps[k-1].Tag != w.Tag && values[name] != "" {
					break
				}
				values[name] += w.Text
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	var tries []string
	for _, pattern := range r.Keys {
		n := automaton.NewNFA()
		n.Accept(pattern.WithCaptures(values).AddTo(n, n.Text(n.Repeat(0, bucketNameSymbols...), "/")))
		d, err := n.Deterministic()
		if err == nil {
			d, err = d.And(s.objects)
		}
		if err == nil {
			tries = append(tries, d.Texts(10)...)
		}
	}
	return tries
}

// writtenFrom returns objects of a step's from which a name may have been written, as bucket/key: its parts where the target
// shows them, and short ones for the others. What fits best comes first.
func possibleSources(s cycleStep, steps []automaton.Step) []string {
	parts := map[int32]string{}
	for _, w := range steps {
		parts[w.Tag] += w.Text
	}
	all, err := keySplits(s.objects)
	if err != nil {
		return nil
	}
	var fitting, others []string
	for _, c := range all {
		ways := []struct {
			tag   int32
			start int32
			ends  automaton.States
			spans [][2]rune
			after string
		}{{bucketTag, 0, endsBefore(s.objects, 0, bucketNameSymbols, '/', c.bucket), bucketNameSymbols, "/"}}
		if c.hasDir {
			ways = append(ways, ways[0])
			ways[1].tag, ways[1].start, ways[1].spans = dirTag, c.bucket, automaton.AnySymbols
			ways[1].ends = endsBefore(s.objects, c.bucket, automaton.AnySymbols, '/', c.dir)
		}
		last := ways[0]
		last.tag, last.start, last.spans, last.after = bareTag, c.dir, bareNameSymbols, ""
		last.ends = acceptingFrom(s.objects, c.dir, bareNameSymbols)
		if c.hasExt {
			last.spans, last.after = automaton.PlainSymbols, "."
			last.ends = endsBefore(s.objects, c.dir, automaton.PlainSymbols, '.', c.bare)
		}
		ways = append(ways, last)
		if c.hasExt {
			last.tag, last.start, last.spans, last.after = extTag, c.bare, bareNameSymbols, ""
			last.ends = acceptingFrom(s.objects, c.bare, bareNameSymbols)
			ways = append(ways, last)
		}
		text := ""
		for _, w := range ways {
			part, ok := parts[w.tag]
			if !ok {
				part, _ = s.objects.Path(w.start, w.ends, w.spans)
			}
			text += part + w.after
		}
		if !s.objects.Has(text) {
			continue
		}
		_, dir := parts[dirTag]
		_, ext := parts[extTag]
		if (!dir || c.hasDir) && (!ext || c.hasExt) {
			fitting = append(fitting, text)
		} else {
			others = append(others, text)
		}
	}
	return append(fitting, others...)
}

// chase follows an object from rule to rule as it really goes, until a rule fires a second time. Of the names that OSS may fill
// in, it takes those that fire something.
func (a *Analysis) simulate(so loop, component []int) loop {
	at := so[len(so)-1]
	if a.hops++; a.hops > MaxHops || !a.CanFire(at.Rule, at.At) {
		return nil
	}
	for _, h := range so[:len(so)-1] {
		if h.Rule == at.Rule {
			return so
		}
	}
	if len(so) > len(component)+1 {
		return nil
	}
	r := &a.set.Rules[at.Rule]
	u := &ruleset.Upload{Bucket: at.At.Bucket, Key: at.At.Key, ETag: "0123456789ABCDEF", Size: -1}
	for _, t := range r.Fire(u) {
		if t.Err != nil || t.Target.Key == "" {
			continue
		}
		names := SentTargetLanguage(&r.Outputs[t.Output], t.Target)
		for _, next := range component {
			to, err := a.TriggerLanguage(next)
			if err != nil {
				continue
			}
			text, _, ok := names.Intersection(to)
			if !ok {
				continue
			}
			bucket, key, _ := strings.Cut(text, "/")
			if l := a.simulate(append(slices.Clone(so), Hop{process.Location{Bucket: bucket, Key: key}, next}), component); l != nil {
				return l
			}
		}
	}
	return nil
}
