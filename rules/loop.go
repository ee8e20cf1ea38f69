package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onput/process"
	"onput/rules/glob"
)

// The proof that no rule set loops. A rule loops if what it writes can fire it again, over any number of steps.
//
//  1. From the literal texts at the ends of patterns and targets, and from sources, follows which rules an output may
//     reach at all (meet.go). Without a cycle among these, there is no loop.
//  2. On the cycles, the keys of each rule become a language, exactly: patterns, not, prefix, suffix, letter case, bucket
//     conditions, sources, and earlier rules that stop. What an output writes becomes a language, too (image.go), never too
//     small. Where the one and the other have nothing in common, the rule is not reached.
//  3. What is left is followed around each cycle. A key that comes around is tried out: where it really does, the rule
//     set is refused with that key ([loop]). Where no key can be found and yet none excluded, it is refused as well
//     ([loop-unproven]), and so it is where a language grows too large to tell.
//
// events, size, type and where are taken to hold: whether they do is not in the rule file's hands.

// Bounds of the proof. Beyond them the answer is [loop-unproven].
const (
	maxRounds = 3000       // languages that are followed around the cycles of one file
	maxStates = 10_000_000 // states of all languages that are made for one file: some ten seconds
	maxTries  = 300        // keys that are tried out for one cycle
)

// hop is a rule that an object fires.
type hop struct {
	at   process.Location
	rule int
}

// loop is a chain of objects, each written for the one before it, in which a rule fires twice: the last hop is the same rule
// as one before it.
type loop []hop

// refuseLoops reports the loops of the file, and what cannot be shown to be none.
func (d *document) refuseLoops(s *Set, f *fileDef, p *prover) {
	edges := s.meetings()
	for _, component := range cycles(slices.Sorted(maps.Keys(edges)), edges) {
		p.prove(component, func(rule int, l loop, reason string) {
			name := f.rules[rule].name.node
			if l != nil {
				d.fail(name, "loop", "%s; say where uploads are in sources, or write elsewhere", s.story(l))
				return
			}
			d.fail(name, "loop-unproven", "rule %s may fire again on what comes of its own output, %s; say where uploads are in sources, or write elsewhere",
				s.rules[rule].name, reason)
		})
	}
}

// story tells a loop: object → (rule) → object → (rule) → …
func (s *Set) story(l loop) string {
	bucket := l[0].at.Bucket
	same := !slices.ContainsFunc(l, func(h hop) bool { return h.at.Bucket != bucket })
	var b strings.Builder
	last := s.rules[l[len(l)-1].rule].name
	fmt.Fprintf(&b, "rule %s fires again on what comes of its own output: ", last)
	for _, h := range l {
		if same {
			b.WriteString(shown(h.at.Key))
		} else {
			b.WriteString(shown(h.at.String()))
		}
		fmt.Fprintf(&b, " → (%s) → ", s.rules[h.rule].name)
	}
	b.WriteString("…")
	return b.String()
}

// shown quotes a key that would not be readable as it is.
func shown(key string) string {
	if q := fmt.Sprintf("%q", key); q[1:len(q)-1] != key || strings.ContainsAny(key, " →") {
		return q
	}
	return key
}

// prover holds what has been computed for one file.
type prover struct {
	set     *Set
	places  map[int]*glob.DFA    // by rule: where an object fires it
	unions  map[string]*glob.DFA // by the texts of patterns
	names   *glob.DFA            // every valid bucket
	keys    *glob.DFA            // every key that can fire
	sources *glob.DFA            // bucket/key of sources; nil without sources
	claims  *glob.DFA            // bucket/key of claims, which fire nothing; nil without claims
	rounds  int
	states  int

	readable *glob.DFA // bucket/key that people can read, for examples
}

func newProver(s *Set) *prover {
	return &prover{set: s, places: map[int]*glob.DFA{}, unions: map[string]*glob.DFA{}}
}

// prove looks for loops among rules that reach each other, and reports the first one that each rule is on.
func (p *prover) prove(component []int, report func(rule int, l loop, reason string)) {
	reported := map[int]bool{}
	// The exact languages leave fewer edges, and fewer cycles.
	edges, err := p.exact(component)
	if err != nil {
		report(component[0], nil, p.reason(component, err))
		return
	}
	for _, c := range cycles(component, edges) {
		for _, rule := range c {
			if reported[rule] {
				continue
			}
			l, err := p.around(rule, c, edges)
			switch {
			case err != nil:
				report(rule, nil, p.reason(c, err))
				return
			case l != nil:
				// A way that only leads to a loop that has been reported tells nothing new.
				if known := reported[l[len(l)-1].rule]; !known {
					report(rule, l, "")
				}
				for _, h := range l {
					reported[h.rule] = true
				}
			}
		}
	}
}

// reason says why a proof failed.
func (p *prover) reason(rules []int, err error) string {
	var u unclear
	if errors.As(err, &u) {
		return u.reason
	}
	var names []string
	for _, r := range rules[:min(len(rules), 5)] {
		names = append(names, p.set.rules[r].name)
	}
	what := "because the patterns of "
	if len(rules) > 1 {
		what = "because the patterns and targets of "
	}
	return "and whether it does cannot be told, " + what + strings.Join(names, ", ") +
		" make a language that is too large: fewer wildcards in one segment, fewer alternatives or a shorter not make it smaller"
}

// unclear is the error of a cycle that no key shows and that cannot be excluded.
type unclear struct{ reason string }

func (u unclear) Error() string { return u.reason }

// exact returns which rules of a component reach which, by their languages.
func (p *prover) exact(component []int) (map[int][]int, error) {
	edges := map[int][]int{}
	for _, i := range component {
		from, err := p.place(i)
		if err != nil {
			return nil, err
		}
		for o := range p.set.rules[i].outputs {
			if p.set.rules[i].outputs[o].target == nil {
				continue
			}
			written, err := p.image(i, o, from)
			if err != nil {
				return nil, err
			}
			for _, j := range component {
				if slices.Contains(edges[i], j) {
					continue
				}
				to, err := p.place(j)
				if err != nil {
					return nil, err
				}
				if _, _, ok := written.Meet(to); ok {
					edges[i] = append(edges[i], j)
				}
			}
		}
	}
	return edges, nil
}

// image returns the language of what an output of a rule writes for some objects.
func (p *prover) image(rule, output int, objects *glob.DFA) (*glob.NFA, error) {
	r := &p.set.rules[rule]
	n, err := image(r, &r.outputs[output], objects)
	if err != nil {
		return nil, err
	}
	return n, p.spend(n.Size())
}

// spend counts states, and says when they are too many.
func (p *prover) spend(states int) error {
	if p.states += states; p.states > maxStates {
		return glob.ErrTooLarge
	}
	return nil
}

// step is one rule of a way around a cycle: the objects that get there, and what its output writes for them.
type step struct {
	rule    int
	objects *glob.DFA
	written *glob.NFA
}

// around follows every way from a rule over rules of its component back to it. It returns a loop that a key shows, nil if
// there is none, and an error if that remains open.
func (p *prover) around(rule int, component []int, edges map[int][]int) (loop, error) {
	start, err := p.place(rule)
	if err != nil {
		return nil, err
	}
	var found loop
	var open error
	var follow func(way []step, at int, objects *glob.DFA) error
	follow = func(way []step, at int, objects *glob.DFA) error {
		r := &p.set.rules[at]
		for o := range r.outputs {
			if r.outputs[o].target == nil || found != nil {
				continue
			}
			if p.rounds++; p.rounds > maxRounds {
				return glob.ErrTooLarge
			}
			written, err := p.image(at, o, objects)
			if err != nil {
				return err
			}
			way := append(slices.Clone(way), step{at, objects, written})
			for _, next := range edges[at] {
				if found != nil || !slices.Contains(component, next) {
					continue
				}
				if next != rule && slices.ContainsFunc(way, func(s step) bool { return s.rule == next }) {
					continue // a shorter cycle, which is followed from there
				}
				to, err := p.place(next)
				if err != nil {
					return err
				}
				_, steps, ok := written.Meet(to)
				switch {
				case !ok:
				case next == rule:
					if found = p.shows(way, steps, component); found == nil && open == nil {
						open = unclear{p.vague(way)}
					}
				default:
					arrived, err := both(to, written)
					if err == nil {
						err = p.spend(arrived.Size())
					}
					if err != nil {
						return err
					}
					if err := follow(way, next, arrived); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	if err := follow(nil, rule, start); err != nil {
		return nil, err
	}
	if found != nil {
		return found, nil
	}
	return nil, open
}

// vague says over which rules the way goes that no key shows.
func (p *prover) vague(way []step) string {
	var names []string
	for _, s := range way[1:] {
		names = append(names, p.set.rules[s.rule].name)
	}
	if names == nil {
		return "and that it does not cannot be shown, although no key was found that does"
	}
	return "over " + strings.Join(names, ", ") + ", and that it does not cannot be shown, although no key was found that does"
}

// shows looks for a key that really goes around: the one from which steps were written, going back to the first rule, and
// then others that fire that rule.
func (p *prover) shows(way []step, steps []glob.Step, component []int) loop {
	var tries []string
	if readable, err := way[0].objects.And(p.readable); err == nil {
		tries = readable.Texts(20)
	}
	for k := len(way) - 1; ; k-- {
		sources := writtenFrom(way[k], steps)
		tries = append(append(tries, p.capturing(way[k], steps)...), sources...)
		if k == 0 || len(sources) == 0 {
			break
		}
		only := glob.NewNFA()
		only.Accept(only.Text(0, sources[0]))
		d, err := only.Deterministic()
		if err != nil {
			break
		}
		var ok bool
		if _, steps, ok = way[k-1].written.Meet(d); !ok {
			break
		}
	}
	tries = append(tries, way[0].objects.Texts(maxTries)...)
	for _, text := range tries {
		bucket, key, _ := strings.Cut(text, "/")
		for _, s := range way { // a key that was found on the way begins there
			if l := p.set.chase(loop{{process.Location{Bucket: bucket, Key: key}, s.rule}}, component, p); l != nil {
				return l
			}
		}
	}
	return nil
}

// capturing returns objects of a step's whose captures take what was written for them in a name.
func (p *prover) capturing(s step, steps []glob.Step) []string {
	r := &p.set.rules[s.rule]
	values := map[string]string{}
	for i, name := range r.captureNames() {
		for k, w := range steps {
			if w.Tag == captureTag+int32(i) {
				// A capture that stands in the target twice was written twice in a row or apart: the first run counts.
				if k > 0 && steps[k-1].Tag != w.Tag && values[name] != "" {
					break
				}
				values[name] += w.Text
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	var tries []string
	for _, pattern := range r.keys {
		n := glob.NewNFA()
		n.Accept(n.Pattern(n.Text(n.Repeat(0, glob.NameSymbols...), "/"), pattern.Holding(values)))
		d, err := n.Deterministic()
		if err == nil {
			d, err = d.And(s.objects)
		}
		if err == nil {
			tries = append(tries, d.Texts(10)...)
		}
	}
	return tries
}

// writtenFrom returns objects of a step's from which a name may have been written, as bucket/key: its parts where the target
// shows them, and short ones for the others. What fits best comes first.
func writtenFrom(s step, steps []glob.Step) []string {
	parts := map[int32]string{}
	for _, w := range steps {
		parts[w.Tag] += w.Text
	}
	all, err := cuts(s.objects)
	if err != nil {
		return nil
	}
	var fitting, others []string
	for _, c := range all {
		ways := []struct {
			tag   int32
			start int32
			ends  map[int32]bool
			spans [][2]rune
			after string
		}{{bucketTag, 0, endsBefore(s.objects, 0, glob.NameSymbols, '/', c.bucket), glob.NameSymbols, "/"}}
		if c.hasDir {
			ways = append(ways, ways[0])
			ways[1].tag, ways[1].start, ways[1].spans = dirTag, c.bucket, glob.AnySymbols
			ways[1].ends = endsBefore(s.objects, c.bucket, glob.AnySymbols, '/', c.dir)
		}
		last := ways[0]
		last.tag, last.start, last.spans, last.after = bareTag, c.dir, glob.BareSymbols, ""
		last.ends = acceptBehind(s.objects, c.dir, glob.BareSymbols)
		if c.hasExt {
			last.spans, last.after = glob.PlainSymbols, "."
			last.ends = endsBefore(s.objects, c.dir, glob.PlainSymbols, '.', c.bare)
		}
		ways = append(ways, last)
		if c.hasExt {
			last.tag, last.start, last.spans, last.after = extTag, c.bare, glob.BareSymbols, ""
			last.ends = acceptBehind(s.objects, c.bare, glob.BareSymbols)
			ways = append(ways, last)
		}
		text := ""
		for _, w := range ways {
			part, ok := parts[w.tag]
			if !ok {
				part, _ = s.objects.Path(w.start, w.ends, w.spans)
			}
			text += part + w.after
		}
		if !s.objects.Has(text) {
			continue
		}
		_, dir := parts[dirTag]
		_, ext := parts[extTag]
		if (!dir || c.hasDir) && (!ext || c.hasExt) {
			fitting = append(fitting, text)
		} else {
			others = append(others, text)
		}
	}
	return append(fitting, others...)
}

// chase follows an object from rule to rule as it really goes, until a rule fires a second time. Of the names that OSS may fill
// in, it takes those that fire something.
func (s *Set) chase(so loop, component []int, p *prover) loop {
	at := so[len(so)-1]
	if !s.reaches(at.rule, at.at) {
		return nil
	}
	for _, h := range so[:len(so)-1] {
		if h.rule == at.rule {
			return so
		}
	}
	if len(so) > len(component)+1 {
		return nil
	}
	r := &s.rules[at.rule]
	u := &Upload{Bucket: at.at.Bucket, Key: at.at.Key, ETag: "0123456789ABCDEF", Size: -1}
	for _, t := range r.fire(u, nil) {
		if t.Err != nil || t.Target.Key == "" {
			continue
		}
		names := named(&r.outputs[t.Output], t.Target)
		for _, next := range component {
			to, err := p.place(next)
			if err != nil {
				continue
			}
			text, _, ok := names.Meet(to)
			if !ok {
				continue
			}
			bucket, key, _ := strings.Cut(text, "/")
			if l := s.chase(append(slices.Clone(so), hop{process.Location{Bucket: bucket, Key: key}, next}), component, p); l != nil {
				return l
			}
		}
	}
	return nil
}

// reaches says whether an object in that place can fire the rule: sources and its own conditions on the place hold, and no
// earlier rule that stops takes it.
func (s *Set) reaches(number int, at process.Location) bool {
	r := &s.rules[number]
	if !s.isSource(at.Bucket, at.Key) || s.isClaim(at.Bucket, at.Key) || at.Key == "" || len(at.Key) > process.MaxKey || strings.HasSuffix(at.Key, "/") ||
		!process.ValidBucket(at.Bucket) || !r.matchesPlace(at.Bucket, at.Key) {
		return false
	}
	for i := range s.rules[:number] {
		if e := &s.rules[i]; e.cuts(r) && e.matchesPlace(at.Bucket, at.Key) {
			return false
		}
	}
	return true
}

// cuts says whether the rule, where its conditions on the place hold, keeps a later one from firing, whatever else is true of
// the upload.
func (r *rule) cuts(later *rule) bool {
	return r.enabled && r.stop && r.placeOnly && later.defaultEvents
}

// place returns the language of where an object fires the rule, as bucket/key.
func (p *prover) place(number int) (*glob.DFA, error) {
	if d, ok := p.places[number]; ok {
		return d, nil
	}
	r := &p.set.rules[number]
	d, err := p.placeAlone(r)
	if err != nil {
		return nil, err
	}
	for i := range p.set.rules[:number] {
		if e := &p.set.rules[i]; e.cuts(r) {
			taken, err := p.placeAlone(e)
			if err != nil {
				return nil, err
			}
			if d, err = d.Without(taken); err != nil {
				return nil, err
			}
		}
	}
	p.places[number] = d
	return d, p.spend(d.Size())
}

// placeAlone is place without the rules before.
func (p *prover) placeAlone(r *rule) (*glob.DFA, error) {
	if err := p.prepare(); err != nil {
		return nil, err
	}
	keys := p.keys
	var err error
	if r.keys != nil {
		if keys, err = p.patterns(r.keys, r.fold); err == nil {
			keys, err = keys.And(p.keys)
		}
	}
	if r.not != nil && err == nil {
		var not *glob.DFA
		if not, err = p.patterns(r.not, r.fold); err == nil {
			keys, err = keys.Without(not)
		}
	}
	if r.prefixes != nil && err == nil {
		n := glob.NewNFA()
		for _, prefix := range r.prefixes {
			n.Accept(n.Any(n.FoldedText(0, prefix, r.fold)))
		}
		keys, err = both(keys, n)
	}
	if r.suffixes != nil && err == nil {
		n := glob.NewNFA()
		for _, suffix := range r.suffixes {
			n.Accept(n.FoldedText(n.Any(0), suffix, r.fold))
		}
		keys, err = both(keys, n)
	}
	buckets := p.names
	if r.buckets != nil && err == nil {
		if buckets, err = p.patterns(r.buckets, false); err == nil {
			buckets, err = buckets.And(p.names)
		}
	}
	if err != nil {
		return nil, err
	}
	d := buckets.Then('/', keys)
	if p.sources != nil {
		d, err = d.And(p.sources)
	}
	if p.claims != nil && err == nil {
		d, err = d.Without(p.claims)
	}
	return d, err
}

// both returns what is in a language and accepted by an automaton.
func both(d *glob.DFA, n *glob.NFA) (*glob.DFA, error) {
	other, err := n.Deterministic()
	if err != nil {
		return nil, err
	}
	return d.And(other)
}

// patterns returns the language of what any of the patterns matches. Many rules have the same not.
func (p *prover) patterns(list []*glob.Pattern, fold bool) (*glob.DFA, error) {
	name := fmt.Sprint(fold, list)
	if d, ok := p.unions[name]; ok {
		return d, nil
	}
	n := glob.NewNFA()
	for _, pattern := range list {
		n.Accept(n.Pattern(0, pattern))
	}
	d, err := n.Deterministic()
	if err == nil {
		p.unions[name] = d
	}
	return d, err
}

// prepare makes the languages that all rules share.
func (p *prover) prepare() error {
	if p.names != nil {
		return nil
	}
	n := glob.NewNFA()
	ends := [][2]rune{{'0', '9'}, {'a', 'z'}} // the first and last character of a bucket's name
	middle := n.Repeat(n.One(n.One(0, ends...), glob.NameSymbols...), glob.NameSymbols...)
	n.Accept(n.One(middle, ends...))
	names, err := n.Deterministic()
	if err != nil {
		return err
	}
	n = glob.NewNFA()
	n.Accept(n.One(n.Any(0), glob.PlainSymbols...))
	if p.keys, err = n.Deterministic(); err != nil {
		return err
	}
	if p.set.sources != nil {
		n = glob.NewNFA()
		for _, s := range p.set.sources {
			n.Accept(n.Any(n.Text(n.Pattern(0, s.bucket), "/"+s.prefix)))
		}
		if p.sources, err = n.Deterministic(); err != nil {
			return err
		}
	}
	if c := p.set.claims; c != nil {
		n = glob.NewNFA()
		bucket := n.Repeat(0, glob.NameSymbols...)
		if c.bucket != "" {
			bucket = n.Text(0, c.bucket)
		}
		n.Accept(n.Any(n.Text(bucket, "/"+c.prefix)))
		if p.claims, err = n.Deterministic(); err != nil {
			return err
		}
	}
	// Segments of letters and digits, with single dots, hyphens and underscores between.
	n = glob.NewNFA()
	word := func(from int32) int32 { return n.Repeat(n.One(from, ends...), ends...) }
	segment := word(0)
	for _, between := range []rune{'.', '-', '_', '/'} {
		n.Move(word(n.One(segment, [2]rune{between, between})), segment)
	}
	n.Accept(segment)
	if p.readable, err = n.Deterministic(); err != nil {
		return err
	}
	p.names = names
	return nil
}
