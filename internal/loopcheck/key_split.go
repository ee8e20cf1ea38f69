package loopcheck

import (
	"slices"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// captureTag is the tag of the first of CaptureNames. The others follow. Smaller tags are kinds of parts.
const captureTag = int32(ruleset.CapturePart)

// keySplit is one choice of DFA states at which bucket, directory and bare name of source objects end. It holds the
// fragments between them, whose texts combine freely. Directory and extension may be missing.
type keySplit []fragment

// fragment is a part of the objects of a language: the texts that lead from one state to another.
type fragment struct {
	objects   *automaton.DFA
	kind      ruleset.PartKind // BucketPart, DirnamePart, BarenamePart or ExtPart
	start     int32
	symbols   [][2]rune // of the texts
	separator string    // between the texts and the next fragment, "" after the last one
	next      int32     // start of the next fragment
}

// keySplits returns all splits of some objects. The error is [automaton.ErrTooLarge].
func keySplits(d *automaton.DFA) ([]keySplit, error) {
	var splits []keySplit
	for _, key := range d.Targets(d.Reach([]int32{0}, bucketNameSymbols), '/') {
		bucket := fragment{d, ruleset.BucketPart, 0, bucketNameSymbols, "/", key}
		folders := []keySplit{{bucket}}
		for _, base := range d.Targets(d.Reach([]int32{key}, automaton.AnySymbols), '/') {
			folders = append(folders, keySplit{bucket, {d, ruleset.DirnamePart, key, automaton.AnySymbols, "/", base}})
		}
		for _, folder := range folders {
			base := folder[len(folder)-1].next
			add := func(name ...fragment) {
				if slices.Contains(name[len(name)-1].ends(), true) {
					splits = append(splits, slices.Concat(folder, name))
				}
			}
			add(fragment{d, ruleset.BarenamePart, base, bareNameSymbols, "", 0})
			for _, ext := range d.Targets(d.Reach([]int32{base}, automaton.PlainSymbols), '.') {
				add(fragment{d, ruleset.BarenamePart, base, automaton.PlainSymbols, ".", ext},
					fragment{d, ruleset.ExtPart, ext, bareNameSymbols, "", 0})
			}
			if len(splits) > maxKeySplits {
				return nil, automaton.ErrTooLarge
			}
		}
	}
	return splits, nil
}

// ends returns the states at which the texts of a fragment may end.
func (f *fragment) ends() automaton.States {
	ends := make(automaton.States, f.objects.Size())
	for _, s := range f.objects.Reach([]int32{f.start}, f.symbols) {
		if f.separator == "" {
			ends[s] = f.objects.Accepts(s)
		} else {
			next, ok := f.objects.Step(s, rune(f.separator[0]))
			ends[s] = ok && next == f.next
		}
	}
	return ends
}

// fragment returns the fragment of a kind, nil if there is none.
func (k keySplit) fragment(kind ruleset.PartKind) *fragment {
	if i := slices.IndexFunc(k, func(f fragment) bool { return f.kind == kind }); i >= 0 {
		return &k[i]
	}
	return nil
}

// join returns an object with the given texts of fragments, by kind, and short texts for the others. The object may not
// be in the language.
func (k keySplit) join(texts map[int32]string) string {
	object := ""
	for _, f := range k {
		text, ok := texts[int32(f.kind)]
		if !ok {
			text, _ = f.objects.Path(f.start, f.ends(), f.symbols)
		}
		object += text + f.separator
	}
	return object
}
