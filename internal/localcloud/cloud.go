package localcloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Cloud is an [OSS] and a Function Compute. Once a function is deployed, uploads invoke it.
type Cloud struct {
	*OSS
	deploying sync.Mutex
	closing   sync.Once
}

var (
	errClosed     = errors.New("the local cloud is closed")
	errNoFunction = errors.New("no function is deployed")
)

// Start starts a local cloud without a function. The caller must close it.
func Start(opts Options) (*Cloud, error) {
	o, err := StartOSS(opts)
	if err != nil {
		return nil, err
	}
	return &Cloud{OSS: o}, nil
}

// Deploy deploys the cloud's function. Instances start with the first invocation. Deploy fails if f is invalid or a function
// is deployed already.
func (c *Cloud) Deploy(f Function) error {
	c.deploying.Lock()
	defer c.deploying.Unlock()
	if c.function.Load() != nil {
		return errors.New("function: one is deployed already")
	}
	if c.ctx.Err() != nil {
		return errClosed
	}
	d, err := deploy(f, c.OSS)
	c.function.Store(d) // nil after an error
	return err
}

// Invoke invokes the function synchronously, without retries. A failure of the function is part of the [Result]. Invoke
// fails if no function is deployed, the cloud is closed, or ctx ends.
func (c *Cloud) Invoke(ctx context.Context, payload []byte) (Result, error) {
	d := c.function.Load()
	if d == nil {
		return Result{}, errNoFunction
	}
	inv := &invocation{id: newFCRequestID(time.Now()), payload: payload, result: make(chan Result, 1)}
	if err := d.queue.add(inv, 0); err != nil {
		return Result{}, err
	}
	select {
	case r := <-inv.result:
		return r, nil
	case <-d.queue.ctx.Done():
		return Result{}, errClosed
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// Deliver queues an event, as a trigger does, and returns the request id of its invocation.
func (c *Cloud) Deliver(payload []byte) (requestID string, err error) {
	d := c.function.Load()
	if d == nil {
		return "", errNoFunction
	}
	return d.enqueue(payload, 0)
}

// Drain waits until no event is queued, in flight or waiting for a retry. It fails if ctx ends or the cloud is closed
// before.
func (c *Cloud) Drain(ctx context.Context) error {
	if d := c.function.Load(); d != nil {
		return d.queue.drain(ctx)
	}
	return nil
}

// Failures returns the messages that the onFailure destination received, oldest first.
func (c *Cloud) Failures() []Failure {
	d := c.function.Load()
	if d == nil {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.failures)
}

// Kill kills the process of an instance, counted from 1, as a failure of its machine would, and waits for its end. The
// invocations in flight in it fail with FunctionExited ([Unhandled]) and are retried. Kill fails if there is no such instance
// or if it has no process.
func (c *Cloud) Kill(instance int) error {
	p, err := c.process(instance)
	if err == nil {
		p.kill()
	}
	return err
}

// process returns the process of an instance, counted from 1.
func (c *Cloud) process(instance int) (*child, error) {
	d := c.function.Load()
	if d == nil {
		return nil, errNoFunction
	}
	if instance < 1 || instance > len(d.instances) {
		return nil, fmt.Errorf("function: there is no instance %d, only 1 to %d", instance, len(d.instances))
	}
	return d.instances[instance-1].running()
}

// Close ends the function's instances, drops queued invocations and closes the OSS. Processes of the custom runtime have
// five seconds to finish the invocations in flight; other processes are killed.
func (c *Cloud) Close() error {
	if d := c.function.Load(); d != nil {
		c.closing.Do(d.close)
	}
	return c.OSS.Close()
}
