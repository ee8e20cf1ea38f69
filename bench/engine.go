package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/gobwas/glob"

	"onput/rules"
)

// matcher finds all rules of a workload that match a key, and returns how many there are.
type matcher func(key string) int

// newOnput is the function's own: it returns the tasks of the rules, their targets filled in.
func newOnput(set *rules.Set) matcher {
	upload := rules.Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Size: 1 << 20}
	return func(key string) int {
		upload.Key = key
		return len(set.Match(&upload))
	}
}

// newGobwas tries patterns one after another that were compiled before, in the mode in which ** may be no segment.
func newGobwas(w *workload) (matcher, error) {
	compiler := glob.Compiler{Separators: []rune{'/'}, Globstar: true}
	var patterns []*glob.Pattern
	for i := range w.rules {
		p, err := compiler.Compile(w.rules[i].pattern)
		if err != nil {
			return nil, fmt.Errorf("gobwas/glob: %s: %w", w.rules[i].pattern, err)
		}
		patterns = append(patterns, p)
	}
	var found []int
	return func(key string) int {
		found = found[:0]
		for i, p := range patterns {
			if p.Match(key) {
				found = append(found, i)
			}
		}
		return len(found)
	}, nil
}

// newDoublestar tries patterns one after another with the faster of the library's two functions, the one that does not
// look at the rest of a pattern once it is clear that it does not match.
func newDoublestar(w *workload) matcher {
	var patterns []string
	for i := range w.rules {
		patterns = append(patterns, w.rules[i].pattern)
	}
	var found []int
	return func(key string) int {
		found = found[:0]
		for i, p := range patterns {
			if doublestar.MatchUnvalidated(p, key) {
				found = append(found, i)
			}
		}
		return len(found)
	}
}

// newFloor is less than any matcher of these rules must do: split the key at its slashes, look three of the parts up in
// a map of all that the rules have between slashes, and the extension in another.
func newFloor(w *workload) matcher {
	parts, extensions := map[string]int{}, map[string]int{}
	for i := range w.rules {
		for part := range strings.SplitSeq(w.rules[i].pattern, "/") {
			if ext, ok := strings.CutPrefix(part, "*."); ok {
				extensions[ext]++
			} else {
				parts[part]++
			}
		}
	}
	return func(key string) int {
		known, probes := 0, 0
		rest, dir := key, ""
		for {
			i := strings.IndexByte(rest, '/')
			if i < 0 {
				break
			}
			if dir, rest = rest[:i], rest[i+1:]; probes < 3 {
				probes++
				known += parts[dir]
			}
		}
		for ; probes < 3; probes++ {
			known += parts[rest]
		}
		if i := strings.LastIndexByte(rest, '.'); i >= 0 {
			known += extensions[rest[i+1:]]
		}
		return known
	}
}

// newWalk reads the key byte by byte through the table of an automaton of 16 states, which fits the nearest cache
// whatever the number of rules. It finds nothing.
func newWalk() matcher {
	random := rand.New(rand.NewPCG(1, 1))
	var table [16 << 8]uint16 // where the next state's row begins
	for i := range table {
		table[i] = uint16(random.IntN(16) << 8)
	}
	return func(key string) int {
		row := uint16(0)
		for i := range len(key) {
			row = table[row|uint16(key[i])]
		}
		return int(row)
	}
}
