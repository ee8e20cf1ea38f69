package localcloud

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// child is one process of the function.
type child struct {
	*instance
	runtime     functionRuntime
	cmd         *exec.Cmd
	alive       context.Context // ends when the process has ended and all its output is read
	markGone    context.CancelFunc
	wasReady    atomic.Bool // the process was ready for an invocation; set by the runtime
	partialLine []byte      // the line that the process is writing, as far as it is read

	mu        sync.Mutex
	jobs      map[string]*job // jobs in flight, by request id; also abandoned ones
	paused    bool            // it stands still, or has abandoned jobs to end
	killed    bool            // it is about to end
	abandoned []*job          // jobs that timed out while it was paused
}

// functionRuntime passes invocations to a process of the function and gets their results.
type functionRuntime interface {
	// dispatch passes the job to the process once that is ready. The reply goes to j.replies, unless the process ends first.
	dispatch(ctx context.Context, j *job) error

	// stop asks the process to end, if the runtime has a way to, and waits for that until ctx ends.
	stop(ctx context.Context)

	// close releases the runtime's resources. It is called after the process has ended.
	close()
}

// functionRuntimes are the runtimes by name. create returns the runtime of a process that is about to start, and the
// environment variable with the runtime's address.
var functionRuntimes = map[string]struct {
	create         func(*child) (runtime functionRuntime, variable string, err error)
	maxConcurrency int
}{
	"go1":    {newGo1, 1},
	"custom": {newCustom, MaxConcurrency},
}

// stopLimit bounds the time in which a process ends by itself.
const stopLimit = 5 * time.Second

// start starts a process for a job. The caller holds the lock and must call wait.
func (in *instance) start(j *job) (*child, error) {
	if in.queue.ctx.Err() != nil {
		return nil, errClosed
	}
	c := &child{instance: in, jobs: map[string]*job{j.id: j}}
	c.alive, c.markGone = context.WithCancel(context.Background())
	var variable string
	var err error
	if c.runtime, variable, err = functionRuntimes[in.Runtime].create(c); err != nil {
		c.markGone()
		return nil, err
	}
	c.cmd = exec.Command(in.Binary)
	c.cmd.Dir = in.Dir
	c.cmd.Env = slices.Concat([]string{
		"FC_REGION=" + in.oss.opts.Region, "FC_ACCOUNT_ID=" + in.oss.opts.AccountID, "FC_FUNCTION_NAME=" + in.Name,
		"FC_FUNCTION_HANDLER=main", "FC_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(in.Memory),
	}, in.Env, []string{variable})
	c.cmd.Stdout, c.cmd.Stderr = c, c // one for both, so that the lines keep their order
	c.cmd.WaitDelay = time.Second     // for its own child processes, which may keep its output open
	if err := c.cmd.Start(); err != nil {
		c.markGone()
		c.runtime.close()
		return nil, err
	}
	in.child = c
	return c, nil
}

// wait waits for the end of the process.
func (c *child) wait() {
	c.cmd.Wait()
	c.endLine()
	c.runtime.close()
	c.instance.mu.Lock()
	if c.deaths++; c.wasReady.Load() {
		c.deaths = 0
	}
	c.instance.mu.Unlock()
	c.oss.emit(FunctionExited{c.number, c.cmd.Process.Pid, c.cmd.ProcessState.String()})
	c.markGone()
}

// kill kills the process and waits for its end.
func (c *child) kill() {
	c.mu.Lock()
	c.killed = true
	c.mu.Unlock()
	c.cmd.Process.Kill()
	<-c.alive.Done()
}

// stop ends the process, and kills it if that takes too long.
func (c *child) stop() {
	ctx, cancel := context.WithTimeout(c.alive, stopLimit)
	defer cancel()
	c.runtime.stop(ctx)
	c.kill()
}

// track adds a job to the jobs in flight.
func (c *child) track(j *job) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs[j.id] = j
}

// untrack removes a job from the jobs in flight, unless it is abandoned, and returns its log.
func (c *child) untrack(j *job) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains(c.abandoned, j) {
		delete(c.jobs, j.id)
	}
	return slices.Clone(j.log)
}

// job returns the job in flight with a request id, or nil.
func (c *child) job(requestID string) *job {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jobs[requestID]
}

// dispatch passes the job to the process. After an error the process has ended.
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

// abandon gives a job up whose time is over, without killing the process, and reports true if the process is paused: no
// signal reaches a machine that stands still. Further invocations get another process.
func (c *child) abandon(j *job) bool {
	c.mu.Lock()
	if !c.paused || c.killed {
		c.mu.Unlock()
		return false
	}
	c.abandoned = append(c.abandoned, j)
	first := len(c.abandoned) == 1
	c.mu.Unlock()
	if first {
		c.leave(c)
		c.workers.Go(func() { // the instance will not stop this process
			select {
			case <-c.alive.Done():
			case <-c.queue.ctx.Done():
				c.kill()
			}
		})
	}
	return true
}

// awaitResult waits for a job's reply and last log line, for the end of the process, or for the timeout.
func (c *child) awaitResult(j *job, r Result) Result {
	timer := time.NewTimer(c.Timeout)
	defer timer.Stop()
	select {
	case a := <-j.replies:
		timer.Reset(c.Timeout)
		select { // the function writes its last line before it replies, but it may be read later
		case <-j.logEnded:
		case <-c.alive.Done():
		case <-timer.C:
		}
		return r.replied(a)
	case <-timer.C:
		if r.Abandoned = c.abandon(j); !r.Abandoned {
			c.kill()
		}
		return r.unhandled("FunctionTimedOut", fmt.Sprintf("Function timed out after %g seconds", c.Timeout.Seconds()))
	case <-c.alive.Done():
		select {
		case a := <-j.replies: // it came first
			return r.replied(a)
		default:
			return r.unhandled("FunctionExited", fmt.Sprintf("Process exited unexpectedly before completing request: %s", c.cmd.ProcessState))
		}
	}
}
