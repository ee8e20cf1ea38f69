package loopcheck

import (
	"slices"

	"onput/internal/automaton"
)

// Tags of the states at which parts of a source object are written.
const (
	bucketTag int32 = iota + 1
	dirTag
	bareTag
	extTag
	captureTag // and above: the captures, in the order of CaptureNames
)

// keySplit is one choice of DFA states at which bucket, directory and bare name of the source objects end. All objects of one
// split can be taken apart and put together in any combination.
type keySplit struct {
	d      *automaton.DFA
	bucket int32 // after the slash that ends it
	hasDir bool
	dir    int32 // after the last slash
	hasExt bool
	bare   int32 // after the last dot
}

// fragment is a part of the objects of d: the texts that lead from start to one of ends by symbols.
type fragment struct {
	d       *automaton.DFA
	start   int32
	ends    automaton.States
	symbols [][2]rune
	tag     int32
}

// keySplits returns every choice for the objects of d. The error is [automaton.ErrTooLarge].
func keySplits(d *automaton.DFA) ([]keySplit, error) {
	var all []keySplit
	for _, bucket := range d.Targets(d.Reach([]int32{0}, bucketNameSymbols), '/') {
		dirs := []keySplit{{d: d, bucket: bucket, dir: bucket}}
		for _, dir := range d.Targets(d.Reach([]int32{bucket}, automaton.AnySymbols), '/') {
			dirs = append(dirs, keySplit{d: d, bucket: bucket, hasDir: true, dir: dir})
		}
		for _, k := range dirs {
			if slices.Contains(acceptingFrom(d, k.dir), true) {
				all = append(all, k)
			}
			for _, bare := range d.Targets(d.Reach([]int32{k.dir}, automaton.PlainSymbols), '.') {
				if slices.Contains(acceptingFrom(d, bare), true) {
					k.hasExt, k.bare = true, bare
					all = append(all, k)
				}
			}
			if len(all) > maxKeySplits {
				return nil, automaton.ErrTooLarge
			}
		}
	}
	return all, nil
}

func (k keySplit) bucketFragment() fragment {
	return k.upTo('/', k.bucket, 0, bucketNameSymbols, bucketTag)
}

func (k keySplit) dirFragment() fragment {
	if !k.hasDir {
		return k.nothing()
	}
	return k.upTo('/', k.dir, k.bucket, automaton.AnySymbols, dirTag)
}

func (k keySplit) bareFragment() fragment {
	if !k.hasExt {
		return k.last(k.dir, bareTag)
	}
	return k.upTo('.', k.bare, k.dir, automaton.PlainSymbols, bareTag)
}

func (k keySplit) extFragment() fragment {
	if !k.hasExt {
		return k.nothing()
	}
	return k.last(k.bare, extTag)
}

// nothing returns the fragment that is empty.
func (k keySplit) nothing() fragment { return fragment{d: k.d, ends: automaton.States{true}} }

// upTo returns the fragment from start up to the symbol r that leads to the state after it.
func (k keySplit) upTo(r rune, after, start int32, symbols [][2]rune, tag int32) fragment {
	ends := make(automaton.States, k.d.Size())
	for _, s := range k.d.Reach([]int32{start}, symbols) {
		next, ok := k.d.Step(s, r)
		ends[s] = ok && next == after
	}
	return fragment{k.d, start, ends, symbols, tag}
}

// last returns the fragment from start to the end of the object.
func (k keySplit) last(start, tag int32) fragment {
	return fragment{k.d, start, acceptingFrom(k.d, start), bareNameSymbols, tag}
}

// acceptingFrom returns the states at which objects end whose last part begins at a state.
func acceptingFrom(d *automaton.DFA, start int32) automaton.States {
	ends := make(automaton.States, d.Size())
	for _, s := range d.Reach([]int32{start}, bareNameSymbols) {
		ends[s] = d.Accepts(s)
	}
	return ends
}

// join returns an object with given parts, by their tags, and short ones for the others. It may not be in d.
func (k keySplit) join(parts map[int32]string) string {
	part := func(f fragment) string {
		if text, ok := parts[f.tag]; ok {
			return text
		}
		text, _ := k.d.Path(f.start, f.ends, f.symbols)
		return text
	}
	object := part(k.bucketFragment()) + "/"
	if k.hasDir {
		object += part(k.dirFragment()) + "/"
	}
	object += part(k.bareFragment())
	if k.hasExt {
		object += "." + part(k.extFragment())
	}
	return object
}
