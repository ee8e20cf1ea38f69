package loopcheck

import (
	"slices"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
)

// keyChain is one choice of states at which the sections of marked objects end. A section lies between two places at which
// a variable can begin or end: after the bucket, at the last slash, at the last dot of the base name, and at the marks of
// captures. The texts of the sections combine freely.
type keyChain struct {
	objects  *automaton.DFA
	sections []section
	ranges   map[ruleset.Part]sectionRange // by variable; one that is missing is empty
}

// section holds the texts that lead from one state to others.
type section struct {
	start   int32
	ends    automaton.States
	symbols [][2]rune
	after   string // the separator between it and the next section, "" at a mark
}

// sectionRange is the sections of a variable, the last one excluded.
type sectionRange struct{ from, to int }

// phase is the part of an object that a chain has come to.
type phase int

const (
	inBucket phase = iota
	inDirname
	inBarename // before the last dot of the base name
	inBasename // of a base name without a dot
	inExt
)

var phaseSymbols = [...][][2]rune{
	inBucket: bucketNameSymbols, inDirname: automaton.AnySymbols, inBarename: automaton.PlainSymbols,
	inBasename: bareNameSymbols, inExt: bareNameSymbols,
}

// keyChains returns all chains of marked objects. captures are the names of the captures, by the numbers of their marks.
// The error is [automaton.ErrTooLarge].
func keyChains(objects *automaton.DFA, captures []string) ([]keyChain, error) {
	b := chainBuilder{objects: objects, captures: captures}
	b.follow(0, inBucket, nil, nil)
	return b.chains, b.err
}

// chainBuilder is the state of keyChains.
type chainBuilder struct {
	objects  *automaton.DFA
	captures []string
	chains   []keyChain
	steps    int
	err      error
}

// boundary is where a variable begins or ends: before a section.
type boundary struct {
	symbol  rune // a mark, or the separator
	phase   phase
	section int
}

// follow continues a chain of sections that has come to a state.
func (b *chainBuilder) follow(start int32, in phase, sections []section, bounds []boundary) {
	d := b.objects
	if b.steps++; b.steps > maxKeySplits || d.Budget().Spend(d.Size(), d.Size()) != nil {
		b.err = automaton.ErrTooLarge
	}
	if b.err != nil {
		return
	}
	reach := slices.Clone(d.Reach([]int32{start}, phaseSymbols[in]))
	continueAfter := func(symbol rune, after string, phases ...phase) {
		for _, to := range d.Targets(reach, symbol) {
			ends := make(automaton.States, d.Size())
			for _, s := range reach {
				next, ok := d.Step(s, symbol)
				ends[s] = ok && next == to
			}
			all := append(slices.Clone(sections), section{start, ends, phaseSymbols[in], after})
			for _, next := range phases {
				b.follow(to, next, all, append(slices.Clone(bounds), boundary{symbol, next, len(all)}))
			}
		}
	}
	if in != inBucket {
		for i := range b.captures {
			continueAfter(glob.BeginMark(i), "", in)
			continueAfter(glob.EndMark(i), "", in)
		}
	}
	switch in {
	case inBucket:
		continueAfter('/', "/", inDirname, inBarename, inBasename)
	case inDirname:
		continueAfter('/', "/", inBarename, inBasename)
	case inBarename:
		continueAfter('.', ".", inExt)
	default:
		ends := make(automaton.States, d.Size())
		for _, s := range reach {
			ends[s] = d.Accepts(s)
		}
		if slices.Contains(ends, true) {
			b.end(append(slices.Clone(sections), section{start, ends, phaseSymbols[in], ""}), bounds)
		}
	}
}

// end adds a chain of all its sections.
func (b *chainBuilder) end(sections []section, bounds []boundary) {
	c := keyChain{b.objects, sections, map[ruleset.Part]sectionRange{}}
	set := func(kind ruleset.PartKind, name string, from, to int) {
		c.ranges[ruleset.Part{Kind: kind, Text: name}] = sectionRange{from, to}
	}
	last := len(sections)
	set(ruleset.BucketPart, "bucket", 0, 1)
	set(ruleset.KeyPart, "key", 1, last)
	base := 1
	for _, at := range bounds {
		switch {
		case at.symbol == '/' && at.section > 1:
			base = at.section
			set(ruleset.DirnamePart, "dirname", 1, base)
		case at.symbol == '.':
			set(ruleset.ExtPart, "ext", at.section, last)
			set(ruleset.BarenamePart, "barename", base, at.section)
		}
		for i, name := range b.captures {
			if r := c.ranges[ruleset.Part{Kind: ruleset.CapturePart, Text: name}]; at.symbol == glob.BeginMark(i) {
				set(ruleset.CapturePart, name, at.section, at.section)
			} else if at.symbol == glob.EndMark(i) {
				set(ruleset.CapturePart, name, r.from, at.section)
			}
		}
	}
	set(ruleset.BasenamePart, "basename", base, last)
	if _, ok := c.ranges[ruleset.Part{Kind: ruleset.ExtPart, Text: "ext"}]; !ok {
		set(ruleset.BarenamePart, "barename", base, last)
	}
	b.chains = append(b.chains, c)
	b.objects.Budget().Spend(100, 2000)
}

// text returns a short text of a section.
func (c *keyChain) text(k int) string {
	s := c.sections[k]
	text, _ := c.objects.Path(s.start, s.ends, s.symbols)
	return text
}

// otherText returns a short text of a section that differs from text in more than letter case. It returns false if there is
// none. The error is [automaton.ErrTooLarge].
func (c *keyChain) otherText(k int, text string) (string, bool, error) {
	s, b := c.sections[k], c.objects.Budget()
	language := func(build func(n *automaton.NFA)) (*automaton.DFA, error) {
		n := automaton.NewNFA(b)
		defer n.Free()
		build(n)
		return n.Deterministic()
	}
	all, err := language(func(n *automaton.NFA) {
		end, empty := n.CopyFragment(0, c.objects, s.start, s.ends, s.symbols, 0)
		if n.Accept(end); empty {
			n.Accept(0)
		}
	})
	if err != nil {
		return "", false, err
	}
	same, err := language(func(n *automaton.NFA) { n.Accept(glob.AddFoldedText(n, 0, glob.FoldString(text), true)) })
	if err != nil {
		return "", false, err
	}
	if all, err = all.Without(same); err != nil {
		return "", false, err
	}
	other, ok := all.Path(0, all.Ends(), automaton.AnySymbols)
	return other, ok, b.Err()
}

// object returns an object with the given texts of sections, and short ones for the others.
func (c *keyChain) object(texts map[int]string) string {
	object := ""
	for k, s := range c.sections {
		text, ok := texts[k]
		if !ok {
			text = c.text(k)
		}
		object += text + s.after
	}
	return object
}
