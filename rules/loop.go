package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/process"
)

// The proof that no rule set loops. A rule loops if what it writes can fire it again, over any number of steps.
//
//  1. From the literal texts at the ends of patterns and targets, and from sources, follows which rules an output may
//     reach at all (meet.go). A rule whose not leaves out whatever the output can write is not among them. Without a cycle
//     among these, there is no loop.
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
	maxStates = 10_000_000 // states of all languages that are made for one file, and pairs of them that are looked at: some ten seconds
	maxTries  = 300        // keys that are tried out for one cycle
	maxHops   = 10_000     // from object to object, of all keys that are tried out for one file

	maxLooks    = 100_000_000 // at pairs of rules that may fire one after the other as far as the ends of keys tell: some ten seconds
	maxMeetings = 10_000_000  // such pairs as buckets and not do not tell apart
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
	hint := "say where uploads are in sources, or write elsewhere"
	if s.sources != nil {
		hint = "write outside of the sources, which are " + strings.Join(s.Sources(), ", ") + ", or leave it out with not"
	}
	unproven := func(rule int, reason string) {
		d.fail(d.nameNode(f, rule), "loop-unproven", "rule %s may fire again on what comes of its own output, %s; %s", s.rules[rule].name, reason, hint)
	}
	edges, stuck := p.meetings()
	if stuck >= 0 {
		unproven(stuck, "and whether it does cannot be told, because too many pairs of rules may fire one after the other")
		return
	}
	for _, component := range cycles(slices.Sorted(maps.Keys(edges)), edges) {
		p.prove(component, func(rule int, l loop, reason string) {
			if l != nil {
				d.fail(d.nameNode(f, rule), "loop", "%s; %s", s.story(l), hint)
			} else {
				unproven(rule, reason)
			}
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
	set      *Set
	folds    bool        // some rule ignores case
	ends     [][]affixes // by rule
	prefixes []string    // of sources, folded where any rule ignores case; nil before they are asked for
	find     *finder
	places   map[int]*automaton.DFA // by rule: where an object fires it
	alones   map[int]*automaton.DFA // by rule: where it would without the rules before it
	unions   map[union]*automaton.DFA
	names    *automaton.DFA // every valid bucket
	keys     *automaton.DFA // every key that can fire
	sources  *automaton.DFA // bucket/key of sources; nil without sources
	claims   *automaton.DFA // bucket/key of claims, which fire nothing; nil without claims
	rounds   int
	states   int
	hops     int

	cut struct { // see cutting
		find  *finder // of the rules that stop
		later int     // the rule that was asked for last, -1 for none
		rules []int   // and what cuts it
	}

	anywhere *automaton.DFA   // bucket/key of whatever can fire
	left     map[leaving]bool // what has been found out
	looked   int              // states of the languages for that
	last     struct {         // the last of them
		leaving
		written *automaton.NFA
		rest    *automaton.DFA
	}

	readable *automaton.DFA // bucket/key that people can read, for examples
}

func newProver(s *Set) *prover {
	folds := slices.ContainsFunc(s.rules, func(r rule) bool { return r.fold })
	p := &prover{set: s, folds: folds, ends: make([][]affixes, len(s.rules)), places: map[int]*automaton.DFA{}, alones: map[int]*automaton.DFA{},
		unions: map[union]*automaton.DFA{}, left: map[leaving]bool{}}
	p.cut.later = -1
	return p
}

// prove looks for loops among rules that reach each other, and reports the first one that each rule is on.
func (p *prover) prove(component []int, report func(rule int, l loop, reason string)) {
	// The exact languages leave fewer edges, and fewer cycles. What earlier rules take is most of the work: few rules need it.
	edges, err := p.exact(component, p.alone)
	if err != nil {
		report(component[0], nil, p.reason(component, err))
		return
	}
	for _, c := range cycles(component, edges) {
		edges := edges
		if p.set.stopping != nil {
			if edges, err = p.exact(c, p.place); err != nil {
				report(c[0], nil, p.reason(c, err))
				return
			}
		}
		if !p.proveCycles(cycles(c, edges), edges, report) {
			return
		}
	}
}

// proveCycles does what prove does, for cycles by the languages of the rules. It reports false where it had to give up.
func (p *prover) proveCycles(all [][]int, edges map[int][]int, report func(rule int, l loop, reason string)) bool {
	reported := map[int]bool{}
	for _, c := range all {
		for _, rule := range c {
			if reported[rule] {
				continue
			}
			l, err := p.around(rule, c, edges)
			switch {
			case err != nil:
				report(rule, nil, p.reason(c, err))
				return false
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
	return true
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

// exact returns which rules of a component reach which, by the languages of where they fire.
func (p *prover) exact(component []int, place func(rule int) (*automaton.DFA, error)) (map[int][]int, error) {
	edges := map[int][]int{}
	for _, i := range component {
		from, err := place(i)
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
				to, err := place(j)
				if err != nil {
					return nil, err
				}
				meets, work := written.Intersects(to)
				if meets {
					edges[i] = append(edges[i], j)
				}
				if err := p.spend(work / 4); err != nil { // a pair of states is looked at faster than a state is made
					return nil, err
				}
			}
		}
	}
	return edges, nil
}

// writing is what an output writes for any object at all, as far as it depends on the output.
type writing struct {
	target *target
	format string
	rule   *rule // where captures are among it
}

// leaving is what an output writes, and a not that may leave it out.
type leaving struct {
	writing
	not union
}

// leftOut says whether the not of a rule leaves out whatever an output of another can write, for any object at all. Rules
// often share both, and then it takes one look for all of them.
func (p *prover) leftOut(from *rule, o *output, to *rule) bool {
	if to.not == nil {
		return false
	}
	id := leaving{writing{target: o.target, format: o.format()}, unionOf(to.not, false, to.fold)}
	if from.capturing {
		id.rule = from
	}
	left, ok := p.left[id]
	if !ok && p.looked <= maxStates {
		left = p.leaves(id, from, o, to)
		p.left[id] = left
	}
	return left
}

func (p *prover) leaves(id leaving, from *rule, o *output, to *rule) bool {
	if p.prepare() != nil {
		return false
	}
	if p.last.writing != id.writing {
		p.last.writing = id.writing
		p.last.written, _ = image(from, o, p.anywhere)
	}
	if p.last.not != id.not {
		p.last.not = id.not
		p.last.rest, _ = p.placeAlone(&rule{not: to.not, fold: to.fold})
	}
	written, rest := p.last.written, p.last.rest
	if written == nil || rest == nil {
		return false // a language is too large: whether the rule is reached is told from its keys
	}
	p.looked += written.Size() + rest.Size()
	meets, work := written.Intersects(rest)
	p.looked += work
	return !meets
}

// image returns the language of what an output of a rule writes for some objects.
func (p *prover) image(rule, output int, objects *automaton.DFA) (*automaton.NFA, error) {
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
		return automaton.ErrTooLarge
	}
	return nil
}

// step is one rule of a way around a cycle: the objects that get there, and what its output writes for them.
type step struct {
	rule    int
	objects *automaton.DFA
	written *automaton.NFA
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
	var follow func(way []step, at int, objects *automaton.DFA) error
	follow = func(way []step, at int, objects *automaton.DFA) error {
		r := &p.set.rules[at]
		for o := range r.outputs {
			if r.outputs[o].target == nil || found != nil {
				continue
			}
			if p.rounds++; p.rounds > maxRounds {
				return automaton.ErrTooLarge
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
				_, steps, ok := written.Intersection(to)
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
