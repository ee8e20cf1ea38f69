package localcloud

import (
	"slices"
	"time"
)

// Request is an entry of the request log.
type Request struct {
	Time        time.Time
	ID          string // x-oss-request-id
	Operation   string // PutObject, AsyncProcessObject…; "" if unknown
	Method      string
	Bucket, Key string
	Position    int64  // of an AppendObject; otherwise 0
	AccessKeyID string // "" if the request names none
	Status      int    // HTTP status of the response; 0 without a response
	Code        string // OSS's error code; "" on success
}

// maxRequests bounds the request log.
const maxRequests = 100_000

// Requests returns the logged requests, oldest first: at least the last 100,000. A request is logged before its response is
// sent.
func (o *OSS) Requests() []Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.requests)
}

// logRequest appends r to the request log and drops old entries.
func (o *OSS) logRequest(r Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.requests) >= 2*maxRequests {
		o.requests = slices.Clone(o.requests[maxRequests:])
	}
	o.requests = append(o.requests, r)
}
