package ossclient

import (
	"context"
	"sync/atomic"
	"time"

	"onput/internal/clock"
)

// Delays of submissions that OSS throttles. An instance may have 200 invocations in flight; if OSS, or IMM which it calls,
// refuses one submission for too many, it will refuse the others. Limits are counted by the second, so no delay is longer.
//
// https://help.aliyun.com/en/imm/support/faq-about-limits and https://help.aliyun.com/en/oss/user-guide/0004-00000801
const (
	firstDelay = 100 * time.Millisecond // doubled with each refusal
	maxDelay   = time.Second
)

// throttle delays the first attempt of each request of an instance after OSS refused one, until OSS takes one.
// Later attempts of a request have pauses of their own. A nil throttle delays nothing.
type throttle struct {
	refusals atomic.Int32 // since OSS last took a request
}

// observe records the outcome of one attempt.
func (t *throttle) observe(r *outcome) {
	switch {
	case t == nil:
	case r.verdict == retryNow && r.status != 0: // a refused connection says nothing about the number of requests
		t.refusals.Add(1)
	case r.verdict == accepted:
		t.refusals.Store(0)
	}
}

// waitTurn waits for the delay of t, at most half of the time that ctx has left. The caller checks whether ctx ended.
func (c *Client) waitTurn(ctx context.Context, t *throttle) {
	if t == nil {
		return
	}
	if refusals := int(t.refusals.Load()); refusals > 0 {
		delay := clock.Backoff(refusals, firstDelay, maxDelay, c.jitter)
		if deadline, ok := ctx.Deadline(); ok {
			delay = min(delay, clock.Left(deadline, time.Now())/2)
		}
		c.Wait(ctx, delay)
	}
}
