package rules

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
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
type cut struct {
	bucket int32 // behind the slash after the bucket
	hasDir bool
	dir    int32 // behind the last slash
	hasExt bool
	bare   int32 // behind the last dot
}

// maxCuts bounds the ways to take the sources of one rule apart.
const maxCuts = 2000

// cuts returns every way in which sources can be taken apart.
func cuts(d *automaton.DFA) ([]cut, error) {
	var all []cut
	for _, bucket := range d.Targets(d.Reach([]int32{0}, bucketNameSymbols), '/') {
		dirs := []cut{{bucket: bucket, dir: bucket}}
		for _, dir := range d.Targets(d.Reach([]int32{bucket}, automaton.AnySymbols), '/') {
			dirs = append(dirs, cut{bucket: bucket, hasDir: true, dir: dir})
		}
		for _, c := range dirs {
			if _, ok := d.Path(c.dir, acceptBehind(d, c.dir, bareNameSymbols), bareNameSymbols); ok {
				all = append(all, c)
			}
			for _, bare := range d.Targets(d.Reach([]int32{c.dir}, automaton.PlainSymbols), '.') {
				if slices.Contains(acceptBehind(d, bare, bareNameSymbols), true) {
					c.hasExt, c.bare = true, bare
					all = append(all, c)
				}
			}
			if len(all) > maxCuts {
				return nil, automaton.ErrTooLarge
			}
		}
	}
	return all, nil
}

// acceptBehind returns the states at which a source may end that begins its last part at a state.
func acceptBehind(d *automaton.DFA, from int32, spans [][2]rune) automaton.States {
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
func image(r *rule, o *output, d *automaton.DFA) (*automaton.NFA, error) {
	all, err := cuts(d)
	if err != nil {
		return nil, err
	}
	n := automaton.NewNFA()
	for _, c := range all {
		w := writer{n: n, d: d, cut: c, rule: r, output: o}
		w.begin(0)
		if len(o.target.bucket.parts) == 0 {
			w.part(part{kind: bucketPart})
		} else {
			w.parts(o.target.bucket.parts)
		}
		w.literal("/")
		w.parts(o.target.key.parts)
		n.Accept(w.end())
		if n.Large() {
			return nil, automaton.ErrTooLarge
		}
	}
	if x := extended(o, n); !x.Large() {
		return x, nil
	}
	return nil, automaton.ErrTooLarge
}

// named returns the language of the names that one target, as sent, can come to: OSS fills in its variables.
func named(o *output, t process.Location) *automaton.NFA {
	n := automaton.NewNFA()
	w := writer{n: n, output: o}
	w.begin(0)
	for i, s := range []string{t.Bucket, t.Key} {
		if i > 0 {
			w.literal("/")
		}
		// What is sent is a template of OSS's variables alone.
		sent, _ := parseTemplate(s, scope{clock: true, oss: outputVariables, tags: true})
		w.parts(sent.parts)
	}
	n.Accept(w.end())
	return extended(o, n)
}

// extended adds the extension that OSS appends to names without one.
func extended(o *output, n *automaton.NFA) *automaton.NFA {
	if parts := o.target.key.parts; len(parts) > 0 {
		if last := parts[len(parts)-1]; last.kind == literalPart && strings.LastIndexByte(last.literal, '.') > strings.LastIndexByte(last.literal, '/') {
			return n // every name has one
		}
	}
	return withImplicitExtension(n, o.format())
}

// capturesDeep says whether a capture of the rule can hold slashes.
func (r *rule) capturesDeep(name string) bool {
	return slices.ContainsFunc(r.keys, func(p *glob.Pattern) bool { return p.CapturesSlashes(name) })
}

// captureNames returns the captures that all patterns of the rule have and more, in the order of the first one.
func (r *rule) captureNames() []string {
	var names []string
	for _, p := range r.keys {
		for _, name := range p.Names() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// format returns the extension of what the output writes, "" where it is not known.
func (o *output) format() string {
	if o.operation == nil {
		return ""
	}
	for _, p := range o.request.Params {
		if p.Name == o.operation.Format && !p.Open {
			return p.Value
		}
	}
	return ""
}

// writer writes the names that a template can come to.
type writer struct {
	n      *automaton.NFA
	d      *automaton.DFA
	cut    cut
	rule   *rule
	output *output
	at     int32 // where the text goes on
	empty  int32 // where it goes on if the variable before was empty; -1 if it cannot have been
}

// begin starts behind a state, with nothing written.
func (w *writer) begin(from int32) {
	w.at, w.empty = w.n.State(0), -1
	w.n.Epsilon(from, w.at)
}

// end joins both ways to go on, and returns the state.
func (w *writer) end() int32 {
	s := w.n.State(0)
	w.n.Epsilon(w.at, s)
	if w.empty >= 0 {
		w.n.Epsilon(w.empty, s)
	}
	return s
}

func (w *writer) literal(text string) { w.at, w.empty = w.n.Text(w.end(), text), -1 }

func (w *writer) parts(parts []part) {
	for _, p := range parts {
		w.part(p)
	}
}

func (w *writer) part(p part) {
	switch p.kind {
	case literalPart:
		end := w.n.Text(w.fresh(w.at), p.literal)
		if w.empty >= 0 {
			w.n.Epsilon(w.n.Text(w.fresh(w.empty), strings.TrimPrefix(p.literal, "/")), end)
		}
		w.at, w.empty = end, -1
	case ossPart:
		w.at, w.empty = w.filled(w.end(), p.literal), -1
	case bucketPart:
		w.cutOut(0, endsBefore(w.d, 0, bucketNameSymbols, '/', w.cut.bucket), bucketNameSymbols, bucketTag)
	case dirnamePart:
		w.dirname()
	case keyPart:
		if w.cut.hasDir {
			w.dirname()
			w.literal("/")
		}
		w.basename()
	case basenamePart:
		w.basename()
	case barenamePart:
		w.barename()
	case extPart:
		w.ext()
	case etagPart:
		w.open(automaton.PlainChars, 0)
	case capturePart:
		// Where in the key it stands is not looked at: it may be anything that such a capture can be.
		tag := captureTag + int32(slices.Index(w.rule.captureNames(), p.capture))
		if w.rule.capturesDeep(p.capture) {
			w.open(automaton.AnySymbols, tag)
		} else {
			w.open(automaton.PlainChars, tag)
			w.empty = -1
		}
	}
}

// fresh returns a state without a tag behind another.
func (w *writer) fresh(from int32) int32 {
	s := w.n.State(0)
	w.n.Epsilon(from, s)
	return s
}

// cutOut writes the texts that lead the sources from a state to one of ends.
func (w *writer) cutOut(start int32, ends automaton.States, spans [][2]rune, tag int32) {
	from := w.end()
	end, empty := w.n.CopyFragment(from, w.d, start, ends, spans, tag)
	w.at, w.empty = end, -1
	if empty {
		w.empty = from
	}
}

// open writes any text of the spans.
func (w *writer) open(spans [][2]rune, tag int32) {
	from := w.end()
	tagged := w.n.State(tag)
	w.n.Epsilon(from, tagged)
	w.at, w.empty = w.n.Repeat(w.n.One(tagged, spans...), spans...), from
}

func (w *writer) nothing() { w.empty = w.end(); w.at = w.n.State(0) }

func (w *writer) dirname() {
	if !w.cut.hasDir {
		w.nothing()
		return
	}
	w.cutOut(w.cut.bucket, endsBefore(w.d, w.cut.bucket, automaton.AnySymbols, '/', w.cut.dir), automaton.AnySymbols, dirTag)
}

func (w *writer) basename() {
	w.barename()
	if w.cut.hasExt {
		w.literal(".")
		w.ext()
		w.at, w.empty = w.end(), -1 // the dot is there: a base name is never empty
	}
}

func (w *writer) barename() {
	if w.cut.hasExt {
		w.cutOut(w.cut.dir, endsBefore(w.d, w.cut.dir, automaton.PlainSymbols, '.', w.cut.bare), automaton.PlainSymbols, bareTag)
	} else {
		w.cutOut(w.cut.dir, acceptBehind(w.d, w.cut.dir, bareNameSymbols), bareNameSymbols, bareTag)
	}
}

func (w *writer) ext() {
	if !w.cut.hasExt {
		w.nothing()
		return
	}
	w.cutOut(w.cut.bare, acceptBehind(w.d, w.cut.bare, bareNameSymbols), bareNameSymbols, extTag)
}

// filled writes what OSS fills in for a variable.
func (w *writer) filled(from int32, name string) int32 {
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
		if format := w.output.format(); format != "" {
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
