package handler

import (
	"context"
	"sync/atomic"
	"time"
)

// Slowness. An instance may have 200 invocations in flight; where OSS, or IMM behind it, refuses one submission because of
// too many, it is going to refuse the others. IMM's limits reset each second, so no submission is held longer than that.
//
// https://help.aliyun.com/en/imm/support/faq-about-limits
const (
	firstSlowness = 100 * time.Millisecond // doubled with each refusal
	maxSlowness   = time.Second
)

// pace is how fast an instance submits, with all of its invocations: as fast as it can until OSS refuses; then each
// submission waits before its first try, until OSS takes one. The tries after the first have pauses of their own. The zero
// pace, and a nil one, are at full speed.
type pace struct {
	refusals atomic.Int32 // since OSS last took a submission
}

// heard takes down what one try came to.
func (p *pace) heard(r *outcome) {
	switch {
	case p == nil:
	case r.verdict == refused && r.status != 0: // a refused connection says nothing about how many
		p.refusals.Add(1)
	case r.verdict == accepted && p.refusals.Load() > 0:
		p.refusals.Store(0)
	}
}

// keep holds a request to the pace. Towards the deadline of ctx it holds it less.
func (o *OSS) keep(ctx context.Context, p *pace) {
	if p == nil {
		return
	}
	refusals := p.refusals.Load()
	if refusals == 0 {
		return
	}
	half := min(firstSlowness<<min(refusals-1, 10), maxSlowness) / 2
	pause := half + time.Duration(o.jitter()*float64(half)) // those that wait together do not go on together
	if deadline, ok := ctx.Deadline(); ok {
		pause = min(pause, time.Until(deadline)/2)
	}
	o.wait(ctx, pause) // that ctx has ended is seen by who goes on
}
