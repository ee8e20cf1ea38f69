package localcloud

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// Function is a function to deploy: the binary and its configuration in Function Compute.
type Function struct {
	Name    string // "onput" if empty
	Binary  string // path of the executable
	Runtime string // "go1" if empty, or "custom"

	// Concurrency is the number of invocations that one instance serves at once, instanceConcurrency: at most 200 in the
	// custom runtime and 1 in go1; 1 if 0.
	Concurrency int

	Dir        string        // working directory; this process's if empty
	Env        []string      // NAME=VALUE; the whole environment apart from FC's own variables
	Timeout    time.Duration // of one attempt, after which the process is killed; 60 s if 0
	Memory     int           // MB, 512 if 0; reported to the function but not enforced
	Instances  int           // number of processes; 1 if 0
	Retries    int           // of a failed asynchronous invocation, maxAsyncRetryAttempts; 3 if 0, none if negative
	RetryPause time.Duration // before a retry; 10 ms if 0, less than FC's
	Credential Credential    // of the function's role, passed to every invocation; a temporary one is created if it is zero
	Triggers   []Trigger
	Topics     []TopicTrigger

	// Completions is an EventBridge trigger on acs.imm: every task that ends invokes the function, with or without notify.
	Completions bool

	// CredentialOf returns the credential of one attempt of an invocation, instead of Credential. OSS reports it as the
	// AccessKeyID of the attempt's requests. It is called once the attempt's time has begun. It may be nil.
	CredentialOf func(requestID string, retry int) Credential
}

// deployment is a deployed function with its queue and instances.
type deployment struct {
	Function
	oss       *OSS
	queue     *queue
	instances []*instance
	workers   sync.WaitGroup

	mu       sync.Mutex
	failures []Failure
}

// maxRetries is the maximum of maxAsyncRetryAttempts:
// https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-1-2
const maxRetries = 8

// deploy checks and completes f, and starts the workers that invoke it.
func deploy(f Function, o *OSS) (*deployment, error) {
	if info, err := os.Stat(f.Binary); err != nil {
		return nil, fmt.Errorf("function: %w", err)
	} else if info.IsDir() {
		return nil, fmt.Errorf("function: %s is a folder", f.Binary)
	}
	for _, t := range f.Triggers {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	for _, t := range f.Topics {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	f.Name = cmp.Or(f.Name, "onput")
	f.Runtime = cmp.Or(f.Runtime, "go1")
	f.Concurrency = cmp.Or(f.Concurrency, 1)
	f.Timeout = cmp.Or(f.Timeout, time.Minute)
	f.Memory = cmp.Or(f.Memory, 512)
	f.Instances = cmp.Or(f.Instances, 1)
	f.Retries = cmp.Or(f.Retries, 3)
	f.RetryPause = cmp.Or(f.RetryPause, 10*time.Millisecond)
	f.Credential = cmp.Or(f.Credential, Credential{"STS.NTLocal" + randomHex(12), randomHex(30), randomHex(120)})
	if f.Retries > maxRetries {
		return nil, fmt.Errorf("function: %d retries, more than %d", f.Retries, maxRetries)
	}
	runtime, ok := functionRuntimes[f.Runtime]
	if !ok {
		return nil, fmt.Errorf("function: no runtime is called %q; there are go1 and custom", f.Runtime)
	}
	if most := runtime.maxConcurrency; f.Concurrency > most {
		return nil, fmt.Errorf("function: %d invocations at once in an instance of %s, more than %d", f.Concurrency, f.Runtime, most)
	}
	o.AddCredential(f.Credential)
	d := &deployment{Function: f, oss: o, queue: newQueue()}
	for n := range f.Instances {
		in := &instance{deployment: d, number: n + 1}
		d.instances = append(d.instances, in)
		for range f.Concurrency {
			d.workers.Go(func() {
				for inv := d.queue.next(); inv != nil; inv = d.queue.next() {
					d.conclude(inv, in.invoke(inv))
				}
			})
		}
	}
	return d, nil
}

// onCreated queues the event of an upload for every trigger that matches it, once after each of the delays.
func (d *deployment) onCreated(e ObjectCreated, delays []time.Duration) {
	for _, t := range d.Triggers {
		if t.matches(e) {
			for _, delay := range delays {
				d.enqueue(e.payload(d.oss.opts.Region, d.oss.opts.AccountID, t.ruleID()), delay)
			}
		}
	}
}

// onPublished queues a message for every trigger on its topic.
func (d *deployment) onPublished(topic string, message []byte, delay time.Duration) {
	for _, t := range d.Topics {
		if t.Topic == topic {
			d.enqueue(t.payload(d.oss.opts.AccountID, message, d.oss.opts.Now().Add(delay)), delay)
		}
	}
}

// onTaskEnded queues the event of EventBridge for a task that ends after a delay.
func (d *deployment) onTaskEnded(message completionMessage, delay time.Duration) {
	if d.Completions {
		d.enqueue(message.cloudEvent(d.oss.opts.Now().Add(delay)), delay)
	}
}

// enqueue queues an asynchronous invocation and returns its id.
func (d *deployment) enqueue(payload []byte, delay time.Duration) (string, error) {
	inv := &invocation{id: newFCRequestID(time.Now()), payload: payload}
	return inv.id, d.queue.add(inv, delay)
}

// conclude reacts to the result of an attempt: it returns it to the caller, retries, or gives up.
//
// https://www.alibabacloud.com/help/en/functioncompute/fc/error-handling-1-2
func (d *deployment) conclude(inv *invocation, r Result) {
	d.oss.emit(InvocationEnded{r})
	switch {
	case inv.result != nil:
		inv.result <- r
	case r.FunctionError == "":
	case inv.retry < d.Retries:
		again := *inv
		again.retry++
		d.oss.emit(InvocationRetried{inv.id, again.retry, d.RetryPause})
		d.queue.pushAfter(&again, d.RetryPause)
		return
	default:
		f := Failure{
			Timestamp: d.oss.opts.Now().UnixMilli(),
			RequestContext: FailureContext{RequestID: inv.id, Condition: r.FunctionError, InvokeCount: inv.retry + 1,
				FunctionARN: "acs:fc:" + d.oss.opts.Region + ":" + d.oss.opts.AccountID + ":functions/" + d.Name},
			RequestPayload: string(inv.payload),
			Response:       FailureOutcome{200, r.FunctionError},
			Payload:        string(r.Answer),
		}
		d.mu.Lock()
		d.failures = append(d.failures, f)
		d.mu.Unlock()
		d.oss.emit(InvocationFailed{f})
	}
	d.queue.done()
}

// close stops all instances and workers.
func (d *deployment) close() {
	d.queue.close()
	for _, in := range d.instances {
		d.workers.Go(in.close)
	}
	d.workers.Wait()
}

// headers returns the headers of an invocation. Its deadline counts from now.
func (d *deployment) headers(inv *invocation) http.Header {
	deadline := time.Now().Add(d.Timeout)
	cred := d.Credential
	if d.CredentialOf != nil {
		cred = d.CredentialOf(inv.id, inv.retry)
		d.oss.AddCredential(cred)
	}
	return http.Header{
		"Content-Type":           {"application/octet-stream"},
		"X-Fc-Request-Id":        {inv.id},
		"X-Fc-Retry-Count":       {strconv.Itoa(inv.retry)},
		"X-Fc-Function-Deadline": {strconv.FormatInt(deadline.UnixMilli(), 10)},
		"X-Fc-Function-Timeout":  {strconv.Itoa(int(math.Ceil(d.Timeout.Seconds())))},
		"X-Fc-Function-Name":     {d.Name},
		"X-Fc-Function-Handler":  {"main"},
		"X-Fc-Function-Memory":   {strconv.Itoa(d.Memory)},
		"X-Fc-Function-Type":     {"0"},
		"X-Fc-Control-Path":      {"/invoke"},
		"X-Fc-Region":            {d.oss.opts.Region},
		"X-Fc-Account-Id":        {d.oss.opts.AccountID},
		"X-Fc-Qualifier":         {"LATEST"},
		"X-Fc-Access-Key-Id":     {cred.AccessKeyID},
		"X-Fc-Access-Key-Secret": {cred.AccessKeySecret},
		"X-Fc-Security-Token":    {cred.SecurityToken},
	}
}
