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

	ends automaton.States // at which the texts may end
}

// newFragment returns a fragment. It has no ends once the budget is spent.
func newFragment(objects *automaton.DFA, kind ruleset.PartKind, start int32, symbols [][2]rune, separator string,
	next int32) fragment {
	f := fragment{objects, kind, start, symbols, separator, next, nil}
	if objects.Budget().Spend(objects.Size()/8, objects.Size()+objects.Size()/8+16) != nil {
		return f
	}
	f.ends = make(automaton.States, objects.Size())
	for _, s := range objects.Reach([]int32{start}, symbols) {
		if separator == "" {
			f.ends[s] = objects.Accepts(s)
		} else {
			to, ok := objects.Step(s, rune(separator[0]))
			f.ends[s] = ok && to == next
		}
	}
	return f
}

// keySplits returns all splits of some objects. The error is [automaton.ErrTooLarge].
func keySplits(d *automaton.DFA) ([]keySplit, error) {
	var splits []keySplit
	for _, key := range d.Targets(d.Reach([]int32{0}, bucketNameSymbols), '/') {
		bucket := newFragment(d, ruleset.BucketPart, 0, bucketNameSymbols, "/", key)
		folders := []keySplit{{bucket}}
		for _, base := range d.Targets(d.Reach([]int32{key}, automaton.AnySymbols), '/') {
			folders = append(folders, keySplit{bucket, newFragment(d, ruleset.DirnamePart, key, automaton.AnySymbols, "/", base)})
			if d.Budget().Err() != nil || len(folders) > maxKeySplits {
				return nil, automaton.ErrTooLarge
			}
		}
		for _, folder := range folders {
			base := folder[len(folder)-1].next
			add := func(name ...fragment) {
				if slices.Contains(name[len(name)-1].ends, true) {
					splits = append(splits, slices.Concat(folder, name))
					d.Budget().Spend(50, 800)
				}
			}
			add(newFragment(d, ruleset.BarenamePart, base, bareNameSymbols, "", 0))
			for _, ext := range d.Targets(d.Reach([]int32{base}, automaton.PlainSymbols), '.') {
				add(newFragment(d, ruleset.BarenamePart, base, automaton.PlainSymbols, ".", ext),
					newFragment(d, ruleset.ExtPart, ext, bareNameSymbols, "", 0))
				if d.Budget().Err() != nil || len(splits) > maxKeySplits {
					return nil, automaton.ErrTooLarge
				}
			}
		}
	}
	return splits, d.Budget().Err()
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
			text, _ = f.objects.Path(f.start, f.ends, f.symbols)
		}
		object += text + f.separator
	}
	return object
}
