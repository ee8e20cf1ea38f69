package fcruntime

import "sync"

// drain counts the invocations in flight. Once closed it admits no more, and reports when the last one ends.
type drain struct {
	mu       sync.Mutex
	inFlight int
	closed   bool
	empty    chan struct{} // closed when the drain is closed and nothing is in flight
}

func newDrain() *drain { return &drain{empty: make(chan struct{})} }

// enter admits an invocation and reports true, unless the drain is closed. Each enter that reports true needs one leave.
func (d *drain) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.inFlight++
	return true
}

// leave ends an invocation that enter admitted.
func (d *drain) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inFlight--; d.closed && d.inFlight == 0 {
		close(d.empty)
	}
}

// close stops admitting invocations. It returns a channel that is closed when none is in flight.
// It may be called more than once.
func (d *drain) close() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.closed = true
		if d.inFlight == 0 {
			close(d.empty)
		}
	}
	return d.empty
}
