package localcloud

import (
	"context"
	"errors"
	"sync"
	"time"
)

// invocation is one event on its way through the function.
type invocation struct {
	id      string
	payload []byte
	retry   int         // 0 for the first try
	result  chan Result // where a synchronous caller waits; nil for an asynchronous invocation
}

// queue holds the invocations that wait for an instance. It counts an invocation until it is done with, while it waits
// for a retry or is not due yet, too.
type queue struct {
	mu      sync.Mutex
	arrived *sync.Cond
	waiting []*invocation
	pending int
	idle    chan struct{}        // closed while nothing is pending
	timers  map[*time.Timer]bool // of those that are not due
	closed  bool
	closing chan struct{} // closed with the queue
}

var errClosed = errors.New("the local cloud is closed")

func newQueue() *queue {
	q := &queue{idle: make(chan struct{}), closing: make(chan struct{}), timers: map[*time.Timer]bool{}}
	q.arrived = sync.NewCond(&q.mu)
	close(q.idle)
	return q
}

// add takes a new invocation, which waits for delay before anything else.
func (q *queue) add(inv *invocation, delay time.Duration) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
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

func (q *queue) push(inv *invocation) {
	q.waiting = append(q.waiting, inv)
	q.arrived.Signal()
}

// next waits for an invocation, and returns nil when the queue is closed.
func (q *queue) next() *invocation {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed {
		q.arrived.Wait()
	}
	if q.closed {
		return nil
	}
	inv := q.waiting[0]
	q.waiting = q.waiting[1:]
	return inv
}

// again puts an invocation back after a pause.
func (q *queue) retry(inv *invocation, pause time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.pushAfter(inv, pause)
	}
}

// later puts an invocation into the queue after a pause. The caller holds the lock.
func (q *queue) pushAfter(inv *invocation, pause time.Duration) {
	var timer *time.Timer
	timer = time.AfterFunc(pause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.timers, timer)
		if !q.closed {
			q.push(inv)
		}
	})
	q.timers[timer] = true
}

// done ends the count of an invocation.
func (q *queue) done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pending--; q.pending == 0 {
		close(q.idle)
	}
}

// drain waits until nothing is pending.
func (q *queue) drain(ctx context.Context) error {
	q.mu.Lock()
	idle := q.idle
	q.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-q.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets go of everything that waits.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	close(q.closing)
	for timer := range q.timers {
		timer.Stop()
	}
	q.arrived.Broadcast()
}
