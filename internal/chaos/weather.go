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
	resetBefore
	late       // OSS does it after a while, whether or not anybody waits
	hangsAfter // no answer, and OSS has done it
	resetAfter
	failsAfter // 500, and OSS has done it
	slow       // an answer that takes its time
	kinds
)

// lost says whether who sent the request cannot know that OSS did what it was asked.
func (k kind) lost() bool { return k == hangsAfter || k == resetAfter || k == failsAfter }

// chances are how often each kind happens, in a thousand requests. A throttled request is tried again within the
// invocation, one that hangs takes all that is left of its time.
var chances = [kinds]int{
	throttled: 50, unavailable: 50, hangsBefore: 8, resetBefore: 15, late: 10, hangsAfter: 8, resetAfter: 15, failsAfter: 10, slow: 40,
}

// weather decides what goes wrong with requests to OSS and how often uploads are told of.
type weather struct {
	seed   uint64
	calm   bool   // nothing goes wrong
	claims string // the bucket of claims
	books  *tally

	mu          sync.Mutex
	asked       map[string]uint64 // how often, by operation and key
	submissions [kinds]int
	onClaims    [kinds]int
	deliveries  int
}

func newWeather(seed uint64, calm bool, claimsBucket string, books *tally) *weather {
	return &weather{seed: seed, calm: calm, claims: claimsBucket, books: books, asked: map[string]uint64{}}
}

// faults returns the weather as the local cloud wants it.
func (w *weather) faults() localcloud.Faults {
	return localcloud.Faults{Before: w.before, After: w.after, Deliveries: w.deliver}
}

// hit says whether requests like this suffer from the weather, and where they are counted.
func (w *weather) hit(r localcloud.Request) *[kinds]int {
	switch {
	case w.calm:
		return nil
	case r.Operation == "AsyncProcessObject":
		return &w.submissions
	case r.Bucket == w.claims && (r.Operation == "AppendObject" || r.Operation == "GetObject"):
		return &w.onClaims
	}
	return nil
}

// roll returns dice that depend on the seed, on what they are for, and on how often that was asked for.
func (w *weather) roll(what string) *rand.Rand {
	w.asked[what]++
	return rand.New(rand.NewPCG(w.seed, hash(what)+w.asked[what]))
}

func (w *weather) before(r localcloud.Request) localcloud.Fault {
	if r.Operation == "AsyncProcessObject" {
		w.books.arrive(r.ID)
	}
	f, _ := w.draw(r, "before ", throttled, unavailable, hangsBefore, resetBefore, late)
	return f
}

func (w *weather) after(r localcloud.Request) localcloud.Fault {
	f, k := w.draw(r, "after ", hangsAfter, resetAfter, failsAfter, slow)
	if k.lost() {
		w.books.lose(r.ID)
	}
	return f
}

// draw decides on one request.
func (w *weather) draw(r localcloud.Request, when string, choice ...kind) (localcloud.Fault, kind) {
	w.mu.Lock()
	defer w.mu.Unlock()
	count := w.hit(r)
	if count == nil {
		return localcloud.Fault{}, fine
	}
	dice := w.roll(when + r.Operation + " " + r.Key)
	at := dice.IntN(1000)
	for _, k := range choice {
		if at -= chances[k]; at < 0 {
			count[k]++
			return k.fault(dice), k
		}
	}
	return localcloud.Fault{}, fine
}

// fault returns what the local cloud is to do.
func (k kind) fault(dice *rand.Rand) localcloud.Fault {
	switch k {
	case throttled:
		return localcloud.Fault{Status: http.StatusTooManyRequests, Code: "QpsLimitExceeded", Message: "Please reduce your rate of requests."}
	case unavailable:
		f := localcloud.Fault{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "Please reduce your request rate."}
		if dice.IntN(10) == 0 {
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
		return localcloud.Fault{Late: time.Duration(200+dice.IntN(5000)) * time.Millisecond}
	case slow:
		return localcloud.Fault{Delay: time.Duration(20+dice.IntN(500)) * time.Millisecond}
	}
	return localcloud.Fault{}
}

// deliver says how often an upload is told of: one to three times, the first at once, the others with it or up to two
// seconds later. So it is in calm weather, too.
func (w *weather) deliver(e localcloud.ObjectCreated) []time.Duration {
	if e.Bucket != uploadsBucket {
		return nil // nobody listens there
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	dice := w.roll("deliver " + e.Key)
	delays := make([]time.Duration, 1+dice.IntN(3))
	for i := range delays[1:] {
		if dice.IntN(2) == 0 {
			delays[i+1] = time.Duration(dice.IntN(2000)) * time.Millisecond
		}
	}
	slices.Sort(delays)
	w.deliveries += len(delays)
	return delays
}

// report fills in what went wrong. OSS may still be late with something.
func (w *weather) report(r *Report) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Deliveries, r.Submissions, r.Claims = w.deliveries, w.submissions, w.onClaims
}

// hash spreads what the dice are for, in the same way every time.
func hash(s string) uint64 {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
