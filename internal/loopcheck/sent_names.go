package loopcheck

import (
	"math"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// sentNames are the targets of an output as sent, for objects of some chains: BUCKET/KEY. A variable that OSS fills in is one
// symbol, because two tasks at one time get the same value. Braces are not doubled. If a target uses a section twice, there
// are also names in which the two texts differ.
type sentNames struct {
	n      *automaton.NFA
	chains []keyChain
	pieces []piece // by tag
}

// piece is a part of a name: a section of a chain, or -1 for a text that does not depend on the object.
type piece struct{ chain, section int }

// newSentNames returns the names for some chains. The error is [automaton.ErrTooLarge].
func newSentNames(o *ruleset.Output, chains []keyChain, b *automaton.Budget) (*sentNames, error) {
	s := &sentNames{n: automaton.NewNFA(b), chains: chains, pieces: []piece{{-1, -1}}}
	for i := range chains {
		w := sentWriter{names: s, output: o, chain: i, at: s.n.State(0), empty: -1}
		s.n.Epsilon(0, w.at)
		if len(o.Target.Bucket.Parts) == 0 {
			w.value(chains[i].ranges[bucketVariable])
		} else {
			w.parts(o.Target.Bucket)
		}
		w.text("/")
		w.parts(o.Target.Key)
		s.n.Accept(w.end())
		if s.n.Large() {
			return nil, automaton.ErrTooLarge
		}
	}
	if s.n = withValidKeys(s.n); s.n.Large() {
		return nil, automaton.ErrTooLarge
	}
	return s, nil
}

// withValidKeys returns the names of n whose keys are not empty and begin with no slash or backslash. OSS has no others, and
// tasks with others fail.
func withValidKeys(n *automaton.NFA) *automaton.NFA {
	const inBucket, atKey, inKey = 0, 1, 2 // copies of n
	count := int32(n.Size())
	x := automaton.NewNFA(n.Budget())
	for s := int32(1); s < 3*count; s++ {
		x.State(n.Tag(s % count))
	}
	for s := int32(0); s < count && !x.Large(); s++ {
		for layer := range int32(3) {
			for to := range n.Epsilons(s) {
				x.Epsilon(layer*count+s, layer*count+to)
			}
			for e := range n.Edges(s) {
				if layer == inKey {
					x.Symbols(layer*count+s, e.Lo, e.Hi, layer*count+e.To)
					continue
				}
				for _, span := range noSlashes {
					x.Symbols(layer*count+s, max(e.Lo, span[0]), min(e.Hi, span[1]), []int32{inBucket, inKey}[layer]*count+e.To)
				}
				if layer == inBucket && e.Lo <= '/' && '/' <= e.Hi {
					x.Symbols(s, '/', '/', atKey*count+e.To)
				}
			}
		}
		if n.Accepts(s) {
			x.Accept(inKey*count + s)
		}
	}
	n.Free()
	return x
}

// noSlashes are all symbols but slash and backslash, those of OSS's variables included.
var noSlashes = [][2]rune{{math.MinInt32, '/' - 1}, {'/' + 1, '\\' - 1}, {'\\' + 1, automaton.AnySymbols[0][1]}}

// anyOf returns the texts of the sections of some name, nil if there is none.
func (s *sentNames) anyOf() (texts map[int]string, err error) {
	all := automaton.NewNFA(s.n.Budget())
	defer all.Free()
	all.Symbols(0, math.MinInt32, automaton.AnySymbols[0][1], 0)
	all.Accept(0)
	any, err := all.Deterministic()
	if err != nil {
		return nil, err
	}
	_, steps, ok, err := s.n.Intersection(any)
	if err != nil || !ok {
		return nil, err
	}
	var pairs []automaton.PairStep
	for _, step := range steps {
		pairs = append(pairs, automaton.PairStep{Text: step.Text, Tags: [2]int32{step.Tag, step.Tag}})
	}
	_, texts = s.sections(pairs, 0)
	return texts, nil
}

var bucketVariable = ruleset.Part{Kind: ruleset.BucketPart, Text: "bucket"}

// usesSection reports whether the names of a chain hold a section.
func (s *sentNames) usesSection(chain, section int) bool {
	for _, p := range s.pieces {
		if p == (piece{chain, section}) {
			return true
		}
	}
	return false
}

// sections returns the chain of a name, and the texts of its sections, as one side of the steps shows them. Of a section
// that the name has twice, the first counts.
func (s *sentNames) sections(steps []automaton.PairStep, side int) (chain int, texts map[int]string) {
	chain = s.pieces[steps[len(steps)-1].Tags[side]].chain
	texts = map[int]string{}
	first := map[int]int32{} // the tag of the first piece of each section
	for tag, p := range s.pieces {
		if p.chain == chain && p.section >= 0 && first[p.section] == 0 {
			first[p.section] = int32(tag)
			texts[p.section] = ""
		}
	}
	for _, step := range steps {
		if p := s.pieces[step.Tags[side]]; p.section >= 0 && first[p.section] == step.Tags[side] {
			texts[p.section] += step.Text
		}
	}
	return chain, texts
}

// sentWriter adds the names of one chain. Like [targetWriter], it leaves out the slash after an empty variable.
type sentWriter struct {
	names  *sentNames
	output *ruleset.Output
	chain  int
	at     int32 // state after all that is written
	empty  int32 // the same if the last variable was empty, -1 if it cannot be
}

// begin adds a state after another, with the tag of a new piece.
func (w *sentWriter) begin(from int32, section int) int32 {
	w.names.pieces = append(w.names.pieces, piece{w.chain, section})
	s := w.names.n.State(int32(len(w.names.pieces) - 1))
	w.names.n.Epsilon(from, s)
	return s
}

// end adds a state after all that is written, the last variable empty or not.
func (w *sentWriter) end() int32 {
	n := w.names.n
	s := n.State(0)
	n.Epsilon(w.at, s)
	if w.empty >= 0 {
		n.Epsilon(w.empty, s)
	}
	return s
}

// text writes a text that stays as it is after an empty variable.
func (w *sentWriter) text(s string) {
	w.at, w.empty = w.names.n.Text(w.begin(w.end(), -1), s), -1
}

// parts writes all parts of a template.
func (w *sentWriter) parts(t ruleset.Template) {
	n := w.names.n
	for _, p := range t.Parts {
		p, _ := asUnfiltered(p)
		switch {
		case p.Kind == ruleset.LiteralPart && w.empty >= 0:
			from := w.begin(w.at, -1)
			after := n.State(n.Tag(from))
			n.Epsilon(w.empty, after)
			end := n.State(0)
			n.Epsilon(n.Text(from, p.Text), end)
			n.Epsilon(n.Text(after, strings.TrimPrefix(p.Text, "/")), end)
			w.at, w.empty = end, -1
		case p.Kind == ruleset.LiteralPart:
			w.text(p.Text)
		case p.Kind == ruleset.OSSPart && p.Text == "autoext" && w.output.Format() != "":
			w.text(w.output.Format())
		case p.Kind == ruleset.OSSPart || p.Kind == ruleset.TimePart:
			from, symbol := w.begin(w.end(), -1), ossSymbol(p.Text)
			w.at, w.empty = n.State(n.Tag(from)), -1
			n.Symbols(from, symbol, symbol, w.at)
		default:
			w.value(w.names.chains[w.chain].ranges[p])
		}
	}
}

// ossSymbol returns the symbol of a variable that OSS fills in. No text holds it.
func ossSymbol(name string) rune {
	symbol := rune(-2)
	for _, c := range name {
		symbol = symbol*31 - c
	}
	return min(symbol, -symbol) - 2
}

// value writes the sections of a variable.
func (w *sentWriter) value(r sectionRange) {
	n, c := w.names.n, &w.names.chains[w.chain]
	none, some := w.end(), int32(-1) // states at which nothing, and something, of the value is written; -1 for neither
	for k := r.from; k < r.to; k++ {
		s := &c.sections[k]
		from := w.begin(n.State(0), k)
		tag := n.Tag(from)
		next := n.State(tag)
		write := func(from int32) (empty bool) {
			end, empty := n.CopyFragment(from, c.objects, s.start, s.ends, s.symbols, tag)
			n.Epsilon(end, next)
			return empty
		}
		if some >= 0 && write(some) {
			n.Epsilon(some, next)
		}
		if none >= 0 && !write(none) {
			none = -1
		}
		if some = next; k+1 < r.to && s.after != "" {
			end := w.begin(next, -1)
			if none >= 0 {
				n.Epsilon(none, end)
			}
			none, some = -1, n.Text(end, s.after)
		}
	}
	if some < 0 {
		some = n.State(0) // not reached: the value is empty
	}
	w.at, w.empty = some, none
}
