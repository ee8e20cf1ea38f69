package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
	"onput/process"
)

// The language of what an output writes, as bucket/key: every name that it can come to for the sources of its rule. The
// parts of a source that a target is made of are cut out of the language of sources, so that they fit together; a part that
// stands in a target twice may differ from itself here, so that the language is never too small.

// Tags of the states in which parts of the source are written.
const (
	bucketTag int32 = iota + 1
	dirTag
	bareTag
	extTag
	captureTag // and above: the captures, in the order of the first pattern's
)

// cut is one way to take sources apart: where in their language the bucket ends, the folders, and the bare name.
type keySplit struct {
	bucket int32 // behind the slash after the bucket
	hasDir bool
	dir    int32 // behind the last slash
	hasExt bool
	bare   int32 // behind the last dot
}

// maxCuts bounds the ways to take the sources of one rule apart.
const maxKeySplits = 2000

// cuts returns every way in which sources can be taken apart.
func keySplits(d *automaton.DFA) ([]keySplit, error) {
	var all []keySplit
	for _, bucket := range d.Targets(d.Reach([]int32{0}, bucketNameSymbols), '/') {
		dirs := []keySplit{{bucket: bucket, dir: bucket}}
		for _, dir := range d.Targets(d.Reach([]int32{bucket}, automaton.AnySymbols), '/') {
			dirs = append(dirs, keySplit{bucket: bucket, hasDir: true, dir: dir})
		}
		for _, c := range dirs {
			if _, ok := d.Path(c.dir, acceptingFrom(d, c.dir, bareNameSymbols), bareNameSymbols); ok {
				all = append(all, c)
			}
			for _, bare := range d.Targets(d.Reach([]int32{c.dir}, automaton.PlainSymbols), '.') {
				if slices.Contains(acceptingFrom(d, bare, bareNameSymbols), true) {
					c.hasExt, c.bare = true, bare
					all = append(all, c)
				}
			}
			if len(all) > maxKeySplits {
				return nil, automaton.ErrTooLarge
			}
		}
	}
	return all, nil
}

// acceptBehind returns the states at which a source may end that begins its last part at a state.
func acceptingFrom(d *automaton.DFA, from int32, spans [][2]rune) automaton.States {
	ends := make(automaton.States, d.Size())
	for _, s := range d.Reach([]int32{from}, spans) {
		if d.Accepts(s) {
			ends[s] = true
		}
	}
	return ends
}

// endsBefore returns the states from which a symbol leads to a state.
func endsBefore(d *automaton.DFA, from int32, spans [][2]rune, r rune, to int32) automaton.States {
	ends := make(automaton.States, d.Size())
	for _, s := range d.Reach([]int32{from}, spans) {
		next, ok := d.Step(s, r)
		ends[s] = ok && next == to
	}
	return ends
}

// image returns the language of what an output of a rule writes for the sources in d. The error is automaton.ErrTooLarge.
func outputLanguageOf(r *ruleset.Rule, o *ruleset.Output, d *automaton.DFA) (*automaton.NFA, error) {
	all, err := keySplits(d)
	if err != nil {
		return nil, err
	}
	n := automaton.NewNFA()
	for _, c := range all {
		w := targetWriter{n: n, d: d, split: c, rule: r, output: o}
		w.begin(0)
		if len(o.Target.Bucket.Parts) == 0 {
			w.part(ruleset.Part{Kind: ruleset.BucketPart})
		} else {
			w.parts(o.Target.Bucket.Parts)
		}
		w.literal("/")
		w.parts(o.Target.Key.Parts)
		n.Accept(w.end())
		if n.Large() {
			return nil, automaton.ErrTooLarge
		}
	}
	if x := addImplicitExtension(o, n); !x.Large() {
		return x, nil
	}
	return nil, automaton.ErrTooLarge
}

// named returns the language of the names that one target, as sent, can come to: OSS fills in its variables.
func SentTargetLanguage(o *ruleset.Output, t process.Location) *automaton.NFA {
	n := automaton.NewNFA()
	w := targetWriter{n: n, output: o}
	w.begin(0)
	for i, s := range []string{t.Bucket, t.Key} {
		if i > 0 {
			w.literal("/")
		}
		// What is sent is a template of OSS's variables alone.
		sent, _ := ruleset.ParseTemplate(s, ruleset.Scope{Clock: true, OSS: ruleset.OutputVariables, Tags: true})
		w.parts(sent.Parts)
	}
	n.Accept(w.end())
	return addImplicitExtension(o, n)
}

// extended adds the extension that OSS appends to names without one.
func addImplicitExtension(o *ruleset.Output, n *automaton.NFA) *automaton.NFA {
	if parts := o.Target.Key.Parts; len(parts) > 0 {
		if last := parts[len(parts)-1]; last.Kind == ruleset.LiteralPart && strings.LastIndexByte(last.Text, '.') > strings.LastIndexByte(last.Text, '/') {
			return n // every name has one
		}
	}
	return withImplicitExtension(n, o.Format())
}

// writer writes the names that a template can come to.
type targetWriter struct {
	n      *automaton.NFA
	d      *automaton.DFA
	split  keySplit
	rule   *ruleset.Rule
	output *ruleset.Output
	at     int32 // where the text goes on
	empty  int32 // where it goes on if the variable before was empty; -1 if it cannot have been
}

// begin starts behind a state, with nothing written.
func (w *targetWriter) begin(from int32) {
	w.at, w.empty = w.n.State(0), -1
	w.n.Epsilon(from, w.at)
}

// end joins both ways to go on, and returns the state.
func (w *targetWriter) end() int32 {
	s := w.n.State(0)
	w.n.Epsilon(w.at, s)
	if w.empty >= 0 {
		w.n.Epsilon(w.empty, s)
	}
	return s
}

func (w *targetWriter) literal(text string) { w.at, w.empty = w.n.Text(w.end(), text), -1 }

func (w *targetWriter) parts(parts []ruleset.Part) {
	for _, p := range parts {
		w.part(p)
	}
}

func (w *targetWriter) part(p ruleset.Part) {
	switch p.Kind {
	case ruleset.LiteralPart:
		end := w.n.Text(w.untagged(w.at), p.Text)
		if w.empty >= 0 {
			w.n.Epsilon(w.n.Text(w.untagged(w.empty), strings.TrimPrefix(p.Text, "/")), end)
		}
		w.at, w.empty = end, -1
	case ruleset.OSSPart:
		w.at, w.empty = w.filledInByOSS(w.end(), p.Text), -1
	case ruleset.BucketPart:
		w.copyFragment(0, endsBefore(w.d, 0, bucketNameSymbols, '/', w.split.bucket), bucketNameSymbols, bucketTag)
	case ruleset.DirnamePart:
		w.dirname()
	case ruleset.KeyPart:
		if w.split.hasDir {
			w.dirname()
			w.literal("/")
		}
		w.basename()
	case ruleset.BasenamePart:
		w.basename()
	case ruleset.BarenamePart:
		w.barename()
	case ruleset.ExtPart:
		w.ext()
	case ruleset.ETagPart:
		w.anyText(automaton.PlainChars, 0)
	case ruleset.CapturePart:
		// Where in the key it stands is not looked at: it may be anything that such a capture can be.
		tag := captureTag + int32(slices.Index(w.rule.CaptureNames(), p.Text))
		if w.rule.CapturesSlashes(p.Text) {
			w.anyText(automaton.AnySymbols, tag)
		} else {
			w.anyText(automaton.PlainChars, tag)
			w.empty = -1
		}
	}
}

// fresh returns a state without a tag behind another.
func (w *targetWriter) untagged(from int32) int32 {
	s := w.n.State(0)
	w.n.Epsilon(from, s)
	return s
}

// cutOut writes the texts that lead the sources from a state to one of ends.
func (w *targetWriter) copyFragment(start int32, ends automaton.States, spans [][2]rune, tag int32) {
	from := w.end()
	end, empty := w.n.CopyFragment(from, w.d, start, ends, spans, tag)
	w.at, w.empty = end, -1
	if empty {
		w.empty = from
	}
}

// open writes any text of the spans.
func (w *targetWriter) anyText(spans [][2]rune, tag int32) {
	from := w.end()
	tagged := w.n.State(tag)
	w.n.Epsilon(from, tagged)
	w.at, w.empty = w.n.Repeat(w.n.One(tagged, spans...), spans...), from
}

func (w *targetWriter) emptyText() { w.empty = w.end(); w.at = w.n.State(0) }

func (w *targetWriter) dirname() {
	if !w.split.hasDir {
		w.emptyText()
		return
	}
	w.copyFragment(w.split.bucket, endsBefore(w.d, w.split.bucket, automaton.AnySymbols, '/', w.split.dir), automaton.AnySymbols, dirTag)
}

func (w *targetWriter) basename() {
	w.barename()
	if w.split.hasExt {
		w.literal(".")
		w.ext()
		w.at, w.empty = w.end(), -1 // the dot is there: a base name is never empty
	}
}

func (w *targetWriter) barename() {
	if w.split.hasExt {
		w.copyFragment(w.split.dir, endsBefore(w.d, w.split.dir, automaton.PlainSymbols, '.', w.split.bare), automaton.PlainSymbols, bareTag)
	} else {
		w.copyFragment(w.split.dir, acceptingFrom(w.d, w.split.dir, bareNameSymbols), bareNameSymbols, bareTag)
	}
}

func (w *targetWriter) ext() {
	if !w.split.hasExt {
		w.emptyText()
		return
	}
	w.copyFragment(w.split.bare, acceptingFrom(w.d, w.split.bare, bareNameSymbols), bareNameSymbols, extTag)
}

// filled writes what OSS fills in for a variable.
func (w *targetWriter) filledInByOSS(from int32, name string) int32 {
	n := w.n
	digits := [2]rune{'0', '9'}
	number := func(from int32) int32 { return n.Repeat(n.One(from, digits), digits) }
	switch name {
	case "index":
		end := number(from)
		n.Epsilon(number(n.Text(end, "_")), end) // a spreadsheet's are SHEET_PART
		return end
	case "resolution":
		return number(n.Text(number(from), "x"))
	case "autoext":
		if format := w.output.Format(); format != "" {
			return n.Text(from, format)
		}
		letters := [2]rune{'a', 'z'}
		return n.Repeat(n.One(from, digits, letters), digits, letters)
	case "sheetname":
		return n.Any(from)
	}
	if strings.HasPrefix(name, "tags.") {
		return n.Any(from)
	}
	return number(from)
}
