package main

import (
	"fmt"
	"runtime"
	"time"

	"onput/rules"
)

// matching is what it costs to find all rules for one key, among so many.
type matching struct {
	Rules      int     `json:"rules"`
	Onput      cost    `json:"onput"`
	FirstPass  float64 `json:"firstPassNS"` // onput's, for keys that it never saw, right after the rules were read
	Nothing    cost    `json:"nothing"`     // onput's, for keys that no rule matches
	Floor      float64 `json:"floorNS"`
	Walk       float64 `json:"walkNS"`
	Gobwas     float64 `json:"gobwasNS"`
	Doublestar float64 `json:"doublestarNS"`
}

// manyKeys is how many keys are matched in turn, and how many are new in a first pass.
const manyKeys = 4096

// Seeds of keys. A first pass takes one of its own, from freshSeed on.
const (
	keySeed   = 1
	missSeed  = 2
	freshSeed = 100
)

// measureMatching measures all engines with a workload. The warm figures are the fastest of several batches that go
// through the same 4,096 keys again and again, or as many of them as fit a batch where an engine is slow, 64 at least.
func measureMatching(count int, e effort) (matching, error) {
	w := newWorkload(count)
	file := w.file()
	firstPass, err := measureFirstPass(w, file, e.firstPasses)
	if err != nil {
		return matching{}, err
	}
	set, err := rules.Parse("rules.yaml", file)
	if err != nil {
		return matching{}, err
	}
	gobwas, err := newGobwas(w)
	if err != nil {
		return matching{}, err
	}
	onput, doublestar := newOnput(set), newDoublestar(w)
	keys := w.keys(keySeed, manyKeys)
	if err := agree(keys[:64], onput, gobwas, doublestar); err != nil {
		return matching{}, err
	}
	costs := race(e.rounds, e.batch,
		over(keys, onput),
		over(w.misses(missSeed, manyKeys), onput),
		over(keys, newFloor(w)),
		over(keys, newWalk()),
		over(keys, gobwas),
		over(keys, doublestar),
	)
	return matching{
		Rules:      count,
		Onput:      costs[0],
		FirstPass:  firstPass,
		Nothing:    costs[1],
		Floor:      costs[2].NS,
		Walk:       costs[3].NS,
		Gobwas:     costs[4].NS,
		Doublestar: costs[5].NS,
	}, nil
}

// measureFirstPass reads the rules anew each time, collects the garbage of that, and then matches 4,096 keys once each
// that no pass before had. It returns the median pass, in nanoseconds for a key.
func measureFirstPass(w *workload, file []byte, passes int) (float64, error) {
	var all []float64
	for pass := range passes {
		keys := w.keys(freshSeed+uint64(pass), manyKeys)
		set, err := rules.Parse("rules.yaml", file)
		if err != nil {
			return 0, err
		}
		match := newOnput(set)
		runtime.GC()
		began := time.Now()
		for _, key := range keys {
			sink += match(key)
		}
		all = append(all, float64(time.Since(began).Nanoseconds())/float64(len(keys)))
	}
	return median(all), nil
}

// sink keeps what is found in use, so that no call is optimized away.
var sink int

// over matches n keys, beginning again when the list is through.
func over(keys []string, match matcher) func(n int) {
	return func(n int) {
		for n > 0 {
			some := keys[:min(n, len(keys))]
			for _, key := range some {
				sink += match(key)
			}
			n -= len(some)
		}
	}
}

// agree holds the engines against each other: what they find must be the same, or their times say nothing.
func agree(keys []string, engines ...matcher) error {
	for _, key := range keys {
		want := engines[0](key)
		for i, match := range engines[1:] {
			if got := match(key); got != want {
				return fmt.Errorf("%s: engine %d finds %d rules, onput %d", key, i+1, got, want)
			}
		}
	}
	return nil
}
