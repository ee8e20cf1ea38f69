package triggers

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/eventpattern"
	"onput/internal/glob"
)

// Symbols of names.
var (
	digits        = [][2]rune{{'0', '9'}}
	regionSymbols = [][2]rune{{'-', '-'}, {'0', '9'}, {'a', 'z'}}
	firstChar     = [][2]rune{{0, '.' - 1}, {'/' + 1, automaton.AnySymbols[0][1]}} // no slash and no dot
)

// languages makes languages within a budget.
type languages struct {
	budget *automaton.Budget

	every, readable *automaton.DFA // every text, and readable objects; nil until they are needed
}

// make returns the language of the automaton that build makes. The error is [automaton.ErrTooLarge], as of all methods.
func (l *languages) make(build func(n *automaton.NFA)) (*automaton.DFA, error) {
	n := automaton.NewNFA(l.budget)
	defer n.Free()
	build(n)
	return n.Deterministic()
}

// productSteps are the steps that the product of two small languages takes beside those of its states.
const productSteps = 1500

// and returns the texts that are in both languages. It is for products in large numbers.
func (l *languages) and(d, other *automaton.DFA) (*automaton.DFA, error) {
	if err := l.budget.Spend(productSteps, 0); err != nil {
		return nil, err
	}
	return d.And(other)
}

// everyText returns the language of all texts.
func (l *languages) everyText() (*automaton.DFA, error) {
	var err error
	if l.every == nil {
		l.every, err = l.make(func(n *automaton.NFA) { n.Accept(n.Any(0)) })
	}
	return l.every, err
}

// objectsBelow returns the objects of a bucket whose keys begin with a prefix. With fold, letter case is ignored.
func (l *languages) objectsBelow(bucket, prefix string, fold bool) (*automaton.DFA, error) {
	return l.make(func(n *automaton.NFA) { n.Accept(n.Any(addText(n, n.Text(0, bucket+"/"), prefix, fold))) })
}

// addText adds a literal text to n, after from, and returns the state at its end. With fold, letter case is ignored.
func addText(n *automaton.NFA, from int32, text string, fold bool) int32 {
	if fold {
		text = glob.FoldString(text)
	}
	return glob.AddFoldedText(n, from, text, fold)
}

// keysEndingIn returns the objects of any bucket whose keys end in one of some suffixes. With fold, letter case is ignored.
func (l *languages) keysEndingIn(suffixes []string, fold bool) (*automaton.DFA, error) {
	return l.make(func(n *automaton.NFA) {
		key := n.Any(n.Text(n.Repeat(0, automaton.PlainSymbols...), "/"))
		for _, suffix := range suffixes {
			n.Accept(addText(n, key, suffix, fold))
		}
	})
}

// readableObjects returns the objects whose keys look like those of files: no folder is empty, and no name begins with a dot.
// Names of buckets have three characters or more.
func (l *languages) readableObjects() (*automaton.DFA, error) {
	var err error
	if l.readable == nil {
		l.readable, err = l.make(func(n *automaton.NFA) {
			bucket := int32(0)
			for range 3 {
				bucket = n.One(bucket, automaton.PlainSymbols...)
			}
			segment := n.Text(n.Repeat(bucket, automaton.PlainSymbols...), "/")
			name := n.Repeat(n.One(segment, firstChar...), automaton.PlainSymbols...)
			n.Epsilon(n.Text(name, "/"), segment)
			n.Accept(name)
		})
	}
	return l.readable, err
}

// union returns the texts that are in one of some languages.
func (l *languages) union(all []*automaton.DFA) (*automaton.DFA, error) {
	if len(all) == 1 {
		return all[0], nil
	}
	return l.make(func(n *automaton.NFA) {
		for _, d := range all {
			addLanguage(n, d, 0)
		}
	})
}

// addLanguage lets n accept the rest of the texts of d after a state.
func addLanguage(n *automaton.NFA, d *automaton.DFA, state int32) {
	end, empty := n.CopyFragment(0, d, state, d.Ends(), automaton.AnySymbols, 0)
	n.Accept(end)
	if empty {
		n.Accept(0)
	}
}

// values returns the texts that meet one of some conditions.
func (l *languages) values(conditions []eventpattern.Condition, r reading) (*automaton.DFA, error) {
	var others []*automaton.DFA // of anything-but
	for i := range conditions {
		if conditions[i].Operator != eventpattern.AnythingBut {
			continue
		}
		rest, err := l.everyText()
		if err == nil && !r.included {
			var excluded *automaton.DFA
			if excluded, err = l.values(conditions[i].Not, reading{}); err == nil {
				rest, err = rest.Without(excluded)
			}
		}
		if err != nil {
			return nil, err
		}
		others = append(others, rest)
	}
	return l.make(func(n *automaton.NFA) {
		for i := range conditions {
			switch c := &conditions[i]; c.Operator {
			case eventpattern.Equal:
				n.Accept(addText(n, 0, c.Text, r.fold))
			case eventpattern.Prefix:
				n.Accept(n.Any(addText(n, 0, c.Text, r.fold)))
			case eventpattern.Suffix:
				n.Accept(addText(n, n.Any(0), c.Text, r.fold))
			case eventpattern.Contains:
				n.Accept(n.Any(addText(n, n.Any(0), c.Text, r.fold)))
			case eventpattern.Exists:
				n.Accept(n.Any(0))
			}
		}
		for _, d := range others {
			addLanguage(n, d, 0)
		}
	})
}

// reading says how generously conditions are read. The zero value reads them as EventBridge does.
type reading struct {
	fold     bool // ignore letter case
	included bool // include what anything-but excludes
}

// afterARN returns what follows acs:oss:REGION:ACCOUNT: in the texts that meet one of some conditions, in a region, or in any if
// it is "". That is BUCKET/KEY in a subject, and BUCKET in the name of a bucket.
func (l *languages) afterARN(conditions []eventpattern.Condition, region string, r reading) (*automaton.DFA, error) {
	texts, err := l.values(conditions, r)
	if err != nil {
		return nil, err
	}
	regions, accounts := []string{region}, []string(nil) // as the pattern writes them, perhaps with variables
	for _, c := range conditions {
		if parts := strings.SplitN(c.Text, ":", 5); len(parts) == 5 {
			accounts = append(accounts, parts[3])
			if region == "" {
				regions = append(regions, parts[2])
			}
		}
	}
	states := follow(texts, []int32{0}, "acs:oss:")
	var inRegion []int32
	if region == "" {
		inRegion = slices.Clone(texts.Reach(states, regionSymbols))
	}
	for _, name := range regions {
		inRegion = append(inRegion, follow(texts, states, name)...)
	}
	states = follow(texts, distinct(inRegion), ":")
	inAccount := slices.Clone(texts.Reach(states, digits))
	for _, name := range accounts {
		inAccount = append(inAccount, follow(texts, states, name)...)
	}
	states = follow(texts, distinct(inAccount), ":")
	return l.make(func(n *automaton.NFA) {
		for _, s := range distinct(states) {
			addLanguage(n, texts, s)
		}
	})
}

// distinct returns states without repetitions, sorted.
func distinct(states []int32) []int32 {
	slices.Sort(states)
	return slices.Compact(states)
}

// follow returns the states of d to which text leads from others.
func follow(d *automaton.DFA, from []int32, text string) []int32 {
	var to []int32
	for _, s := range from {
		ok := true
		for _, r := range text {
			if s, ok = d.Step(s, r); !ok {
				break
			}
		}
		if ok {
			to = append(to, s)
		}
	}
	return to
}
