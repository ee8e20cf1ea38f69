package localcloud

import (
	"fmt"
	"sync"
	"time"
)

// instance is one instance of the function: a process that is started for the first invocation, and again for the next
// one after it ended.
type instance struct {
	*deployment
	number  int           // from 1
	closing chan struct{} // closed with the instance

	starting sync.Mutex // held by who looks for a process or starts one

	mu     sync.Mutex
	child  *child
	deaths int // processes in a row that ended before they were ready
	closed bool
}

// startLimit is how long a process may take until it is ready for an invocation.
const startLimit = 30 * time.Second

func newInstance(d *deployment, number int) *instance {
	return &instance{deployment: d, number: number, closing: make(chan struct{})}
}

// job is one try of an invocation in a process.
type job struct {
	*invocation
	replies  chan reply    // what the process made of it
	logEnded chan struct{} // closed when the last of its log lines is read
	log      []string
}

type reply struct {
	failed bool
	body   []byte
}

// invoke makes one try of an invocation, to its end: an answer, an error, the end of the process or of the time.
func (in *instance) invoke(inv *invocation) Result {
	r := Result{RequestID: inv.id, Instance: in.number, Retry: inv.retry}
	j := &job{invocation: inv, replies: make(chan reply, 1), logEnded: make(chan struct{})}
	for {
		c, err := in.acquire(j)
		if err != nil {
			return r.unhandled("FunctionNotStarted", err.Error())
		}
		err = c.dispatch(j)
		if err != nil && c.wasReady.Load() {
			continue // the process served others before, and ended without having seen this one
		}
		if err != nil {
			r = r.unhandled("FunctionNotStarted", err.Error())
		} else {
			in.emit(InvocationStarted{inv.id, in.number, inv.retry, inv.payload})
			began := time.Now()
			r = c.awaitResult(j, r)
			r.Duration = time.Since(began)
		}
		c.untrack(j)
		r.Log = j.log
		return r
	}
}

// ready returns the process, and starts one if there is none. Where processes end again and again before they are ready,
// it takes its time. From now on the process knows the job, and j's log lines can be told.
func (in *instance) acquire(j *job) (*child, error) {
	in.starting.Lock()
	defer in.starting.Unlock()
	in.mu.Lock()
	c, deaths := in.child, in.deaths
	in.mu.Unlock()
	if c != nil && c.alive.Err() == nil {
		c.track(j)
		return c, nil
	}
	if deaths > 1 {
		pause := time.NewTimer(min(time.Second, time.Millisecond<<min(deaths, 10)))
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-in.closing:
		}
	}
	c, err := in.start(j)
	if err != nil {
		return nil, err
	}
	in.emit(FunctionStarted{in.number, c.cmd.Process.Pid})
	go c.wait()
	return c, nil
}

// kill ends the process, and returns when it is gone.
func (in *instance) kill() error {
	in.mu.Lock()
	c := in.child
	in.mu.Unlock()
	if c == nil || c.alive.Err() != nil {
		return fmt.Errorf("function: instance %d has no process", in.number)
	}
	c.kill()
	return nil
}

// close ends the process for good, as its runtime ends one; an invocation that does not end with it fails.
func (in *instance) close() {
	in.mu.Lock()
	in.closed = true
	close(in.closing)
	c := in.child
	in.mu.Unlock()
	if c != nil {
		c.stop()
	}
}
