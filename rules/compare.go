package rules

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/process"
)

// What rules mean for each other: one that can never fire, and targets that two outputs share. It is told by the languages of
// the loop proof.

// Bounds of what is compared: pairs by their affixes, and of those that may meet, pairs by their languages. Beyond them nothing
// more is said.
const (
	maxCompared = 2_000_000
	maxPairs    = 1000
	maxExamples = 1000 // of a rule, that are tried out
)

// refuseSameTargets reports outputs that write the same target for every upload of one of their rules: the one overwrites
// the other. Where that is so for some uploads only, it is a warning.
func (d *document) refuseSameTargets(s *Set, f *fileDef, p *prover) {
	names, several := s.targetNames()
	again := func(name int32) bool { return name >= 0 && several[name] }
	pairs, compared := 0, 0
	for i := range s.rules {
		r := &s.rules[i]
		if !slices.ContainsFunc(names[i], again) {
			continue
		}
		for k, name := range names[i] {
			for before, other := range names[i][:k] {
				if again(name) && other == name {
					d.fail(d.targetNode(f, i, k), "same-target", "outputs %d and %d of rule %s write the same target: give one of them another", before+1, k+1, r.name)
				}
			}
		}
		earlier, ok := p.earlier(i, &compared)
		if !ok {
			return
		}
		for _, j := range earlier {
			for k, name := range names[i] {
				if !again(name) || !slices.Contains(names[j], name) {
					continue
				}
				if pairs++; pairs > maxPairs {
					return
				}
				switch first := s.rules[j].name; {
				case s.always(p, j, i):
					d.fail(d.targetNode(f, i, k), "same-target", "rules %s and %s write the same target for the same upload: give one of them another, or let the first one stop", first, r.name)
				case d.warn && s.sometimes(p, j, i):
					d.warning(d.targetNode(f, i, k), "shared-target", "rules %s and %s write the same target for some uploads: give one of them another, or let the first one stop", first, r.name)
				}
			}
		}
	}
}

// earlier returns the rules before a rule that a key may fire as well, as far as its ends tell; false where too many have been
// compared.
func (p *prover) earlier(rule int, compared *int) ([]int, bool) {
	var rules []int
	for _, a := range p.affixes(rule) {
		rules = p.hearers(p.finder(), rules, a)
	}
	if *compared += len(rules); *compared > maxCompared {
		return nil, false
	}
	slices.Sort(rules)
	n, _ := slices.BinarySearch(rules, rule)
	return slices.Compact(rules[:n]), true
}

// targetNames returns, by rule and output, numbers for the names of targets, -1 for none, and by these whether several have the
// name. Equal names are the same object for the same upload.
func (s *Set) targetNames() (names [][]int32, several []bool) {
	names = make([][]int32, len(s.rules))
	all := make([]int32, 0, len(s.rules))
	numbers := make(map[string]int32, len(s.rules))
	var name []byte
	for i := range s.rules {
		r := &s.rules[i]
		from := len(all)
		for k := range r.outputs {
			number := int32(-1)
			if o := &r.outputs[k]; r.enabled && o.target != nil {
				name = o.appendName(name[:0])
				known, ok := numbers[string(name)]
				if number = known; ok {
					several[number] = true
				} else {
					number = int32(len(several))
					numbers[string(name)] = number
					several = append(several, false)
				}
			}
			all = append(all, number)
		}
		names[i] = all[from:]
	}
	return names, several
}

// appendName appends the target as it is written.
func (o *output) appendName(name []byte) []byte {
	for i, t := range []template{o.target.bucket, o.target.key} {
		if i > 0 {
			name = append(name, '/')
		}
		for i := range t.parts {
			switch p := &t.parts[i]; {
			case p.kind == literalPart:
				name = append(name, process.EscapeBraces(p.literal)...)
			case p.kind == ossPart && p.literal == "autoext" && o.format() != "":
				name = append(name, o.format()...)
			default:
				name = append(append(append(name, '{'), p.name()...), '}')
			}
		}
	}
	if bytes.IndexByte(name[bytes.LastIndexByte(name, '/'):], '.') < 0 {
		name = append(append(name, '?'), o.format()...) // an extension may be appended
	}
	return name
}

// name returns the name of a variable.
func (p *part) name() string {
	switch p.kind {
	case ossPart:
		return p.literal
	case capturePart:
		return p.capture
	}
	return variableNames[p.kind]
}

var variableNames = func() (names [capturePart]string) {
	for name, kind := range uploadVariables {
		names[kind] = name
	}
	return names
}()

// always says whether two rules, the first before the second, both fire for every upload of one of them.
func (s *Set) always(p *prover, first, second int) bool {
	a, b := &s.rules[first], &s.rules[second]
	if a.stop {
		return false
	}
	return b.placeOnly && a.defaultEvents && p.within(first, second) || a.placeOnly && b.defaultEvents && p.within(second, first)
}

// within says whether every object that fires one rule is in a place that fires the other.
func (p *prover) within(one, other int) bool {
	for at := range p.examples(one) {
		if !p.reaches(other, at) {
			return false // an example tells it sooner
		}
	}
	inner, err := p.place(one)
	if err != nil {
		return false
	}
	outer, err := p.place(other)
	if err != nil {
		return false
	}
	rest, err := inner.Without(outer)
	return err == nil && rest.Empty() && !inner.Empty()
}

// sometimes says whether an object may fire both rules.
func (s *Set) sometimes(p *prover, first, second int) bool {
	if s.rules[first].stop {
		return false
	}
	a, err := p.place(first)
	if err != nil {
		return false
	}
	b, err := p.place(second)
	if err != nil {
		return false
	}
	both, err := a.And(b)
	return err == nil && !both.Empty()
}

// doubtFiring warns of rules that no object can fire, and of patterns of not that leave nothing out.
func (d *document) doubtFiring(s *Set, f *fileDef, p *prover) {
	for i := range s.rules {
		r := &s.rules[i]
		if r.enabled {
			d.doubtNot(r, d.rule(f.rules[i]).match.not, p)
		}
		if !r.enabled || p.firesAnyway(i) {
			continue
		}
		alone, err := p.alone(i)
		if err != nil {
			continue
		}
		if alone.Empty() {
			d.warning(d.nameNode(f, i), "never-fires", "rule %s can never fire: %s", r.name, p.whyNever(r))
			continue
		}
		if place, err := p.place(i); err == nil && place.Empty() {
			d.warning(d.nameNode(f, i), "never-fires", "rule %s can never fire: %s stops before it for all of its keys", r.name, p.taking(i))
		}
	}
}

// doubtClaims warns where an upload can fire several tasks and nothing keeps them from firing again.
func (d *document) doubtClaims(s *Set, f *fileDef, p *prover) {
	if s.claims != nil {
		return
	}
	warn := func(i int, how string) {
		d.warning(d.nameNode(f, i), "claims-off",
			"%s: a repeated delivery, or the retry after one of them failed, fires all of them again: claims keep it from that, such as claims: {bucket: acme-state}", how)
	}
	for i := range s.rules {
		if r := &s.rules[i]; r.enabled && len(r.outputs) > 1 {
			warn(i, fmt.Sprintf("one upload fires %d processes of rule %s", len(r.outputs), r.name))
			return
		}
	}
	pairs, compared := 0, 0
	for i := range s.rules {
		if !s.rules[i].enabled {
			continue
		}
		earlier, ok := p.earlier(i, &compared)
		if !ok {
			return
		}
		for _, j := range slices.Backward(earlier) { // the nearest is the likeliest
			if pairs++; pairs > maxPairs {
				return
			}
			if s.sometimes(p, j, i) {
				warn(i, fmt.Sprintf("one upload can fire both rule %s and rule %s", s.rules[j].name, s.rules[i].name))
				return
			}
		}
	}
}

// doubtNot warns of patterns of not that no key of the rule has.
func (d *document) doubtNot(r *rule, places []scalar, p *prover) {
	if r.not == nil {
		return
	}
	without := *r
	without.not = nil
	if p.spend(0) != nil { // there is nothing left to spend
		return
	}
	keys, err := p.placeAlone(&without)
	if err != nil || keys.Empty() || p.spend(keys.Size()) != nil {
		return
	}
	for i, not := range r.not {
		n := automaton.NewNFA()
		n.Accept(not.AddTo(n, n.Text(n.Repeat(0, bucketNameSymbols...), "/")))
		meets, work := n.Intersects(keys)
		if p.spend(work) != nil {
			return
		}
		if meets {
			continue
		}
		hint := "without a / it is held against the base name; a folder at any depth and all below it is written **/" + not.String() + "/**"
		if strings.Contains(not.String(), "/") {
			hint = "with a / in it, it is held against the whole key, from the bucket's root; a folder and all below it is written a/b/**, at any depth **/b/**"
		}
		d.warning(places[i].node, "not-excludes-nothing", "not: %q leaves nothing out: no key that the rule matches has it; %s", not, hint)
	}
}

// examples goes through a few objects that fire the rule, none where none of those that were tried does.
func (p *prover) examples(i int) iter.Seq[process.Location] {
	r := &p.set.rules[i]
	sources := p.set.sources
	if sources == nil {
		sources = []source{{bucket: glob.Literal("uploads")}}
	}
	keys := r.keys
	if keys == nil {
		keys = []*glob.Pattern{glob.Literal("x")}
	}
	return func(yield func(process.Location) bool) {
		tried := 0
		for k := range sources {
			src := &sources[k]
			for bucket := range examplesOf(append([]*glob.Pattern{src.bucket}, r.buckets...)) {
				for key := range examplesOf(keys) {
					if tried++; tried > maxExamples {
						return
					}
					at := process.Location{Bucket: bucket, Key: key}
					if p.reaches(i, at) && !yield(at) {
						return
					}
					if at.Key = src.prefix + key; src.prefix != "" && p.reaches(i, at) && !yield(at) {
						return
					}
				}
			}
		}
	}
}

func examplesOf(patterns []*glob.Pattern) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range patterns {
			for example := range p.Examples() {
				if !yield(example) {
					return
				}
			}
		}
	}
}

// firesAnyway says whether an example shows at once that the rule can fire.
func (p *prover) firesAnyway(i int) bool {
	for range p.examples(i) {
		return true
	}
	return false
}

// whyNever says which condition leaves no object to a rule.
func (p *prover) whyNever(r *rule) string {
	for _, c := range []struct {
		present bool
		drop    func(*rule)
		why     string
	}{
		{r.not != nil, func(r *rule) { r.not = nil }, "its not leaves out every key that it matches"},
		{r.prefixes != nil, func(r *rule) { r.prefixes = nil }, "no key that it matches has its prefix"},
		{r.suffixes != nil, func(r *rule) { r.suffixes = nil }, "no key that it matches has its suffix"},
	} {
		if !c.present {
			continue
		}
		less := *r
		c.drop(&less)
		if d, err := p.placeAlone(&less); err == nil && !d.Empty() {
			return c.why
		}
	}
	if p.sources != nil {
		anywhere := *p
		anywhere.sources = nil
		if d, err := anywhere.placeAlone(r); err == nil && !d.Empty() {
			return "its keys or buckets are not in sources"
		}
	}
	return "its conditions exclude each other"
}

// taking names the rules that stop before a rule.
func (p *prover) taking(number int) string {
	var names []string
	for _, i := range p.cutting(number) {
		names = append(names, p.set.rules[i].name)
	}
	if len(names) == 1 {
		return "rule " + names[0]
	}
	return "one of rules " + strings.Join(names, ", ")
}
