package triggers

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/text"
)

// Bounds of the search for keys without a trigger's suffix.
const (
	maxGaps      = 3
	maxGapsTried = 50 // rules
)

// suffixGaps are examples of keys that a trigger would deliver without its suffix.
type suffixGaps struct {
	trigger  *trigger
	examples []example
	tried    int // rules
}

// open reports whether further examples are of use.
func (g *suffixGaps) open() bool { return len(g.examples) < maxGaps && g.tried < maxGapsTried }

// checkGaps collects examples of the missing objects of a place that fire a rule and lack a suffix.
func (c *comparison) checkGaps(objects *automaton.DFA, p *place, gaps []*suffixGaps) error {
	missing, err := c.and(objects, p.missing)
	if err != nil {
		return err
	}
	defer missing.Free()
	for _, g := range gaps {
		if missing.Empty() || !g.open() {
			continue
		}
		lacking, err := c.and(missing, g.trigger.area)
		if err == nil && !lacking.Empty() {
			err = c.collectGaps(g, lacking)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// collectGaps adds examples of objects that lack a suffix: one that differs from it in letter case alone, and another one.
func (c *comparison) collectGaps(g *suffixGaps, lacking *automaton.DFA) error {
	g.tried++
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

// reportGaps reports keys that a trigger would deliver without its suffix.
func (c *comparison) reportGaps(g *suffixGaps) {
	if len(g.examples) == 0 {
		return
	}
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
