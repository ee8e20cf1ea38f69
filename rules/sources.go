package rules

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/process"
)

// Where an object has to be to fire a rule: as a question about one object, and as the language of all such places, written
// bucket/key.

// reaches says whether an object in that place can fire the rule: sources and its own conditions on the place hold, and no
// earlier rule that stops takes it.
func (p *prover) reaches(number int, at process.Location) bool {
	s := p.set
	r := &s.rules[number]
	if !s.isSource(at.Bucket, at.Key) || s.isClaim(at.Bucket, at.Key) || at.Key == "" || len(at.Key) > process.MaxKey || strings.HasSuffix(at.Key, "/") ||
		!process.ValidBucket(at.Bucket) || !r.matchesPlace(at.Bucket, at.Key) {
		return false
	}
	for _, i := range p.cutting(number) {
		if s.rules[i].matchesPlace(at.Bucket, at.Key) {
			return false
		}
	}
	return true
}

// cutting returns the rules that, where their conditions on the place hold, keep a later one from firing, whatever else is
// true of the upload; as far as the ends of keys tell, only those that take any of its keys.
func (p *prover) cutting(later int) []int {
	s := p.set
	if s.stopping == nil || !s.rules[later].defaultEvents {
		return nil
	}
	if p.cut.later != later {
		rules := p.cut.rules[:0]
		if p.cut.find == nil {
			p.cut.find = p.finderOf(slices.Values(s.stopping))
		}
		for _, a := range p.affixes(later) {
			rules = p.hearers(p.cut.find, rules, a)
		}
		slices.Sort(rules)
		rules = slices.Compact(rules)
		n, _ := slices.BinarySearch(rules, later)
		p.cut.later, p.cut.rules = later, rules[:n]
	}
	return p.cut.rules
}

// place returns the language of where an object fires the rule, as bucket/key.
func (p *prover) place(number int) (*automaton.DFA, error) {
	if d, ok := p.places[number]; ok {
		return d, nil
	}
	d, err := p.alone(number)
	if err != nil {
		return nil, err
	}
	for _, i := range p.cutting(number) {
		taken, err := p.alone(i)
		if err != nil {
			return nil, err
		}
		if d, err = d.Without(taken); err != nil {
			return nil, err
		}
		if err := p.spend(d.Size()); err != nil {
			return nil, err
		}
	}
	p.places[number] = d
	return d, nil
}

// alone is place without what earlier rules take.
func (p *prover) alone(number int) (*automaton.DFA, error) {
	if d, ok := p.alones[number]; ok {
		return d, nil
	}
	if err := p.spend(0); err != nil { // there is nothing left to spend
		return nil, err
	}
	d, err := p.placeAlone(&p.set.rules[number])
	if err != nil {
		return nil, err
	}
	p.alones[number] = d
	return d, p.spend(d.Size())
}

// placeAlone makes the language of where an object fires a rule that is the only one.
func (p *prover) placeAlone(r *rule) (*automaton.DFA, error) {
	if err := p.prepare(); err != nil {
		return nil, err
	}
	keys := p.keys
	var err error
	if r.keys != nil {
		if keys, err = patterns(r.keys); err == nil {
			keys, err = keys.And(p.keys)
		}
	}
	if r.not != nil && err == nil {
		var not *automaton.DFA
		if not, err = p.shared(unionOf(r.not, false, r.fold), r.not); err == nil {
			keys, err = keys.Without(not)
		}
	}
	if r.prefixes != nil && err == nil {
		n := automaton.NewNFA()
		for _, prefix := range r.prefixes {
			n.Accept(n.Any(glob.AddFoldedText(n, 0, prefix, r.fold)))
		}
		keys, err = both(keys, n)
	}
	if r.suffixes != nil && err == nil {
		n := automaton.NewNFA()
		for _, suffix := range r.suffixes {
			n.Accept(glob.AddFoldedText(n, n.Any(0), suffix, r.fold))
		}
		keys, err = both(keys, n)
	}
	buckets := p.names
	if r.buckets != nil && err == nil {
		if buckets, err = p.shared(unionOf(r.buckets, true, false), r.buckets); err == nil {
			buckets, err = buckets.And(p.names)
		}
	}
	if err != nil {
		return nil, err
	}
	d := buckets.Concat('/', keys)
	if p.sources != nil {
		d, err = d.And(p.sources)
	}
	if p.claims != nil && err == nil {
		d, err = d.Without(p.claims)
	}
	return d, err
}

// both returns what is in a language and accepted by an automaton.
func both(d *automaton.DFA, n *automaton.NFA) (*automaton.DFA, error) {
	other, err := n.Deterministic()
	if err != nil {
		return nil, err
	}
	return d.And(other)
}

// patterns returns the language of what any of the patterns matches.
func patterns(list []*glob.Pattern) (*automaton.DFA, error) {
	n := automaton.NewNFA()
	for _, pattern := range list {
		n.Accept(pattern.AddTo(n, 0))
	}
	return n.Deterministic()
}

// union is a list of patterns: of a not, or of buckets.
type union struct {
	buckets, fold bool
	texts         string
}

func unionOf(list []*glob.Pattern, buckets, fold bool) union {
	u := union{buckets, fold, list[0].String()}
	for _, p := range list[1:] {
		u.texts += "\x00" + p.String() // no pattern holds one
	}
	return u
}

// shared is patterns for what many rules have in common.
func (p *prover) shared(u union, list []*glob.Pattern) (*automaton.DFA, error) {
	d, ok := p.unions[u]
	if !ok {
		var err error
		if d, err = patterns(list); err != nil {
			return nil, err
		}
		p.unions[u] = d
	}
	return d, nil
}

// prepare makes the languages that all rules share.
func (p *prover) prepare() error {
	if p.names != nil {
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
	if p.keys, err = n.Deterministic(); err != nil {
		return err
	}
	if p.set.sources != nil {
		n = automaton.NewNFA()
		for _, s := range p.set.sources {
			n.Accept(n.Any(n.Text(s.bucket.AddTo(n, 0), "/"+s.prefix)))
		}
		if p.sources, err = n.Deterministic(); err != nil {
			return err
		}
	}
	if c := p.set.claims; c != nil {
		n = automaton.NewNFA()
		bucket := n.Repeat(0, bucketNameSymbols...)
		if c.Bucket != "" {
			bucket = n.Text(0, c.Bucket)
		}
		n.Accept(n.Any(n.Text(bucket, "/"+c.Prefix)))
		if p.claims, err = n.Deterministic(); err != nil {
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
	if p.readable, err = n.Deterministic(); err != nil {
		return err
	}
	p.anywhere = names.Concat('/', p.keys)
	p.names = names
	return nil
}
