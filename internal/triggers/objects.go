package triggers

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/internal/serverlessdevs"
	"onput/internal/text"
)

// place is where uploads are meant to come from, and not all of it is delivered.
type place struct {
	source  string             // "" without sources
	pos     serverlessdevs.Pos // of the first trigger that delivers a part of it
	missing *automaton.DFA     // objects that no trigger delivers

	// Missing objects that lack no suffix of a trigger, and are not excluded by one. A rule that ignores letter case does not
	// want a trigger for each way to write a folder: folded leaves out those that differ in it, too.
	hole, folded *automaton.DFA
	reported     bool // a hole was reported
}

// coverage is what all triggers deliver together.
type coverage struct {
	objects, area, folded *automaton.DFA // as of a trigger
}

// checkObjects reports objects that fire rules and of which no trigger delivers any event.
func (c *comparison) checkObjects() error {
	covered, err := c.coverage()
	if err != nil {
		return err
	}
	places, err := c.places(covered)
	if err != nil {
		return err
	}
	var gaps []*suffixGaps
	for _, t := range c.triggers {
		if t.suffixes != nil && !t.alternatives {
			gaps = append(gaps, &suffixGaps{trigger: t})
		}
	}
	if c.set.Sources == nil {
		err = c.checkUnreached(covered)
	}
	err = cmp.Or(err, c.checkPlaces(places, gaps))
	for _, g := range gaps {
		c.reportGaps(g)
	}
	return err
}

// coverage returns what all triggers deliver together.
func (c *comparison) coverage() (all coverage, err error) {
	var objects, areas, folded []*automaton.DFA
	for _, t := range c.triggers {
		objects, areas, folded = append(objects, t.objects), append(areas, t.area), append(folded, t.folded)
	}
	if all.objects, err = c.union(objects); err != nil {
		return all, err
	}
	if all.area, err = c.union(areas); err != nil {
		return all, err
	}
	all.folded, err = c.union(folded)
	return all, err
}

// places returns the places of which triggers do not deliver everything: the sources or, without sources, the areas of the
// triggers. It reports sources of which no trigger delivers anything.
func (c *comparison) places(covered coverage) (all []*place, err error) {
	if c.set.Sources == nil {
		p := &place{}
		if p.missing, err = covered.area.Without(covered.objects); err == nil && !p.missing.Empty() {
			all = []*place{p}
		}
		return all, err
	}
	for i := range c.set.Sources {
		s := &c.set.Sources[i]
		objects, err := c.objectsOfSource(s)
		if err != nil {
			return nil, err
		}
		first, err := c.firstIn(objects)
		if err != nil {
			return nil, err
		}
		if first == nil {
			c.report(wholeFile, "sources-differ", "no trigger listens to %s, which is in sources of the rules", s)
			continue
		}
		p := &place{source: s.String(), pos: first.Pos}
		if p.missing, err = objects.Without(covered.objects); err == nil {
			p.hole, err = p.missing.Without(covered.area)
		}
		if err == nil {
			p.folded, err = p.missing.Without(covered.folded)
		}
		if err != nil {
			return nil, err
		}
		if !p.missing.Empty() {
			all = append(all, p)
		}
	}
	return all, nil
}

// firstIn returns the first trigger that delivers, suffixes aside, some of the objects, nil if none does.
func (c *comparison) firstIn(objects *automaton.DFA) (*trigger, error) {
	for _, t := range c.triggers {
		part, err := c.and(t.area, objects)
		if err != nil {
			return nil, err
		}
		if !part.Empty() {
			return t, nil
		}
	}
	return nil, nil
}

// objectsOfSource returns the objects of a source in the buckets that triggers name, or in all buckets if a trigger takes
// several.
func (c *comparison) objectsOfSource(s *ruleset.Source) (*automaton.DFA, error) {
	buckets := []string{s.Name}
	if s.Name == "" {
		buckets = nil
		for _, t := range c.triggers {
			for _, at := range t.Uploads {
				if strings.HasSuffix(at.Bucket, "*") {
					return c.objectsOfPattern(s)
				}
				if s.Bucket.Match(at.Bucket) && !slices.Contains(buckets, at.Bucket) {
					buckets = append(buckets, at.Bucket)
				}
			}
		}
	}
	return c.make(func(n *automaton.NFA) {
		for _, bucket := range buckets {
			n.Accept(n.Any(n.Text(0, bucket+"/"+s.Prefix)))
		}
	})
}

// objectsOfPattern returns the objects of a source in all of its buckets.
func (c *comparison) objectsOfPattern(s *ruleset.Source) (*automaton.DFA, error) {
	matched, err := c.make(func(n *automaton.NFA) { n.Accept(s.Bucket.AddTo(n, 0)) })
	if err != nil {
		return nil, err
	}
	return c.make(func(n *automaton.NFA) {
		end, _ := n.CopyFragment(0, matched, 0, matched.Ends(), automaton.PlainSymbols, 0)
		n.Accept(n.Any(n.Text(end, "/"+s.Prefix)))
	})
}

// checkUnreached reports rules that nothing fires that triggers deliver.
func (c *comparison) checkUnreached(covered coverage) error {
	var unreached []string
	var lost example
	for i := range c.set.Rules {
		if !listensToUploads(&c.set.Rules[i]) {
			continue
		}
		objects, err := c.analysis.LanguageIgnoringStops(i)
		if err != nil {
			return err
		}
		reached, err := c.and(objects, covered.area)
		if err != nil {
			return err
		}
		if !reached.Empty() {
			reached.Free()
			continue
		}
		if e, ok := c.exampleInBuckets(objects); ok {
			unreached, lost = append(unreached, c.set.Rules[i].Name), e
		}
	}
	switch {
	case len(unreached) == 1:
		c.report(wholeFile, "sources-differ", "no trigger delivers anything that fires rule %s, such as %s", unreached[0], shown(lost.object))
	case len(unreached) > 1:
		c.report(wholeFile, "sources-differ", "no trigger delivers anything that fires rules %s, such as %s", text.JoinFirst(unreached, 5), shown(lost.object))
	}
	return nil
}

// checkPlaces compares the rules with the places, as long as there may be something to report. It collects gaps of suffixes,
// and reports holes.
func (c *comparison) checkPlaces(places []*place, gaps []*suffixGaps) error {
	for i := range c.set.Rules {
		r := &c.set.Rules[i]
		gapsOpen := slices.ContainsFunc(gaps, (*suffixGaps).open)
		holesOpen := slices.ContainsFunc(places, func(p *place) bool { return p.mayReport(r) })
		if !gapsOpen && !holesOpen || !listensToUploads(r) {
			continue
		}
		objects, err := c.analysis.LanguageIgnoringStops(i)
		if err != nil {
			return err
		}
		for _, p := range places {
			if gapsOpen {
				if err := c.checkGaps(objects, p, gaps); err != nil {
					return err
				}
			}
			if p.mayReport(r) {
				if err := c.checkHole(objects, r, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// holeOf returns the hole of a place for a rule, nil without sources.
func (p *place) holeOf(r *ruleset.Rule) *automaton.DFA {
	if r.IgnoreCase {
		return p.folded
	}
	return p.hole
}

// mayReport reports whether there may be a hole to report for a rule.
func (p *place) mayReport(r *ruleset.Rule) bool {
	hole := p.holeOf(r)
	return !p.reported && hole != nil && !hole.Empty()
}

// checkHole reports a hole of a place if its objects fire a rule.
func (c *comparison) checkHole(objects *automaton.DFA, r *ruleset.Rule, p *place) error {
	missing, err := c.and(objects, p.holeOf(r))
	if err != nil {
		return err
	}
	if e, ok := c.exampleOf(missing, listensToUploads); ok {
		p.reported = true
		c.report(p.pos, "sources-differ", "no trigger delivers %s, which is in the source %s and would fire rule %s: add a trigger, widen a prefix, or narrow sources",
			shown(e.object), text.Printable(p.source), e.rule)
	}
	missing.Free()
	return nil
}

// listensToUploads reports whether a rule listens by name to an event of an upload.
func listensToUploads(r *ruleset.Rule) bool {
	return slices.ContainsFunc(objectEvents(), func(event string) bool { return listensByName(r, event) })
}
