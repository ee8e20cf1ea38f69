package ossclient

import (
	"sync/atomic"
	"time"
)

// Delays of submissions that OSS throttles. An instance may have 200 invocations in flight; if OSS, or IMM behind it,
// refuses one submission for too many, it will refuse the others. IMM's limits reset each second, so no delay is longer.
//
// https://help.aliyun.com/en/imm/support/faq-about-limits
const (
	firstDelay = 100 * time.Millisecond // doubled with each refusal
	maxDelay   = time.Second
)

// throttle delays the first attempt of each request of an instance after OSS refused one, until OSS takes one. Later
// attempts of a request have pauses of their own. The zero throttle, and a nil one, delay nothing.
type throttle struct {
	refusals atomic.Int32 // since OSS last took a request
}

// observe records the outcome of one attempt.
func (t *throttle) observe(r *outcome) {
	switch {
	case t == nil:
	case r.verdict == refused && r.status != 0: // a refused connection says nothing about the number of requests
		t.refusals.Add(1)
	case r.verdict == accepted && t.refusals.Load() > 0:
		t.refusals.Store(0)
	}
}

// delay returns how long the next request has to wait. It uses jitter, in [0, 1), so that requests that wait together do
// not go on together.
func (t *throttle) delay(jitter func() float64) time.Duration {
	if t == nil {
		return 0
	}
	refusals := t.refusals.Load()
	if refusals == 0 {
		return 0
	}
	half := min(firstDelay<<min(refusals-1, 10), maxDelay) / 2
	return half + time.Duration(jitter()*float64(half))
}
