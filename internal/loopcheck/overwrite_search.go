package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
)

// searchOverwrite searches the languages for an overwrite, by objects that read well alone if readable is set. The error is
// [ErrUndecided] or [automaton.ErrTooLarge].
func (a *Analysis) searchOverwrite(rule, first, second int, readable bool) (*Overwrite, error) {
	objects, captures, err := a.markedObjects(rule, readable)
	if err != nil || objects.Empty() {
		return nil, err
	}
	if objects, err = objects.Minimal(); err != nil { // fewer states make fewer chains
		return nil, err
	}
	chains, err := keyChains(objects, captures)
	if err != nil {
		return nil, err
	}
	if first == second {
		if found, err := a.overwriteByUnusedSection(rule, first, chains); found != nil || err != nil {
			return found, err
		}
	}
	return a.overwriteByCommonName(rule, first, second, chains)
}

// overwriteByUnusedSection returns an overwrite by two objects that differ in a section that the target of an output leaves
// out, or in their buckets.
func (a *Analysis) overwriteByUnusedSection(rule, output int, chains []keyChain) (*Overwrite, error) {
	var buckets []string // a few
	for i := range chains {
		if bucket := chains[i].text(0); !slices.Contains(buckets, bucket) && len(buckets) < 8 {
			buckets = append(buckets, bucket)
		}
	}
	for i := range chains {
		one, others, err := unusedVariants(&a.set.Rules[rule].Outputs[output], &chains[i])
		if err != nil {
			return nil, err
		}
		_, key, _ := strings.Cut(one, "/")
		for _, bucket := range buckets {
			others = append(others, bucket+"/"+key)
		}
		for _, other := range others {
			if found := a.overwriteBy(rule, output, output, one, other); found != nil {
				return found, nil
			}
		}
	}
	return nil, a.Spent()
}

// overwriteByCommonName returns an overwrite by two objects of which two outputs, or one, make one name from different
// sections. The error is [ErrUndecided] if names seem to have two origins, and none of those that it tries has.
func (a *Analysis) overwriteByCommonName(rule, first, second int, chains []keyChain) (*Overwrite, error) {
	r := &a.set.Rules[rule]
	names, err := newSentNames(&r.Outputs[first], chains, a.budget)
	others := names
	if err == nil && first != second {
		others, err = newSentNames(&r.Outputs[second], chains, a.budget)
	}
	if err != nil {
		return nil, err
	}
	tried := 0
	for steps := range names.n.CommonTexts(others.n) {
		if tried++; tried > maxOverwritesTried {
			break
		}
		chain, texts := names.sections(steps, 0)
		object := chains[chain].object(texts)
		chain, texts = others.sections(steps, 1)
		found, err := a.overwriteByVariants(rule, first, second, object, &chains[chain], texts)
		if found != nil || err != nil {
			return found, err
		}
	}
	if err := a.Spent(); err != nil {
		return nil, err
	}
	if tried > 0 {
		return nil, ErrUndecided
	}
	return nil, nil
}

// unusedVariants returns an object of a chain, and others that differ from it in one section that an output does not use.
func unusedVariants(o *ruleset.Output, c *keyChain) (object string, others []string, err error) {
	names, err := newSentNames(o, []keyChain{*c}, c.objects.Budget())
	if err != nil {
		return "", nil, err
	}
	texts, err := names.anyOf()
	if err != nil || texts == nil {
		return "", nil, err
	}
	for k := range c.sections {
		if names.usesSection(0, k) {
			continue
		}
		one, other, err := c.variants(k, texts)
		if err != nil {
			return "", nil, err
		}
		if object = one; one != other {
			others = append(others, other)
		}
	}
	return object, others, nil
}

// overwriteByVariants returns the overwrite by an object and another one with the given texts of sections.
func (a *Analysis) overwriteByVariants(rule, first, second int, object string, c *keyChain, texts map[int]string) (*Overwrite, error) {
	if found := a.overwriteBy(rule, first, second, object, c.object(texts)); found != nil {
		return found, nil
	}
	for k := range c.sections {
		if _, ok := texts[k]; ok {
			continue
		}
		_, other, err := c.variants(k, texts)
		if err != nil {
			return nil, err
		}
		if found := a.overwriteBy(rule, first, second, object, other); found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// variants returns two objects with the given texts of sections that differ in section k, or are equal if it has only one text.
func (c *keyChain) variants(k int, texts map[int]string) (one, other string, err error) {
	text := c.text(k)
	one = c.object(texts)
	different, ok, err := c.otherText(k, text)
	if err != nil || !ok {
		return one, one, err
	}
	changed := map[int]string{k: different}
	for i, text := range texts {
		changed[i] = text
	}
	return one, c.object(changed), nil
}

// markedObjects returns the objects of a rule that can overwrite each other, with the marks of its captures, and the names of
// these by number. If readable is set, it leaves out objects that do not read well. The error is [automaton.ErrTooLarge].
func (a *Analysis) markedObjects(rule int, readable bool) (objects *automaton.DFA, captures []string, err error) {
	r := &a.set.Rules[rule]
	if objects, err = a.TriggerLanguage(rule); err != nil {
		return nil, nil, err
	}
	odd, err := a.languageOf(addOddObjects)
	if err != nil {
		return nil, nil, err
	}
	if objects, err = objects.Without(odd); err != nil {
		return nil, nil, err
	}
	if readable {
		if objects, err = objects.And(a.shared.readable); err != nil {
			return nil, nil, err
		}
	}
	if !a.hasSeveralBuckets(r) {
		only, err := a.languageOf(func(n *automaton.NFA) { n.Accept(n.Any(n.Text(0, a.exampleBucket()+"/"))) })
		if err != nil {
			return nil, nil, err
		}
		if objects, err = objects.And(only); err != nil {
			return nil, nil, err
		}
	}
	if len(r.UsedCaptures()) == 0 {
		return objects, nil, nil
	}
	captures = r.CaptureNames()
	lowest := glob.EndMark(len(captures) - 1)
	keys := automaton.NewNFA(a.budget)
	defer keys.Free()
	for i, p := range r.Keys { // the first that matches decides
		marked, err := p.MarkedLanguage(a.budget, captures)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			earlier, err := a.languageOfAny(r.Keys[:i])
			if err == nil {
				earlier, err = earlier.Interspersed(lowest, glob.BeginMark(0))
			}
			if err == nil {
				marked, err = marked.Without(earlier)
			}
			if err != nil {
				return nil, nil, err
			}
		}
		end, empty := keys.CopyFragment(0, marked, 0, marked.Ends(), [][2]rune{{lowest, automaton.AnySymbols[0][1]}}, 0)
		if keys.Accept(end); empty {
			keys.Epsilon(0, end)
		}
	}
	marked, err := keys.Deterministic()
	if err == nil {
		marked, err = a.shared.bucketNames.Concat('/', marked)
	}
	if err == nil {
		objects, err = objects.Interspersed(lowest, glob.BeginMark(0))
	}
	if err == nil {
		objects, err = marked.And(objects)
	}
	return objects, captures, err
}

// exampleBucket returns the bucket of uploads where nothing names one.
func (a *Analysis) exampleBucket() string { return a.set.ExampleUploadLocation().Bucket }

// hasSeveralBuckets reports whether sources or a rule name several buckets of uploads, or a glob.
func (a *Analysis) hasSeveralBuckets(r *ruleset.Rule) bool {
	if r.Buckets != nil {
		return true // the language tells
	}
	return slices.ContainsFunc(a.set.Sources, func(s ruleset.Source) bool {
		return s.Name == "" || s.Name != a.set.Sources[0].Name
	})
}
