package localcloud

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// child is one process of the function.
type child struct {
	*instance
	runtime     runtime
	cmd         *exec.Cmd
	alive       context.Context // ends when the process is gone and all its output is read
	markGone    context.CancelFunc
	wasReady    atomic.Bool // for an invocation; the runtime says so
	partialLine []byte      // what is there of the line that the process is writing

	mu   sync.Mutex
	jobs map[string]*job // in flight, by request id: replies and log lines belong to them
}

// runtime is how invocations get into a process of the function and their results out. Nothing else in this package
// knows.
type runtime interface {
	// hand returns nil when the process has the job; what it makes of it goes to j.reply, unless the process ends. Where ctx
	// ends before the process is ready, hand returns its error.
	dispatch(ctx context.Context, j *job) error

	// stop lets the process end by itself, if the runtime has a way to, until ctx ends.
	stop(ctx context.Context)

	// close lets go of what the runtime holds. It is called when the process is gone.
	close()
}

// runtimes make a runtime for a process that is about to start, and the environment variable that leads it there.
var runtimes = map[string]func(*child) (runtime, string, error){
	"go1":    newGo1,
	"custom": newCustom,
}

// stopLimit is how long a process may take to end by itself.
const stopLimit = 5 * time.Second

// start starts a process for a job. Its end is the caller's to wait for.
func (in *instance) start(j *job) (*child, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return nil, errClosed
	}
	c := &child{instance: in, jobs: map[string]*job{j.id: j}}
	c.alive, c.markGone = context.WithCancel(context.Background())
	var variable string
	var err error
	if c.runtime, variable, err = runtimes[in.Runtime](c); err != nil {
		c.markGone()
		return nil, err
	}
	c.cmd = exec.Command(in.Binary)
	c.cmd.Dir = in.Dir
	c.cmd.Env = append(in.environment(), variable)
	c.cmd.Stdout, c.cmd.Stderr = c, c // one for both, so that the lines keep their order
	c.cmd.WaitDelay = time.Second     // for processes that it started and that hold on to its output
	if err := c.cmd.Start(); err != nil {
		c.markGone()
		c.runtime.close()
		return nil, err
	}
	in.child = c
	return c, nil
}

// wait sees the process to its end.
func (c *child) wait() {
	c.cmd.Wait()
	c.endLine()
	c.runtime.close()
	c.instance.mu.Lock()
	if c.deaths++; c.wasReady.Load() {
		c.deaths = 0
	}
	c.instance.mu.Unlock()
	c.emit(FunctionExited{c.number, c.cmd.Process.Pid, c.cmd.ProcessState.String()})
	c.markGone()
}

// kill ends the process, and returns when it is gone.
func (c *child) kill() {
	c.cmd.Process.Kill()
	<-c.alive.Done()
}

// stop ends the process, gently if it ends in time.
func (c *child) stop() {
	ctx, cancel := context.WithTimeout(c.alive, stopLimit)
	defer cancel()
	c.runtime.stop(ctx)
	c.kill()
}

// expect makes a job known to the process, and forget ends that. Between them its log belongs to the process.
func (c *child) track(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs[j.id] = j
}

func (c *child) untrack(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.jobs, j.id)
}

// job returns the job with a request id, nil if it is not in flight.
func (c *child) job(requestID string) *job {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jobs[requestID]
}

// hand gives the job to the process. On an error the process is gone.
func (c *child) dispatch(j *job) error {
	ctx, cancel := context.WithTimeout(c.alive, startLimit)
	defer cancel()
	if c.runtime.dispatch(ctx, j) == nil {
		return nil
	}
	if c.alive.Err() == nil {
		c.kill()
		return fmt.Errorf("the function was not ready for an invocation within %s", startLimit)
	}
	return fmt.Errorf("the function ended before it was ready for an invocation: %s", c.cmd.ProcessState)
}

// finish waits for what comes of a job that the process has: a reply and its last log line, the end of the process, or
// the end of its time.
func (c *child) awaitResult(j *job, r Result) Result {
	timer := time.NewTimer(c.Timeout)
	defer timer.Stop()
	select {
	case a := <-j.replies:
		select { // A function writes a last line before it replies, but the line may take longer to get here.
		case <-j.logEnded:
		case <-c.alive.Done():
		case <-timer.C:
		}
		return r.replied(a)
	case <-timer.C:
		c.kill()
		return r.unhandled("FunctionTimedOut", fmt.Sprintf("Function timed out after %g seconds", c.Timeout.Seconds()))
	case <-c.alive.Done():
		select {
		case a := <-j.replies: // it was in time
			return r.replied(a)
		default:
			return r.unhandled("FunctionExited", fmt.Sprintf("Process exited unexpectedly before completing request: %s", c.cmd.ProcessState))
		}
	}
}
