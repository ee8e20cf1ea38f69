package loopcheck

import (
	"slices"
	"strings"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// outputLanguage returns the objects that an output of a rule writes for source objects.
func (a *Analysis) outputLanguage(rule, output int, objects *automaton.DFA) (*automaton.NFA, error) {
	r := &a.set.Rules[rule]
	return outputLanguageOf(r, &r.Outputs[output], objects)
}

// outputLanguageOf returns the objects that an output of a rule writes for source objects. Different parts of a target come
// from one source object. If a target uses a variable twice, the language also has names in which the two values differ; so
// it may be too large, never too small. The error is [automaton.ErrTooLarge].
func outputLanguageOf(r *ruleset.Rule, o *ruleset.Output, objects *automaton.DFA) (*automaton.NFA, error) {
	splits, err := keySplits(objects)
	if err != nil {
		return nil, err
	}
	n := automaton.NewNFA(objects.Budget())
	var starts []int32
	for _, split := range splits {
		w := newTargetWriter(n, o)
		w.rule, w.split, w.starts = r, split, starts
		if len(o.Target.Bucket.Parts) == 0 {
			w.source(ruleset.BucketPart)
		} else {
			w.parts(o.Target.Bucket)
		}
		w.text("/")
		w.parts(o.Target.Key)
		n.Accept(w.end())
		starts = w.starts
		if n.Large() {
			return nil, automaton.ErrTooLarge
		}
	}
	if valuesTouch(o.Target.Key) {
		n.JoinBytes(starts)
	}
	if n = addImplicitExtension(o, n); n.Large() {
		return nil, automaton.ErrTooLarge
	}
	return n, nil
}

// valuesTouch reports whether two values of a template may follow each other without a text between them.
func valuesTouch(t ruleset.Template) bool {
	for i := range t.Parts[1:] {
		if t.Parts[i].Kind != ruleset.LiteralPart && t.Parts[i+1].Kind != ruleset.LiteralPart {
			return true
		}
	}
	return false
}

// SentTargetLanguage returns the objects that a target as sent to OSS can become. OSS fills in its variables and may
// append an extension.
func SentTargetLanguage(o *ruleset.Output, target process.Location) *automaton.NFA {
	return sentTargetLanguage(automaton.Unlimited(), o, target)
}

func sentTargetLanguage(b *automaton.Budget, o *ruleset.Output, target process.Location) *automaton.NFA {
	n := automaton.NewNFA(b)
	w := newTargetWriter(n, o)
	w.parts(o.Target.ParseSent(target.Bucket))
	w.text("/")
	w.parts(o.Target.ParseSent(target.Key))
	n.Accept(w.end())
	n.JoinBytes(w.starts)
	return addImplicitExtension(o, n)
}

// targetWriter adds to an automaton the names that a target can become.
type targetWriter struct {
	n      *automaton.NFA
	output *ruleset.Output
	rule   *ruleset.Rule // nil if the target has OSS's variables alone, which need no source
	split  keySplit

	at int32 // state after all that is written

	// empty is the state after all that is written if the last variable was empty: the next slash is then left out, as in
	// ruleset's Template.expand. It is -1 if the variable cannot be empty.
	empty int32

	starts []int32 // the first state of each part, for JoinBytes
}

// newTargetWriter returns a writer that has written nothing.
func newTargetWriter(n *automaton.NFA, o *ruleset.Output) *targetWriter {
	w := &targetWriter{n: n, output: o, empty: -1}
	w.at = w.untagged(0)
	return w
}

// untagged adds a state without a tag after another.
func (w *targetWriter) untagged(from int32) int32 {
	s := w.n.State(0)
	w.n.Epsilon(from, s)
	return s
}

// end adds a state after all that is written, the last variable empty or not.
func (w *targetWriter) end() int32 {
	s := w.untagged(w.at)
	if w.empty >= 0 {
		w.n.Epsilon(w.empty, s)
	}
	return s
}

// text writes a text that stays as it is after an empty variable.
func (w *targetWriter) text(s string) { w.at, w.empty = w.n.Text(w.end(), s), -1 }

// parts writes all parts of a template.
func (w *targetWriter) parts(t ruleset.Template) {
	for _, p := range t.Parts {
		w.part(p)
	}
}

// part writes one part of a template, as ruleset's Template.expand does for one upload: a slash after an empty variable is
// left out. Keep the two alike.
func (w *targetWriter) part(p ruleset.Part) {
	w.starts = append(w.starts, int32(w.n.Size()))
	switch p.Kind {
	case ruleset.LiteralPart:
		end := w.n.Text(w.untagged(w.at), p.Text)
		if w.empty >= 0 {
			w.n.Epsilon(w.n.Text(w.untagged(w.empty), strings.TrimPrefix(p.Text, "/")), end)
		}
		w.at, w.empty = end, -1
	case ruleset.OSSPart:
		w.at, w.empty = w.ossVariable(w.end(), p.Text), -1
	case ruleset.BucketPart, ruleset.DirnamePart, ruleset.BarenamePart, ruleset.ExtPart:
		w.source(p.Kind)
	case ruleset.KeyPart:
		if w.split.fragment(ruleset.DirnamePart) != nil {
			w.source(ruleset.DirnamePart)
			w.text("/")
		}
		w.basename()
	case ruleset.BasenamePart:
		w.basename()
	case ruleset.ETagPart:
		w.anyText(automaton.PlainChars, 0)
	case ruleset.TimePart:
		w.digits(p.Text)
	case ruleset.FilteredPart:
		w.filtered(p.Filtered)
	case ruleset.CapturePart:
		w.capture(p.Text)
	}
}

// tagOf returns the tag of the states that write a variable.
func (w *targetWriter) tagOf(p ruleset.Part) int32 {
	if p.Kind == ruleset.CapturePart {
		return captureTag + int32(slices.Index(w.rule.CaptureNames(), p.Text))
	}
	return int32(p.Kind)
}

// digits writes a variable of the upload's time.
func (w *targetWriter) digits(name string) {
	at := w.end()
	for _, highest := range ruleset.TimeDigits(name) {
		at = w.n.One(at, [2]rune{'0', highest})
	}
	w.at, w.empty = at, -1
}

// basename writes the base name of the source.
func (w *targetWriter) basename() {
	w.source(ruleset.BarenamePart)
	if w.split.fragment(ruleset.ExtPart) != nil {
		w.text(".")
		w.source(ruleset.ExtPart)
		w.at, w.empty = w.end(), -1 // not empty: it has the dot
	}
}

// capture writes anything that a capture can hold. It does not look where in the source it is.
func (w *targetWriter) capture(name string) {
	tag := w.tagOf(ruleset.Part{Kind: ruleset.CapturePart, Text: name})
	if values, err := glob.CaptureValues(w.n.Budget(), w.rule.Keys, name); err == nil {
		from := w.end()
		end, empty := w.n.CopyFragment(from, values, 0, values.Ends(), automaton.AnySymbols, tag)
		if w.at, w.empty = end, -1; empty {
			w.empty = from
		}
		return
	}
	if w.rule.CapturesSlashes(name) {
		w.anyText(automaton.AnySymbols, tag)
	} else {
		w.anyText(automaton.PlainChars, tag)
		w.empty = -1
	}
}

// source writes a fragment of the source. One that the split lacks is empty.
func (w *targetWriter) source(kind ruleset.PartKind) {
	from, f := w.end(), w.split.fragment(kind)
	if f == nil {
		w.at, w.empty = w.n.State(0), from
		return
	}
	end, empty := w.n.CopyFragment(from, f.objects, f.start, f.ends, f.symbols, int32(kind))
	w.at, w.empty = end, -1
	if empty {
		w.empty = from
	}
}

// anyText writes any text of some symbols.
func (w *targetWriter) anyText(symbols [][2]rune, tag int32) {
	from := w.end()
	tagged := w.n.State(tag)
	w.n.Epsilon(from, tagged)
	w.at, w.empty = oneOrMore(w.n, tagged, symbols), from
}

// ossVariable adds what OSS fills in for a variable.
func (w *targetWriter) ossVariable(from int32, name string) int32 {
	n := w.n
	if format := w.output.Format(); name == "autoext" && format != "" {
		return n.Text(from, format)
	}
	shapes := process.VariableShapes(name)
	if shapes == nil {
		return n.Any(from)
	}
	end := n.State(n.Tag(from))
	for _, shape := range shapes {
		at := from
		for _, c := range shape {
			switch c {
			case '9':
				at = oneOrMore(n, at, digits)
			case 'a':
				at = oneOrMore(n, at, alphanumerics)
			default:
				at = n.Text(at, string(c))
			}
		}
		n.Epsilon(at, end)
	}
	return end
}

// addImplicitExtension adds to the names that an output writes the extension that OSS appends to base names without a
// dot.
func addImplicitExtension(o *ruleset.Output, n *automaton.NFA) *automaton.NFA {
	if o.Target.Literal {
		return n
	}
	if parts := o.Target.Key.Parts; len(parts) > 0 {
		last := parts[len(parts)-1]
		hasExt := strings.LastIndexByte(last.Text, '.') > strings.LastIndexByte(last.Text, '/')
		if last.Kind == ruleset.LiteralPart && hasExt {
			return n // every name has one
		}
	}
	return withImplicitExtension(n, o.Format(), o.Operation != nil && o.Operation.AppendsExt)
}

// withImplicitExtension returns the names of n as OSS completes them. It appends an extension to base names without a
// dot, and sometimes _NUMBER_NUMBER before it; unless always is set, it may also leave them as they are. An ext of ""
// stands for any extension.
//
// https://help.aliyun.com/zh/oss/user-guide/video-frame-cutting
func withImplicitExtension(n *automaton.NFA, ext string, always bool) *automaton.NFA {
	if n.Large() {
		return n
	}
	x := automaton.NewNFA(n.Budget())
	count := int32(n.Size())
	for s := int32(1); s < 2*count; s++ { // state s before a dot of the base name, and count+s after it
		x.State(n.Tag(s % count))
	}
	slash, dot := [2]rune{'/', '/'}, [2]rune{'.', '.'}
	for s := int32(0); s < count && !x.Large(); s++ {
		for to := range n.Epsilons(s) {
			x.Epsilon(s, to)
			x.Epsilon(count+s, count+to)
		}
		for e := range n.Edges(s) {
			for _, span := range [][2]rune{bareNameSymbols[0], dot, slash, bareNameSymbols[1]} {
				before, after := e.To, count+e.To
				switch span {
				case dot:
					before = after
				case slash:
					after = before
				}
				lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1])
				x.Symbols(s, lo, hi, before)
				x.Symbols(count+s, lo, hi, after)
			}
		}
		if n.Accepts(s) {
			x.Accept(count + s)
			if !always {
				x.Accept(s)
			}
		}
	}
	bare := x.State(0)
	numbered := oneOrMore(x, x.Text(bare, "_"), digits)
	numbered = oneOrMore(x, x.Text(numbered, "_"), digits)
	end := x.State(0)
	x.Epsilon(bare, end)
	x.Epsilon(numbered, end)
	end = x.Text(end, ".")
	if ext != "" {
		end = x.Text(end, ext)
	} else {
		end = oneOrMore(x, end, alphanumerics)
	}
	x.Accept(end)
	for s := range count {
		if n.Accepts(s) {
			x.Epsilon(s, bare)
		}
	}
	n.Free()
	return x
}
