package triggers

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/internal/serverlessdevs"
	"onput/internal/text"
)

// place is where uploads are meant to come from, and not all of it is delivered.
type place struct {
	objects *automaton.DFA
	source  string             // "" without sources
	pos     serverlessdevs.Pos // of the first trigger that delivers a part of it
	gap     bool               // a gap was reported
}

// maxGaps bounds the examples of keys without a trigger's suffix.
const maxGaps = 3

// suffixGaps are examples of keys that a trigger would deliver without its suffix.
type suffixGaps struct {
	trigger  *trigger
	examples []example
}

// checkObjects reports objects that fire rules and that no trigger delivers, whatever the event.
func (c *comparison) checkObjects() error {
	active := slices.DeleteFunc(slices.Clone(c.triggers), func(t *trigger) bool {
		return !t.unclear && !slices.ContainsFunc(objectEvents(), t.delivers)
	})
	var all []*automaton.DFA
	for _, t := range active {
		all = append(all, t.objects)
	}
	delivered, err := c.union(all)
	if err != nil {
		return err
	}
	places, err := c.places(active, delivered)
	if err != nil {
		return err
	}
	var gaps []*suffixGaps
	for _, t := range active {
		if t.suffixes != nil && !t.alternatives {
			gaps = append(gaps, &suffixGaps{trigger: t})
		}
	}
	err = c.checkRules(places, gaps, delivered)
	for _, g := range gaps {
		if len(g.examples) > 0 {
			c.reportSuffix(g)
		}
	}
	return err
}

// places returns the places of which triggers do not deliver everything: the sources or, without sources, the areas of the
// triggers. It reports sources of which no trigger delivers anything.
func (c *comparison) places(active []*trigger, delivered *automaton.DFA) (all []*place, err error) {
	add := func(p place) error {
		missing, err := p.objects.Without(delivered)
		if err == nil && !missing.Empty() {
			all = append(all, &p)
		}
		return err
	}
	if c.set.Sources == nil {
		for _, t := range active {
			if err := add(place{objects: t.area, pos: t.Pos}); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	for i := range c.set.Sources {
		s := &c.set.Sources[i]
		objects, err := c.objectsOfSource(s, active)
		if err != nil {
			return nil, err
		}
		first := (*trigger)(nil)
		for _, t := range active {
			part, err := t.area.And(objects)
			if err != nil {
				return nil, err
			}
			if !part.Empty() {
				first = t
				break
			}
		}
		if first == nil {
			c.report(wholeFile, "sources-differ", "no trigger listens to %s, which is in sources of the rules", s)
		} else if err := add(place{objects: objects, source: s.String(), pos: first.Pos}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// objectsOfSource returns the objects of a source in the buckets that triggers name, or in all buckets if a trigger takes
// several.
func (c *comparison) objectsOfSource(s *ruleset.Source, active []*trigger) (*automaton.DFA, error) {
	buckets := []string{s.Name}
	if s.Name == "" {
		buckets = nil
		for _, t := range active {
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

// checkRules compares each rule with the places. It collects gaps of suffixes, and reports the others.
func (c *comparison) checkRules(places []*place, gaps []*suffixGaps, delivered *automaton.DFA) error {
	if c.set.Sources != nil && len(places) == 0 {
		return nil
	}
	var unreached []string // rules that no delivered object fires
	var lost example
	for i := range c.set.Rules {
		if !listensToUploads(&c.set.Rules[i]) {
			continue
		}
		objects, err := c.analysis.LanguageIgnoringStops(i)
		if err != nil {
			return err
		}
		found := false
		for _, p := range places {
			missing, err := objects.And(p.objects)
			if err == nil {
				missing, err = missing.Without(delivered)
			}
			if err != nil {
				return err
			}
			found = found || !missing.Empty()
			if err := c.checkMissing(missing, &c.set.Rules[i], p, gaps); err != nil {
				return err
			}
		}
		if c.set.Sources != nil || found {
			continue
		}
		if heard, err := objects.And(delivered); err != nil {
			return err
		} else if heard.Empty() {
			if e, ok := c.exampleInBuckets(objects); ok {
				unreached = append(unreached, c.set.Rules[i].Name)
				lost = e
			}
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

// exampleInBuckets is exampleOf for an upload, in a bucket that a trigger names if there is one.
func (c *comparison) exampleInBuckets(objects *automaton.DFA) (example, bool) {
	known, err := c.make(func(n *automaton.NFA) {
		for _, t := range c.triggers {
			for _, at := range t.Uploads {
				n.Accept(n.Any(n.Text(0, at.Bucket+"/")))
			}
		}
	})
	if err == nil {
		known, err = known.And(objects)
	}
	if err == nil {
		if e, ok := c.exampleOf(known, listensToUploads); ok {
			return e, true
		}
	}
	return c.exampleOf(objects, listensToUploads)
}

// listensToUploads reports whether a rule listens by name to an event of an upload.
func listensToUploads(r *ruleset.Rule) bool {
	return slices.ContainsFunc(objectEvents(), func(event string) bool { return listensByName(r, event) })
}

// checkMissing collects and reports examples of objects that fire a rule and that no trigger delivers.
func (c *comparison) checkMissing(missing *automaton.DFA, r *ruleset.Rule, p *place, gaps []*suffixGaps) (err error) {
	for _, g := range gaps {
		if len(g.examples) == maxGaps {
			continue
		}
		lacking, err := missing.And(g.trigger.area)
		if err == nil && !lacking.Empty() {
			err = c.collectGaps(g, lacking)
		}
		if err != nil {
			return err
		}
	}
	if p.gap || p.source == "" {
		return nil
	}
	for _, t := range c.triggers {
		area := t.area // without the suffixes of gaps, and what is excluded on purpose
		if r.IgnoreCase {
			area = t.folded // nobody wants a trigger for each way to write a folder
		}
		if missing, err = missing.Without(area); err != nil {
			return err
		}
	}
	if e, ok := c.exampleOf(missing, listensToUploads); ok {
		p.gap = true
		c.report(p.pos, "sources-differ", "no trigger delivers %s, which is in the source %s and would fire rule %s: add a trigger, widen a prefix, or narrow sources",
			shown(e.object), text.Printable(p.source), e.rule)
	}
	return nil
}

// collectGaps adds examples of objects that lack a suffix: one that differs from it in letter case alone, and another one.
func (c *comparison) collectGaps(g *suffixGaps, lacking *automaton.DFA) error {
	var changed []string
	for _, suffix := range g.trigger.suffixes {
		changed = append(changed, strings.ToUpper(suffix), strings.ToLower(suffix))
	}
	folded, err := c.keysEndingIn(g.trigger.suffixes, true)
	if err != nil {
		return err
	}
	exact, err := c.keysEndingIn(g.trigger.suffixes, false)
	if err != nil {
		return err
	}
	inCase, err := lacking.And(folded)
	if err == nil {
		inCase, err = inCase.Without(exact) // with the suffix, it is excluded on purpose
	}
	if err != nil {
		return err
	}
	without, err := lacking.Without(folded)
	if err != nil {
		return err
	}
	plain, err := c.keysEndingIn(changed, false)
	if err != nil {
		return err
	}
	if plain, err = inCase.And(plain); err != nil {
		return err
	}
	c.addGap(g, folded, plain, inCase)
	c.addGap(g, nil, without)
	return nil
}

// addGap adds an example of the first language that has one. It adds none that ends as another one does, or is in known
// together with another one.
func (c *comparison) addGap(g *suffixGaps, known *automaton.DFA, all ...*automaton.DFA) {
	for _, objects := range all {
		e, ok := c.exampleOf(objects, listensToUploads)
		if !ok {
			continue
		}
		same := func(other example) bool {
			return extension(other.object) == extension(e.object) || known != nil && known.Has(other.object)
		}
		if len(g.examples) < maxGaps && !slices.ContainsFunc(g.examples, same) {
			g.examples = append(g.examples, e)
		}
		return
	}
}

// extension returns what follows the last dot of an object's name.
func extension(object string) string {
	name := object[strings.LastIndexByte(object, '/')+1:]
	return name[strings.LastIndexByte(name, '.')+1:]
}

// reportSuffix reports keys that a trigger would deliver without its suffix.
func (c *comparison) reportSuffix(g *suffixGaps) {
	var objects, rules []string
	for _, e := range g.examples {
		objects = append(objects, shown(e.object))
		if !slices.Contains(rules, e.rule) {
			rules = append(rules, e.rule)
		}
	}
	noun, verb, way := "rule ", "never fires ", "leave suffix empty, or add a trigger for each ending; letter case counts"
	if len(rules) > 1 {
		noun = "rules "
	}
	if len(objects) > 1 {
		verb = "never fire "
	}
	if g.trigger.bridged() {
		way = "add a condition for each ending; letter case counts"
	}
	var suffixes []string
	for _, suffix := range g.trigger.suffixes {
		suffixes = append(suffixes, text.QuoteIfNeeded(text.Truncate(suffix, 100)))
	}
	c.report(g.trigger.SuffixPos, "sources-differ", "the trigger delivers only keys that end in %s, so %s %s%s%s: %s",
		text.JoinFirst(suffixes, 5), text.JoinAnd(objects), verb, noun, text.JoinAnd(rules), way)
}

// shown returns an object for a message.
func shown(object string) string { return text.QuoteIfNeeded(text.Truncate(object, 300)) }
