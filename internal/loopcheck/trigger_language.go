package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// Where an object has to be to fire a rule: as a question about one object, and as the language of all such places, written
// bucket/key.

// reaches says whether an object in that place can fire the rule: sources and its own conditions on the place hold, and no
// earlier rule that stops takes it.
func (a *Analysis) CanFire(number int, at process.Location) bool {
	s := a.set
	r := &s.Rules[number]
	if !s.IsSource(at.Bucket, at.Key) || s.IsClaim(at.Bucket, at.Key) || at.Key == "" || len(at.Key) > process.MaxKey || strings.HasSuffix(at.Key, "/") ||
		!process.ValidBucket(at.Bucket) || !r.MatchesLocation(at.Bucket, at.Key) {
		return false
	}
	for _, i := range a.StopRulesBefore(number) {
		if s.Rules[i].MatchesLocation(at.Bucket, at.Key) {
			return false
		}
	}
	return true
}

// cutting returns the rules that, where their conditions on the place hold, keep a later one from firing, whatever else is
// true of the upload; as far as the ends of keys tell, only those that take any of its keys.
func (a *Analysis) StopRulesBefore(later int) []int {
	s := a.set
	if s.StopRules == nil || !s.Rules[later].DefaultEvents {
		return nil
	}
	if a.stopRules.later != later {
		rules := a.stopRules.rules[:0]
		if a.stopRules.find == nil {
			a.stopRules.find = a.newAffixIndex(slices.Values(s.StopRules))
		}
		for _, ends := range a.ruleAffixes(later) {
			rules = a.candidateRules(a.stopRules.find, rules, ends)
		}
		slices.Sort(rules)
		rules = slices.Compact(rules)
		n, _ := slices.BinarySearch(rules, later)
		a.stopRules.later, a.stopRules.rules = later, rules[:n]
	}
	return a.stopRules.rules
}

// place returns the language of where an object fires the rule, as bucket/key.
func (a *Analysis) TriggerLanguage(number int) (*automaton.DFA, error) {
	if d, ok := a.triggerLanguages[number]; ok {
		return d, nil
	}
	d, err := a.LanguageIgnoringStops(number)
	if err != nil {
		return nil, err
	}
	for _, i := range a.StopRulesBefore(number) {
		taken, err := a.LanguageIgnoringStops(i)
		if err != nil {
			return nil, err
		}
		if d, err = d.Without(taken); err != nil {
			return nil, err
		}
		if err := a.Charge(d.Size()); err != nil {
			return nil, err
		}
	}
	a.triggerLanguages[number] = d
	return d, nil
}

// alone is place without what earlier rules take.
func (a *Analysis) LanguageIgnoringStops(number int) (*automaton.DFA, error) {
	if d, ok := a.languagesIgnoringStops[number]; ok {
		return d, nil
	}
	if err := a.Charge(0); err != nil { // there is nothing left to spend
		return nil, err
	}
	d, err := a.LanguageOf(&a.set.Rules[number])
	if err != nil {
		return nil, err
	}
	a.languagesIgnoringStops[number] = d
	return d, a.Charge(d.Size())
}

// placeAlone makes the language of where an object fires a rule that is the only one.
func (a *Analysis) LanguageOf(r *ruleset.Rule) (*automaton.DFA, error) {
	if err := a.initSharedLanguages(); err != nil {
		return nil, err
	}
	keys := a.allKeys
	var err error
	if r.Keys != nil {
		if keys, err = languageOfAny(r.Keys); err == nil {
			keys, err = keys.And(a.allKeys)
		}
	}
	if r.Not != nil && err == nil {
		var not *automaton.DFA
		if not, err = a.cachedUnion(patternListOf(r.Not, false, r.IgnoreCase), r.Not); err == nil {
			keys, err = keys.Without(not)
		}
	}
	if r.Prefixes != nil && err == nil {
		n := automaton.NewNFA()
		for _, prefix := range r.Prefixes {
			n.Accept(n.Any(glob.AddFoldedText(n, 0, prefix, r.IgnoreCase)))
		}
		keys, err = intersectWithNFA(keys, n)
	}
	if r.Suffixes != nil && err == nil {
		n := automaton.NewNFA()
		for _, suffix := range r.Suffixes {
			n.Accept(glob.AddFoldedText(n, n.Any(0), suffix, r.IgnoreCase))
		}
		keys, err = intersectWithNFA(keys, n)
	}
	buckets := a.bucketNames
	if r.Buckets != nil && err == nil {
		if buckets, err = a.cachedUnion(patternListOf(r.Buckets, true, false), r.Buckets); err == nil {
			buckets, err = buckets.And(a.bucketNames)
		}
	}
	if err != nil {
		return nil, err
	}
	d := buckets.Concat('/', keys)
	if a.sourceLanguage != nil {
		d, err = d.And(a.sourceLanguage)
	}
	if a.claimsLanguage != nil && err == nil {
		d, err = d.Without(a.claimsLanguage)
	}
	return d, err
}

// both returns what is in a language and accepted by an automaton.
func intersectWithNFA(d *automaton.DFA, n *automaton.NFA) (*automaton.DFA, error) {
	other, err := n.Deterministic()
	if err != nil {
		return nil, err
	}
	return d.And(other)
}

// patterns returns the language of what any of the patterns matches.
func languageOfAny(list []*glob.Pattern) (*automaton.DFA, error) {
	n := automaton.NewNFA()
	for _, pattern := range list {
		n.Accept(pattern.AddTo(n, 0))
	}
	return n.Deterministic()
}

// union is a list of patterns: of a not, or of buckets.
type patternList struct {
	buckets, fold bool
	texts         string
}

func patternListOf(list []*glob.Pattern, buckets, fold bool) patternList {
	u := patternList{buckets, fold, list[0].String()}
	for _, p := range list[1:] {
		u.texts += "\x00" + p.String() // no pattern holds one
	}
	return u
}

// shared is patterns for what many rules have in common.
func (a *Analysis) cachedUnion(u patternList, list []*glob.Pattern) (*automaton.DFA, error) {
	d, ok := a.patternUnions[u]
	if !ok {
		var err error
		if d, err = languageOfAny(list); err != nil {
			return nil, err
		}
		a.patternUnions[u] = d
	}
	return d, nil
}

// prepare makes the languages that all rules share.
func (a *Analysis) initSharedLanguages() error {
	if a.bucketNames != nil {
		return nil
	}
	n := automaton.NewNFA()
	ends := [][2]rune{{'0', '9'}, {'a', 'z'}} // the first and last character of a bucket's name
	middle := n.Repeat(n.One(n.One(0, ends...), bucketNameSymbols...), bucketNameSymbols...)
	n.Accept(n.One(middle, ends...))
	names, err := n.Deterministic()
	if err != nil {
		return err
	}
	n = automaton.NewNFA()
	n.Accept(n.One(n.Any(0), automaton.PlainSymbols...))
	if a.allKeys, err = n.Deterministic(); err != nil {
		return err
	}
	if a.set.Sources != nil {
		n = automaton.NewNFA()
		for _, s := range a.set.Sources {
			n.Accept(n.Any(n.Text(s.Bucket.AddTo(n, 0), "/"+s.Prefix)))
		}
		if a.sourceLanguage, err = n.Deterministic(); err != nil {
			return err
		}
	}
	if c := a.set.Claims; c != nil {
		n = automaton.NewNFA()
		bucket := n.Repeat(0, bucketNameSymbols...)
		if c.Bucket != "" {
			bucket = n.Text(0, c.Bucket)
		}
		n.Accept(n.Any(n.Text(bucket, "/"+c.Prefix)))
		if a.claimsLanguage, err = n.Deterministic(); err != nil {
			return err
		}
	}
	// Segments of letters and digits, with single dots, hyphens and underscores between.
	n = automaton.NewNFA()
	word := func(from int32) int32 { return n.Repeat(n.One(from, ends...), ends...) }
	segment := word(0)
	for _, between := range []rune{'.', '-', '_', '/'} {
		n.Epsilon(word(n.One(segment, [2]rune{between, between})), segment)
	}
	n.Accept(segment)
	if a.readableObjects, err = n.Deterministic(); err != nil {
		return err
	}
	a.allObjects = names.Concat('/', a.allKeys)
	a.bucketNames = names
	return nil
}
