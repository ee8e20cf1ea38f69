package localcloud

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Faults let OSS misbehave on purpose. All of them may be nil, and are called from many goroutines at once.
type Faults struct {
	// Before is asked when a request is understood and its signature is right, and it has done nothing yet; After when it
	// has done what it can and is to be answered.
	Before, After func(Request) Fault

	// Task is asked how a task that was accepted ends. Without it, at once, and well.
	Task func(Process) TaskResult

	// Deliveries is asked how often a trigger tells of an upload, and after which delays each time. Without it, once and at
	// once.
	Deliveries func(ObjectCreated) []time.Duration
}

// Fault is what happens to a request. The zero Fault is none. Late and Delay come first, then the first of Drop, Hang and
// Status that is set.
type Fault struct {
	Late    time.Duration // a delay after which OSS goes on even if the client has given up
	Delay   time.Duration // one that ends with the client's patience, and the request with it
	Drop    bool          // the connection is closed without an answer
	Hang    bool          // no answer ever comes; ends when the client gives up
	Status  int           // this error is answered
	Code    string        // with Status: OSS's error code, such as ServiceUnavailable
	Message string
	Header  http.Header // with Status: further headers, such as Retry-After

	Endpoint string // with Status: the host that OSS says is to be asked instead
}

// SetFaults sets the faults for the requests that come from now on. The zero Faults ends them.
func (o *OSS) SetFaults(f Faults) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults = f
}

// deliveries returns the delays after which a trigger tells of an upload.
func (o *OSS) deliveries(e ObjectCreated) []time.Duration {
	o.mu.Lock()
	deliveries := o.faults.Deliveries
	o.mu.Unlock()
	if deliveries == nil {
		return []time.Duration{0}
	}
	return deliveries(e)
}

// suffer lets a fault happen, and says whether the request is done with it.
func (o *OSS) applyFault(c *call, f Fault) (a *response, done bool, err error) {
	ctx := c.http.Context()
	if f.Late > 0 {
		body, err := io.ReadAll(c.http.Body) // while there is somebody who sends it
		if err != nil {
			return nil, true, nil
		}
		c.http.Body = io.NopCloser(bytes.NewReader(body))
		timer := time.NewTimer(f.Late)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-o.ctx.Done():
			return nil, true, nil
		}
	}
	if f.Delay > 0 {
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, true, nil
		}
	}
	switch {
	case f.Drop:
		return nil, true, nil
	case f.Hang:
		// net/http notices that the client is gone only once the body is read.
		if _, err := io.Copy(io.Discard, c.http.Body); err == nil {
			<-ctx.Done()
		}
		return nil, true, nil
	case f.Status != 0:
		return nil, true, &Error{Status: f.Status, Code: f.Code, Message: f.Message, Header: f.Header, Endpoint: f.Endpoint}
	}
	return nil, false, nil
}
