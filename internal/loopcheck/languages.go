package loopcheck

import (
	"onput/internal/automaton"
	"onput/internal/glob"
)

// Symbols of names.
var (
	digits            = [][2]rune{{'0', '9'}}
	alphanumerics     = [][2]rune{{'0', '9'}, {'a', 'z'}}
	bucketNameSymbols = [][2]rune{{'-', '-'}, {'0', '9'}, {'a', 'z'}}
	bareNameSymbols   = [][2]rune{{0, '.' - 1}, {'/' + 1, automaton.AnySymbols[0][1]}} // no slash and no dot
)

// sharedLanguages are languages that do not depend on a rule.
type sharedLanguages struct {
	bucketNames *automaton.DFA
	keys        *automaton.DFA // all but folders and ignored ones
	objects     *automaton.DFA // BUCKET/KEY of both
	sources     *automaton.DFA // nil without sources
	claims      *automaton.DFA // objects that fire nothing; nil without claims
	readable    *automaton.DFA // objects that read well in examples
}

// sharedLanguages returns the shared languages, and makes them the first time.
func (a *Analysis) sharedLanguages() (*sharedLanguages, error) {
	if a.shared != nil {
		return a.shared, nil
	}
	var errs []error
	language := func(build func(n *automaton.NFA)) *automaton.DFA {
		d, err := a.languageOf(build)
		if err != nil {
			errs = append(errs, err)
		}
		return d
	}
	s := &sharedLanguages{}
	s.bucketNames = language(func(n *automaton.NFA) {
		middle := oneOrMore(n, n.One(0, alphanumerics...), bucketNameSymbols)
		n.Accept(n.One(middle, alphanumerics...))
	})
	s.keys = language(func(n *automaton.NFA) { n.Accept(n.One(n.Any(0), automaton.PlainSymbols...)) })
	if a.set.Ignored != nil && len(errs) == 0 {
		ignored := language(func(n *automaton.NFA) {
			for _, i := range a.set.Ignored {
				n.Accept(i.Pattern.AddTo(n, 0))
			}
		})
		if len(errs) == 0 {
			var err error
			if s.keys, err = s.keys.Without(ignored); err != nil {
				errs = append(errs, err)
			}
		}
	}
	if a.set.Sources != nil {
		s.sources = language(func(n *automaton.NFA) {
			for _, src := range a.set.Sources {
				n.Accept(n.Any(n.Text(a.addBuckets(n, src.Bucket), "/"+src.Prefix)))
			}
		})
	}
	if c := a.set.Claims; c != nil {
		s.claims = language(func(n *automaton.NFA) {
			bucket := n.Repeat(0, bucketNameSymbols...)
			if c.Bucket != "" {
				bucket = n.Text(0, c.Bucket)
			}
			n.Accept(n.Any(n.Text(bucket, "/"+c.Prefix)))
		})
	}
	s.readable = language(func(n *automaton.NFA) { // words with single . - _ or / between them
		words := oneOrMore(n, 0, alphanumerics)
		for _, r := range ".-_/" {
			n.Epsilon(oneOrMore(n, n.One(words, [2]rune{r, r}), alphanumerics), words)
		}
		n.Accept(words)
	})
	if len(errs) > 0 {
		return nil, errs[0]
	}
	var err error
	if s.objects, err = s.bucketNames.Concat('/', s.keys); err == nil {
		a.shared = s
	}
	return s, err
}

// languageOf returns the language of the automaton that build makes.
func (a *Analysis) languageOf(build func(n *automaton.NFA)) (*automaton.DFA, error) {
	n := automaton.NewNFA(a.budget)
	defer n.Free()
	build(n)
	return n.Deterministic()
}

// languageOfAny returns the texts that any of some patterns matches.
func (a *Analysis) languageOfAny(patterns []*glob.Pattern) (*automaton.DFA, error) {
	return a.languageOf(func(n *automaton.NFA) {
		for _, p := range patterns {
			if n.Large() {
				break
			}
			n.Accept(p.AddTo(n, 0))
		}
	})
}

// intersectWithNFA returns the texts of d that n accepts.
func intersectWithNFA(d *automaton.DFA, n *automaton.NFA) (*automaton.DFA, error) {
	other, err := n.Deterministic()
	if err != nil {
		return nil, err
	}
	defer other.Free()
	return d.And(other)
}

// oneOrMore adds one or more symbols after a state and returns the state at their end.
func oneOrMore(n *automaton.NFA, from int32, symbols [][2]rune) int32 {
	return n.Repeat(n.One(from, symbols...), symbols...)
}

// addBuckets adds the names of buckets that a pattern matches and returns the state at their end. The wildcards of the
// pattern match slashes as well, which names do not hold.
func (a *Analysis) addBuckets(n *automaton.NFA, pattern *glob.Pattern) int32 {
	names, err := a.languageOfAny([]*glob.Pattern{pattern})
	if err != nil {
		return pattern.AddTo(n, 0)
	}
	end, _ := n.CopyFragment(0, names, 0, names.Ends(), bucketNameSymbols, 0)
	return end
}

// addObjects adds the objects of any bucket whose keys match a pattern.
func addObjects(n *automaton.NFA, key *glob.Pattern) {
	n.Accept(key.AddTo(n, n.Text(n.Repeat(0, bucketNameSymbols...), "/")))
}
