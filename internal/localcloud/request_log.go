package localcloud

import "time"

// Request is one request as the request log has it.
type Request struct {
	Time        time.Time
	ID          string // x-oss-request-id
	Operation   string // PutObject, AsyncProcessObject…; "" where OSS knows none
	Method      string
	Bucket, Key string
	Position    int64  // of an AppendObject; else 0
	AccessKeyID string // "" where the request names none
	Status      int    // of the answer; 0 where none was given
	Code        string // OSS's error code; "" on success
}

// maxRequests bounds the request log.
const maxRequests = 100_000

// Requests returns the requests that OSS answered, oldest first, at least the last 100,000 of them. A request is in the log
// before its client has the answer.
func (o *OSS) Requests() []Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]Request(nil), o.requests...)
}

func (o *OSS) logRequest(r Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.requests) >= 2*maxRequests {
		o.requests = append([]Request(nil), o.requests[maxRequests:]...)
	}
	o.requests = append(o.requests, r)
}
