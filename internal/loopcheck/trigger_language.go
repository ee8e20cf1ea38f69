package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// CanFire reports whether an object is in the trigger language of a rule, without making that language.
func (a *Analysis) CanFire(rule int, at process.Location) bool {
	s := a.set
	if !s.IsSource(at.Bucket, at.Key) || s.IsClaim(at.Bucket, at.Key) || s.IsIgnored(at.Key) || !process.ValidBucket(at.Bucket) ||
		at.Key == "" || len(at.Key) > process.MaxKey || strings.HasSuffix(at.Key, "/") {
		return false
	}
	fires := func(i int) bool { return s.Rules[i].MatchesLocation(at.Bucket, at.Key) }
	return fires(rule) && !slices.ContainsFunc(a.StopRulesBefore(rule), fires)
}

// StopRulesBefore returns the earlier rules that may stop uploads of a rule. They have conditions on bucket and key
// alone, so that the object decides, and their affixes overlap the rule's. The result is valid until the next call.
func (a *Analysis) StopRulesBefore(rule int) []int {
	if a.set.StopRules == nil || !a.set.Rules[rule].DefaultEvents {
		return nil
	}
	last := &a.lastStopRules
	if last.rule != rule {
		last.rule = rule
		last.earlier, _ = a.earlierRules(last.earlier[:0], a.stopRules, rule)
	}
	return last.earlier
}

// earlierRules appends the rules of an index before a rule whose affixes overlap its own, sorted. compared is how many
// rules of the index overlap at all.
func (a *Analysis) earlierRules(rules []int, index *affixIndex, rule int) (earlier []int, compared int) {
	for _, key := range a.affixes[rule] {
		rules = a.appendOverlapping(rules, index, key)
	}
	slices.Sort(rules)
	n, _ := slices.BinarySearch(rules, rule)
	return slices.Compact(rules[:n]), len(rules)
}

// TriggerLanguage returns the objects that can fire a rule. The error is [automaton.ErrTooLarge].
func (a *Analysis) TriggerLanguage(rule int) (*automaton.DFA, error) {
	return cached(a.triggerLanguages, rule, func() (*automaton.DFA, error) {
		d, err := a.LanguageIgnoringStops(rule)
		if err != nil {
			return nil, err
		}
		for _, i := range a.StopRulesBefore(rule) {
			stopped, err := a.LanguageIgnoringStops(i)
			if err != nil {
				return nil, err
			}
			if d, err = d.Without(stopped); err != nil {
				return nil, err
			}
		}
		return d, nil
	})
}

// LanguageIgnoringStops returns the objects that can fire a rule if no earlier rule stops. The error is
// [automaton.ErrTooLarge].
func (a *Analysis) LanguageIgnoringStops(rule int) (*automaton.DFA, error) {
	return cached(a.languagesIgnoringStops, rule, func() (*automaton.DFA, error) { return a.LanguageOf(&a.set.Rules[rule]) })
}

// LanguageOf returns the objects that can fire a rule if it is the only one. The error is [automaton.ErrTooLarge].
func (a *Analysis) LanguageOf(r *ruleset.Rule) (*automaton.DFA, error) {
	return a.languageWithin(r, true)
}

// LanguageIgnoringSources is LanguageOf as if sources allowed every object.
func (a *Analysis) LanguageIgnoringSources(r *ruleset.Rule) (*automaton.DFA, error) {
	return a.languageWithin(r, false)
}

// languageWithin returns the objects that match the conditions of a rule on bucket and key.
func (a *Analysis) languageWithin(r *ruleset.Rule, inSources bool) (*automaton.DFA, error) {
	if err := a.Spent(); err != nil {
		return nil, err
	}
	shared, err := a.sharedLanguages()
	if err != nil {
		return nil, err
	}
	keys, err := a.keysOf(r, shared.keys)
	if err != nil {
		return nil, err
	}
	buckets := shared.bucketNames
	if r.Buckets != nil {
		if buckets, err = a.languageOfAny(r.Buckets); err == nil {
			buckets, err = buckets.And(shared.bucketNames)
		}
		if err != nil {
			return nil, err
		}
	}
	d, err := buckets.Concat('/', keys)
	if keys != shared.keys {
		keys.Free()
	}
	if inSources && shared.sources != nil && err == nil {
		d, err = instead(d, (*automaton.DFA).And, shared.sources)
	}
	if shared.claims != nil && err == nil {
		d, err = instead(d, (*automaton.DFA).Without, shared.claims)
	}
	return d, err
}

// keysOf returns the keys among all that match the conditions of a rule on the key.
func (a *Analysis) keysOf(r *ruleset.Rule, all *automaton.DFA) (keys *automaton.DFA, err error) {
	keys = all
	if r.Keys != nil {
		if keys, err = a.languageOfAny(r.Keys); err == nil {
			keys, err = instead(keys, (*automaton.DFA).And, all)
		}
	}
	if r.Not != nil && err == nil {
		var not *automaton.DFA
		not, err = cached(a.notLanguages, notKeyOf(r), func() (*automaton.DFA, error) { return a.languageOfAny(r.Not) })
		if err == nil {
			if keys == all {
				keys, err = keys.Without(not)
			} else {
				keys, err = instead(keys, (*automaton.DFA).Without, not)
			}
		}
	}
	restrict := func(texts []string, add func(n *automaton.NFA, text string) int32) {
		if texts != nil && err == nil {
			n := automaton.NewNFA(a.budget)
			defer n.Free()
			for _, text := range texts {
				n.Accept(add(n, text))
			}
			keys, err = intersectWithNFA(keys, n)
		}
	}
	restrict(r.Prefixes, func(n *automaton.NFA, prefix string) int32 {
		return n.Any(glob.AddFoldedText(n, 0, prefix, r.IgnoreCase))
	})
	restrict(r.Suffixes, func(n *automaton.NFA, suffix string) int32 {
		return glob.AddFoldedText(n, n.Any(0), suffix, r.IgnoreCase)
	})
	return keys, err
}

// instead returns what an operation makes of a language, which is of no use afterwards.
func instead(d *automaton.DFA, op func(d, other *automaton.DFA) (*automaton.DFA, error), other *automaton.DFA) (*automaton.DFA, error) {
	result, err := op(d, other)
	d.Free()
	return result, err
}

// notKey identifies the not of a rule. Many rules share one.
type notKey struct {
	patterns string
	fold     bool
}

func notKeyOf(r *ruleset.Rule) notKey {
	key := notKey{r.Not[0].String(), r.IgnoreCase}
	for _, p := range r.Not[1:] {
		key.patterns += "\x00" + p.String() // no pattern holds a NUL
	}
	return key
}

// cached returns the language of a key, and makes it the first time.
func cached[K comparable](languages map[K]*automaton.DFA, key K,
	make func() (*automaton.DFA, error)) (*automaton.DFA, error) {
	if d, ok := languages[key]; ok {
		return d, nil
	}
	d, err := make()
	if d != nil {
		languages[key] = d
	}
	return d, err
}
