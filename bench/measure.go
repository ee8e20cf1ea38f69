package main

import (
	"runtime"
	"slices"
	"time"
)

// cost is what one operation takes.
type cost struct {
	NS     float64 `json:"ns"`
	Allocs float64 `json:"allocs"`
	Bytes  float64 `json:"bytes"`
}

// race measures operations that are to be compared: in each round one after the other, so that whatever else the machine
// does hits all of them. Each batch lasts at least so long and begins after a garbage collection. What counts is the
// fastest batch of each. A run does its operation n times.
func race(rounds int, batch time.Duration, runs ...func(n int)) []cost {
	fastest := make([]cost, len(runs))
	for round := range rounds {
		for i, run := range runs {
			if c := measure(batch, run); round == 0 || c.NS < fastest[i].NS {
				fastest[i] = c
			}
		}
	}
	return fastest
}

// measure times one batch of 64 operations or more, after shorter ones that tell how many it takes.
func measure(batch time.Duration, run func(n int)) cost {
	runtime.GC()
	for n := 64; ; {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		run(n)
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if took >= batch {
			return cost{
				NS:     float64(took.Nanoseconds()) / float64(n),
				Allocs: float64(after.Mallocs-before.Mallocs) / float64(n),
				Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(n),
			}
		}
		enough := float64(n) * 1.2 * float64(batch) / float64(max(took, time.Microsecond))
		n = max(n+1, min(100*n, int(enough)))
	}
}

// median returns the middle of what was measured.
func median[T ~int64 | ~float64](values []T) T {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
