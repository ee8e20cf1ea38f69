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
// for a retry, too.
type queue struct {
	mu      sync.Mutex
	arrived *sync.Cond
	waiting []*invocation
	pending int
	idle    chan struct{} // closed while nothing is pending
	retries map[*time.Timer]bool
	closed  bool
	gone    chan struct{} // closed with the queue
}

var errClosed = errors.New("the local cloud is closed")

func newQueue() *queue {
	q := &queue{idle: make(chan struct{}), gone: make(chan struct{}), retries: map[*time.Timer]bool{}}
	q.arrived = sync.NewCond(&q.mu)
	close(q.idle)
	return q
}

// add takes a new invocation.
func (q *queue) add(inv *invocation) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errClosed
	}
	if q.pending == 0 {
		q.idle = make(chan struct{})
	}
	q.pending++
	q.push(inv)
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
func (q *queue) again(inv *invocation, pause time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(pause, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		delete(q.retries, timer)
		if !q.closed {
			q.push(inv)
		}
	})
	q.retries[timer] = true
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
	case <-q.gone:
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
	close(q.gone)
	for timer := range q.retries {
		timer.Stop()
	}
	q.arrived.Broadcast()
}
