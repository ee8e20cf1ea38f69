package localcloud

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"onput/process"
)

// call is a request that is being handled.
type call struct {
	Request
	http  *http.Request
	query url.Values
}

// ServeHTTP answers one request to OSS.
func (o *OSS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	o.running.Add(1)
	faults := o.faults
	o.mu.Unlock()
	defer o.running.Done()

	c := &call{http: r, Request: Request{Time: o.now(), ID: newOSSRequestID(), Method: r.Method}}
	resp, err := o.handle(c, faults)
	if err != nil {
		resp = c.errorResponse(err)
	}
	if resp != nil {
		if closer, ok := resp.body.(io.Closer); ok {
			defer closer.Close()
		}
		c.Status = resp.status
	}
	o.logRequest(c.Request)
	if resp == nil {
		panic(http.ErrAbortHandler) // net/http closes the connection without a response
	}
	h := w.Header()
	for name, values := range resp.header {
		h[name] = values
	}
	h.Set("Server", "AliyunOSS")
	h.Set("Date", o.now().UTC().Format(http.TimeFormat))
	h.Set("X-Oss-Request-Id", c.ID)
	if resp.status != http.StatusNoContent && resp.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.FormatInt(resp.length, 10))
	}
	w.WriteHeader(resp.status)
	if resp.body != nil && r.Method != http.MethodHead {
		io.Copy(w, resp.body)
	}
}

// handle parses, authenticates and executes a call, with faults. Without a response and an error the connection is closed.
func (o *OSS) handle(c *call, faults Faults) (*response, error) {
	r := c.http
	c.query, _ = url.ParseQuery(r.URL.RawQuery)
	if err := c.parsePath(r.RequestURI); err != nil {
		return nil, err
	}
	op := c.findOperation()
	c.Operation = op.name
	c.Position, _ = strconv.ParseInt(c.query.Get("position"), 10, 64) // the operation reports errors
	id, err := o.authenticate(r, c.Bucket, c.Key, c.query)
	c.AccessKeyID = id
	if err != nil {
		return nil, err
	}
	if faults.Before != nil {
		if resp, done, err := o.applyFault(c, faults.Before(c.Request)); done {
			return resp, err
		}
	}
	resp, err := o.execute(c, op)
	if faults.After != nil {
		if fa, done, ferr := o.applyFault(c, faults.After(c.Request)); done {
			if resp != nil {
				if closer, ok := resp.body.(io.Closer); ok {
					closer.Close()
				}
			}
			return fa, ferr
		}
	}
	return resp, err
}

// execute executes the call's operation.
func (o *OSS) execute(c *call, op operation) (*response, error) {
	switch {
	case op.do == nil && op.name != "":
		return nil, errNotImplemented(op.name)
	case op.do == nil:
		return nil, errNotImplemented(c.Method + " " + c.http.URL.RequestURI())
	case len(c.Key) > process.MaxKey:
		return nil, newError(400, "InvalidObjectName", "The length of the object name is %d bytes, more than %d.", len(c.Key), process.MaxKey)
	case op.name == "PutBucket":
		return op.do(o, c)
	case !o.store.hasBucket(c.Bucket):
		return nil, errNoSuchBucket()
	}
	if err := o.checkBucketAccess(c, op); err != nil {
		return nil, err
	}
	return op.do(o, c)
}

// parsePath sets the call's bucket and key from the request line. The path must not be cleaned or decoded before, because
// keys may hold "..", "//" and "%2F".
func (c *call) parsePath(requestURI string) error {
	path, _, _ := strings.Cut(requestURI, "?")
	path, ok := strings.CutPrefix(path, "/")
	if !ok {
		return newError(400, "InvalidURI", "Couldn't parse the specified URI.")
	}
	bucket, key, _ := strings.Cut(path, "/")
	var errs [2]error
	c.Bucket, errs[0] = url.PathUnescape(bucket)
	c.Key, errs[1] = url.PathUnescape(key)
	if errors.Join(errs[:]...) != nil {
		return newError(400, "InvalidURI", "Couldn't parse the specified URI.")
	}
	return nil
}
