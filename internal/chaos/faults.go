package main

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"onput/internal/localcloud"
)

// kind is a way in which a request goes wrong.
type kind int

const (
	fine        kind = iota
	throttled        // 429
	unavailable      // 503
	hangsBefore      // no answer, and OSS has done nothing
	resetBefore      // the connection breaks, and OSS has done nothing
	late             // OSS does it after a while, whether or not the client still waits
	hangsAfter       // no answer, and OSS has done it
	resetAfter       // the connection breaks, and OSS has done it
	failsAfter       // 500, and OSS has done it
	slow             // the answer takes a while
	kinds
)

// losesAnswer reports whether OSS did what it was asked and the client cannot know it.
func (k kind) losesAnswer() bool { return k == hangsAfter || k == resetAfter || k == failsAfter }

// chances holds how often each kind happens, in a thousand requests. A throttled request is tried again within the
// invocation; one that hangs takes all that is left of its time.
var chances = [kinds]int{
	throttled: 50, unavailable: 50, hangsBefore: 8, resetBefore: 15, late: 10, hangsAfter: 8, resetAfter: 15, failsAfter: 10, slow: 40,
}

// faultInjector decides which requests to OSS go wrong, and how often each upload is delivered. It counts both.
type faultInjector struct {
	seed   uint64
	calm   bool   // nothing goes wrong
	claims string // the bucket of claims
	ledger *ledger

	mu          sync.Mutex
	uses        map[string]uint64 // calls of rng, by purpose
	submissions [kinds]int
	onClaims    [kinds]int
	deliveries  int
}

func newFaultInjector(seed uint64, calm bool, claimsBucket string, l *ledger) *faultInjector {
	return &faultInjector{seed: seed, calm: calm, claims: claimsBucket, ledger: l, uses: map[string]uint64{}}
}

// faults returns the injector's hooks for the local cloud.
func (i *faultInjector) faults() localcloud.Faults {
	return localcloud.Faults{Before: i.before, After: i.after, Deliveries: i.deliver}
}

// counter returns where the faults of such requests are counted, or nil if they never go wrong.
func (i *faultInjector) counter(r localcloud.Request) *[kinds]int {
	switch {
	case i.calm:
		return nil
	case r.Operation == "AsyncProcessObject":
		return &i.submissions
	case r.Bucket == i.claims && (r.Operation == "AppendObject" || r.Operation == "GetObject"):
		return &i.onClaims
	}
	return nil
}

// rng returns a random number generator that depends on the seed, its purpose, and how often it was asked for.
func (i *faultInjector) rng(purpose string) *rand.Rand {
	i.uses[purpose]++
	return rand.New(rand.NewPCG(i.seed, hash(purpose)+i.uses[purpose]))
}

// before returns the fault before OSS handles a request.
func (i *faultInjector) before(r localcloud.Request) localcloud.Fault {
	if r.Operation == "AsyncProcessObject" {
		i.ledger.arrive(r.ID)
	}
	f, _ := i.draw(r, "before ", throttled, unavailable, hangsBefore, resetBefore, late)
	return f
}

// after returns the fault after OSS handled a request.
func (i *faultInjector) after(r localcloud.Request) localcloud.Fault {
	f, k := i.draw(r, "after ", hangsAfter, resetAfter, failsAfter, slow)
	if k.losesAnswer() {
		i.ledger.loseAnswer(r.ID)
	}
	return f
}

// draw decides which of choice happens to a request, or fine.
func (i *faultInjector) draw(r localcloud.Request, when string, choice ...kind) (localcloud.Fault, kind) {
	i.mu.Lock()
	defer i.mu.Unlock()
	count := i.counter(r)
	if count == nil {
		return localcloud.Fault{}, fine
	}
	random := i.rng(when + r.Operation + " " + r.Key)
	at := random.IntN(1000)
	for _, k := range choice {
		if at -= chances[k]; at < 0 {
			count[k]++
			return k.fault(random), k
		}
	}
	return localcloud.Fault{}, fine
}

// fault returns the fault that the local cloud injects for k.
func (k kind) fault(random *rand.Rand) localcloud.Fault {
	switch k {
	case throttled:
		return localcloud.Fault{Status: http.StatusTooManyRequests, Code: "QpsLimitExceeded", Message: "Please reduce your rate of requests."}
	case unavailable:
		f := localcloud.Fault{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "Please reduce your request rate."}
		if random.IntN(10) == 0 {
			f.Header = http.Header{"Retry-After": {"1"}}
		}
		return f
	case hangsBefore, hangsAfter:
		return localcloud.Fault{Hang: true}
	case resetBefore, resetAfter:
		return localcloud.Fault{Drop: true}
	case failsAfter:
		return localcloud.Fault{Status: http.StatusInternalServerError, Code: "InternalError", Message: "We encountered an internal error."}
	case late:
		return localcloud.Fault{Late: time.Duration(200+random.IntN(5000)) * time.Millisecond}
	case slow:
		return localcloud.Fault{Delay: time.Duration(20+random.IntN(500)) * time.Millisecond}
	}
	return localcloud.Fault{}
}

// deliver returns the delays of an upload's deliveries: one to three, the first at once, the others with it or up to two
// seconds later. A calm storm has them, too.
func (i *faultInjector) deliver(e localcloud.ObjectCreated) []time.Duration {
	if e.Bucket != uploadsBucket {
		return nil // no trigger listens there
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	random := i.rng("deliver " + e.Key)
	delays := make([]time.Duration, 1+random.IntN(3))
	for n := range delays[1:] {
		if random.IntN(2) == 0 {
			delays[n+1] = time.Duration(random.IntN(2000)) * time.Millisecond
		}
	}
	slices.Sort(delays)
	i.deliveries += len(delays)
	return delays
}

// report fills in the counts. Late requests may still be under way.
func (i *faultInjector) report(r *Report) {
	i.mu.Lock()
	defer i.mu.Unlock()
	r.Deliveries, r.Submissions, r.Claims = i.deliveries, i.submissions, i.onClaims
}

// hash returns the FNV-1a hash of s.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for n := range len(s) {
		h = (h ^ uint64(s[n])) * 1099511628211
	}
	return h
}
