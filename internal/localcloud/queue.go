package localcloud

import (
	"context"
	"sync"
	"time"
)

// invocation is one event for the function.
type invocation struct {
	id      string
	payload []byte
	retry   int         // 0 for the first attempt
	result  chan Result // gets the result of a synchronous invocation; nil for an asynchronous one
}

// queue holds the invocations that wait for an instance. It counts an invocation as pending from add to done, also while it
// is in flight, waits for a retry or is delayed.
type queue struct {
	mu      sync.Mutex
	arrived *sync.Cond
	waiting []*invocation
	pending int
	idle    chan struct{}   // closed while nothing is pending
	ctx     context.Context // ends when the queue is closed
	cancel  context.CancelFunc
}

func newQueue() *queue {
	q := &queue{idle: make(chan struct{})}
	q.ctx, q.cancel = context.WithCancel(context.Background())
	q.arrived = sync.NewCond(&q.mu)
	close(q.idle)
	return q
}

// add queues a new invocation after a delay.
func (q *queue) add(inv *invocation, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ctx.Err() != nil {
		return errClosed
	}
	if q.pending == 0 {
		q.idle = make(chan struct{})
	}
	q.pending++
	if delay > 0 {
		q.pushAfter(inv, delay)
	} else {
		q.push(inv)
	}
	return nil
}

// push makes an invocation available. The caller holds the lock.
func (q *queue) push(inv *invocation) {
	q.waiting = append(q.waiting, inv)
	q.arrived.Signal()
}

// next waits for an invocation. It returns nil once the queue is closed.
func (q *queue) next() *invocation {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && q.ctx.Err() == nil {
		q.arrived.Wait()
	}
	if q.ctx.Err() != nil {
		return nil
	}
	inv := q.waiting[0]
	q.waiting = q.waiting[1:]
	return inv
}

// pushAfter makes a pending invocation available after a pause.
func (q *queue) pushAfter(inv *invocation, pause time.Duration) {
	time.AfterFunc(pause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.push(inv)
	})
}

// done marks one invocation as no longer pending.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending--; q.pending == 0 {
		close(q.idle)
	}
}

// drain waits until no invocation is pending.
func (q *queue) drain(ctx context.Context) error {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-q.ctx.Done():
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close drops all invocations and ends all waiting.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancel()
	q.arrived.Broadcast()
}
