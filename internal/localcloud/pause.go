//go:build unix

package localcloud

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

// Pause stops the process of an instance, counted from 1, as if its machine stood still, until resume is called.
//
// The time of invocations does not stand still: those in flight fail with FunctionTimedOut when it is over, and are retried,
// in another process. The paused one is not killed, but ends them after the pause (Result.Abandoned). Resume waits for that,
// and kills it then. Pause fails if there is no such instance, or if it has no process or a paused one.
func (c *Cloud) Pause(instance int) (resume func(), err error) {
	p, err := c.process(instance)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused {
		return nil, fmt.Errorf("function: instance %d is paused already", instance)
	}
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return nil, fmt.Errorf("function: instance %d: %w", instance, err)
	}
	if err := awaitStop(p.cmd.Process.Pid); err != nil {
		return nil, fmt.Errorf("function: instance %d: %w", instance, err)
	}
	p.paused = true
	return p.resume, nil
}

// awaitStop waits until a process stands still. The error is that it has ended.
func awaitStop(pid int) error {
	for {
		var status syscall.WaitStatus
		switch _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); {
		case err == syscall.EINTR:
		case err != nil:
			return err
		case !status.Stopped():
			return os.ErrProcessDone
		default:
			return nil
		}
	}
}

// resume lets the process go on. If it has abandoned jobs, resume waits for their last log lines and kills it.
func (c *child) resume() {
	c.cmd.Process.Signal(syscall.SIGCONT) // an error means that the process was killed
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	for ended := 0; ; ended++ {
		c.mu.Lock()
		jobs := c.abandoned
		c.paused = ended < len(jobs) // if it goes on, it abandons no more
		c.mu.Unlock()
		if ended == len(jobs) {
			if ended > 0 {
				c.kill()
			}
			return
		}
		select {
		case <-jobs[ended].logEnded:
		case <-c.alive.Done():
		case <-limit.C:
			limit.Reset(0) // none of the others gets more time
		}
	}
}
