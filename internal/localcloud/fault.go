package localcloud

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"onput/internal/clock"
)

// Faults make OSS misbehave on purpose. Each may be nil, and is called from many goroutines at once.
type Faults struct {
	// Before is called for an authenticated request before it has any effect, After before its response is sent. After knows
	// the status of a successful one.
	Before, After func(Request) Fault

	// Task returns how an accepted task ends. Without it every task succeeds at once.
	Task func(Process) TaskResult

	// Deliveries returns a delay for each delivery of an upload to a trigger. Without it there is one, without delay.
	Deliveries func(ObjectCreated) []time.Duration
}

// Fault disturbs a request. The zero Fault does not. Late and Delay come first, then the first of Drop, Hang and Status
// that is set.
type Fault struct {
	Late    time.Duration // a delay that the request survives if the client gives up
	Delay   time.Duration // a delay that ends the request if the client gives up
	Drop    bool          // the connection is closed without a response
	Hang    bool          // there is no response; ends when the client gives up
	Status  int           // the response is this error
	Code    string        // with Status: OSS's error code, such as ServiceUnavailable
	Message string
	Header  http.Header // with Status: further headers, such as Retry-After

	Endpoint string // with Status: the host to use instead
}

// SetFaults sets the faults of all further requests. The zero Faults ends them.
func (o *OSS) SetFaults(f Faults) { o.faults.Store(&f) }

// applyFault disturbs a request. It reports whether that ends the request, and the error to respond with; without one the
// connection is closed.
func (o *OSS) applyFault(c *call, f Fault) (done bool, err error) {
	ctx := c.http.Context()
	if f.Late > 0 {
		body, err := io.ReadAll(c.http.Body) // before the client gives up
		if err != nil || clock.Wait(o.ctx, f.Late) != nil {
			return true, nil
		}
		c.http.Body = io.NopCloser(bytes.NewReader(body))
	}
	if f.Delay > 0 && clock.Wait(ctx, f.Delay) != nil {
		return true, nil
	}
	switch {
	case f.Drop:
		return true, nil
	case f.Hang:
		// net/http notices that the client disconnected only once the body is read.
		if _, err := io.Copy(io.Discard, c.http.Body); err == nil {
			<-ctx.Done()
		}
		return true, nil
	case f.Status != 0:
		return true, &Error{Status: f.Status, Code: f.Code, Message: f.Message, Header: f.Header, Endpoint: f.Endpoint}
	}
	return false, nil
}
