package localcloud

import (
	"fmt"
	"sync"
	"time"

	"onput/internal/clock"
)

// instance is one instance of the function. It starts a process for the first invocation, and a new one for the next
// invocation after a process has ended.
type instance struct {
	*deployment
	number int // from 1

	mu     sync.Mutex // held while a process starts
	child  *child
	deaths int // number of processes in a row that ended before they were ready
}

// startLimit bounds the time in which a process gets ready for an invocation.
const startLimit = 30 * time.Second

// job is one attempt of an invocation in a process.
type job struct {
	*invocation
	replies  chan reply    // gets the reply of the process
	logEnded chan struct{} // closed when its last log line is read
	endLog   func()        // closes logEnded, once
	log      []string
}

// reply is the reply of the process to a job.
type reply struct {
	failed bool
	body   []byte
}

// invoke makes one attempt of an invocation. It returns once the function has replied, exited or timed out.
func (in *instance) invoke(inv *invocation) Result {
	r := Result{RequestID: inv.id, Instance: in.number, Retry: inv.retry}
	j := &job{invocation: inv, replies: make(chan reply, 1), logEnded: make(chan struct{})}
	j.endLog = sync.OnceFunc(func() { close(j.logEnded) })
	for {
		c, err := in.acquire(j)
		if err != nil {
			return r.unhandled("FunctionNotStarted", err.Error())
		}
		err = c.dispatch(j)
		if err != nil && c.wasReady.Load() {
			continue // the process served others before, and ended without seeing this one
		}
		if err != nil {
			r = r.unhandled("FunctionNotStarted", err.Error())
		} else {
			in.oss.emit(InvocationStarted{inv.id, in.number, inv.retry, inv.payload})
			began := time.Now()
			r = c.awaitResult(j, r)
			r.Duration = time.Since(began)
		}
		r.Log = c.untrack(j)
		return r
	}
}

// acquire returns the process and tracks the job in it. It starts one if there is none, after a pause if several in a row
// ended before they were ready.
func (in *instance) acquire(j *job) (*child, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if c := in.child; c != nil && c.alive.Err() == nil {
		c.track(j)
		return c, nil
	}
	if in.deaths > 1 {
		clock.Wait(in.queue.ctx, min(time.Second, time.Millisecond<<min(in.deaths, 10)))
	}
	c, err := in.start(j)
	if err != nil {
		return nil, err
	}
	in.oss.emit(FunctionStarted{in.number, c.cmd.Process.Pid})
	go c.wait()
	return c, nil
}

// running returns the process.
func (in *instance) running() (*child, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.child == nil || in.child.alive.Err() != nil {
		return nil, fmt.Errorf("function: instance %d has no process", in.number)
	}
	return in.child, nil
}

// leave makes the next invocation start another process than c.
func (in *instance) leave(c *child) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.child == c {
		in.child = nil
	}
}

// close stops the process for good. Invocations that it does not finish fail.
func (in *instance) close() {
	in.mu.Lock()
	c := in.child
	in.mu.Unlock()
	if c != nil {
		c.stop()
	}
}
