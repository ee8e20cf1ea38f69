package main

import (
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"onput/internal/localcloud"
)

// faultKind is a way in which a request goes wrong.
type faultKind int

const (
	fine        faultKind = iota
	throttled             // 429
	unavailable           // 503
	hangsBefore           // no answer, and OSS did not handle the request
	resetBefore           // the connection breaks, and OSS did not handle the request
	late                  // OSS handles the request after a delay, even if the client gives up
	hangsAfter            // no answer, but OSS handled the request
	resetAfter            // the connection breaks, but OSS handled the request
	failsAfter            // 500, but OSS handled the request
	slow                  // the answer is delayed
	paused                // the function's process is stopped before the answer, or soon after
	faultKinds
)

// losesAnswer reports whether OSS handled the request but the client cannot know it.
func (k faultKind) losesAnswer() bool { return k == hangsAfter || k == resetAfter || k == failsAfter }

// chances holds the frequency of each kind in a thousand requests. A throttled request is retried within the invocation;
// one that hangs takes the rest of the invocation's time.
var chances = [faultKinds]int{
	throttled: 50, unavailable: 50, hangsBefore: 8, resetBefore: 15, late: 10, hangsAfter: 8, resetAfter: 15, failsAfter: 10, slow: 40,
	paused: 6, // of a custom process with all its invocations, for several seconds
}

// faultInjector decides which requests to OSS go wrong, and how often each upload is delivered. It counts both.
type faultInjector struct {
	seed   uint64
	calm   bool   // nothing goes wrong
	claims string // the bucket of claims
	ledger *ledger
	pause  func(instance int, delay time.Duration, random *rand.Rand)

	mu   sync.Mutex
	uses map[string]uint64 // calls of rng, by purpose
	faultCounts
}

// faultCounts counts the deliveries and the faults of a storm.
type faultCounts struct {
	Deliveries  int
	Submissions [faultKinds]int // faults of submissions
	Claims      [faultKinds]int // faults of requests for claims
	LookUps     [faultKinds]int // faults of requests for metadata and tags of uploads
}

func newFaultInjector(seed uint64, calm bool, claimsBucket string, l *ledger, pause func(instance int, delay time.Duration, random *rand.Rand)) *faultInjector {
	return &faultInjector{seed: seed, calm: calm, claims: claimsBucket, ledger: l, pause: pause, uses: map[string]uint64{}}
}

// hooks returns the injector's hooks for the local cloud.
func (i *faultInjector) hooks() localcloud.Faults {
	return localcloud.Faults{Before: i.before, After: i.after, Deliveries: i.deliver}
}

// counter returns the counts of faults of a request like r, or nil if no such request goes wrong.
func (i *faultInjector) counter(r localcloud.Request) *[faultKinds]int {
	switch {
	case i.calm:
		return nil
	case isSubmission(r):
		return &i.Submissions
	case r.Bucket == i.claims && (r.Operation == "AppendObject" || r.Operation == "GetObject"):
		return &i.Claims
	case r.Bucket == uploadsBucket && (r.Operation == "HeadObject" || r.Operation == "GetObjectTagging"):
		return &i.LookUps
	}
	return nil
}

// isSubmission reports whether a request submits a task.
func isSubmission(r localcloud.Request) bool {
	return r.Operation == "AsyncProcessObject" || r.Operation == "ProcessObject"
}

// rng returns a random number generator that depends on the seed, its purpose, and the number of calls for that purpose.
func (i *faultInjector) rng(purpose string) *rand.Rand {
	i.uses[purpose]++
	return rand.New(rand.NewPCG(i.seed, hash(purpose)+i.uses[purpose]))
}

// before returns the fault before OSS handles a request.
func (i *faultInjector) before(r localcloud.Request) localcloud.Fault {
	if isSubmission(r) {
		i.ledger.arrive(r)
	}
	f, _, _ := i.draw(r, "before ", throttled, unavailable, hangsBefore, resetBefore, late)
	return f
}

// after returns the fault after OSS handled a request.
func (i *faultInjector) after(r localcloud.Request) localcloud.Fault {
	if r.Operation == "AppendObject" && r.Bucket == i.claims && r.Status == http.StatusOK {
		i.ledger.claim(r)
	}
	f, k, random := i.draw(r, "after ", hangsAfter, resetAfter, failsAfter, slow, paused)
	switch {
	case k.losesAnswer():
		i.ledger.loseAnswer(r.ID)
	case k == paused:
		// Soon after the answer to a claim the function submits, soon after that to a submission it records it.
		var delay time.Duration
		if random.IntN(2) == 0 {
			delay = time.Duration(1 + random.Int64N(int64(time.Millisecond)))
		}
		if instance := i.ledger.instanceOf(r.AccessKeyID); instance > 0 {
			i.pause(instance, delay, random)
		}
	}
	return f
}

// draw picks one of choice for a request at random, or fine. The generator returned supplies its other random values.
func (i *faultInjector) draw(r localcloud.Request, when string, choice ...faultKind) (localcloud.Fault, faultKind, *rand.Rand) {
	i.mu.Lock()
	defer i.mu.Unlock()
	count := i.counter(r)
	if count == nil {
		return localcloud.Fault{}, fine, nil
	}
	random := i.rng(when + r.Operation + " " + r.Key)
	at := random.IntN(1000)
	for _, k := range choice {
		if at -= chances[k]; at < 0 {
			count[k]++
			return k.fault(random), k, random
		}
	}
	return localcloud.Fault{}, fine, nil
}

// faultOf holds the fault of each kind, without its random part.
var faultOf = [faultKinds]localcloud.Fault{
	throttled:   {Status: http.StatusTooManyRequests, Code: "QpsLimitExceeded", Message: "Please reduce your rate of requests."},
	unavailable: {Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "Please reduce your request rate."},
	hangsBefore: {Hang: true},
	hangsAfter:  {Hang: true},
	resetBefore: {Drop: true},
	resetAfter:  {Drop: true},
	failsAfter:  {Status: http.StatusInternalServerError, Code: "InternalError", Message: "We encountered an internal error."},
}

// fault returns a fault of kind k.
func (k faultKind) fault(random *rand.Rand) localcloud.Fault {
	f := faultOf[k]
	switch {
	case k == unavailable && random.IntN(10) == 0:
		f.Header = http.Header{"Retry-After": {"1"}}
	case k == late:
		f.Late = time.Duration(200+random.IntN(5000)) * time.Millisecond
	case k == slow:
		f.Delay = time.Duration(20+random.IntN(500)) * time.Millisecond
	}
	return f
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
	i.Deliveries += len(delays)
	return delays
}

// counts returns the counts so far. Late requests may still be under way.
func (i *faultInjector) counts() faultCounts {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.faultCounts
}

// hash returns the FNV-1a hash of s.
func hash(s string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, s)
	return h.Sum64()
}
