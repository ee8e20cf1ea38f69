package localcloud

import (
	"cmp"
	"crypto/md5"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

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
	o.mu.Unlock()
	defer o.running.Done()

	c := &call{http: r, Request: Request{Time: o.opts.Now(), ID: newOSSRequestID(), Method: r.Method}}
	resp, err := o.handle(c, o.faults.Load())
	if err != nil {
		resp = c.errorResponse(err)
	}
	if resp != nil {
		defer resp.close()
		c.Status = resp.status
	}
	o.logRequest(c.Request)
	if resp == nil {
		panic(http.ErrAbortHandler) // net/http closes the connection without a response
	}
	h := w.Header()
	maps.Copy(h, resp.header)
	h.Set("Server", "AliyunOSS")
	h.Set("Date", o.opts.Now().UTC().Format(http.TimeFormat))
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
func (o *OSS) handle(c *call, faults *Faults) (*response, error) {
	c.query, _ = url.ParseQuery(c.http.URL.RawQuery)
	if err := c.parsePath(); err != nil {
		return nil, err
	}
	op := c.findOperation()
	c.Operation = op.name
	c.Position, _ = strconv.ParseInt(c.query.Get("position"), 10, 64) // the operation reports errors
	var err error
	if c.AccessKeyID, err = o.authenticate(c); err != nil {
		return nil, err
	}
	if faults.Before != nil {
		if done, err := o.applyFault(c, faults.Before(c.Request)); done {
			return nil, err
		}
	}
	resp, err := o.execute(c, op)
	if faults.After != nil {
		executed := c.Request
		if resp != nil {
			executed.Status = resp.status
		}
		if done, faultErr := o.applyFault(c, faults.After(executed)); done {
			resp.close()
			return nil, faultErr
		}
	}
	return resp, err
}

// execute executes the call's operation.
func (o *OSS) execute(c *call, op operation) (*response, error) {
	switch {
	case op.do == nil:
		return nil, newError(501, "NotImplemented", "The local OSS does not implement %s.",
			cmp.Or(op.name, c.Method+" "+c.http.URL.RequestURI()))
	case checkKey(c.Key) != nil:
		return nil, checkKey(c.Key)
	case op.name == "PutBucket":
		return op.do(o, c)
	}
	if err := o.checkBucketAccess(c, op); err != nil {
		return nil, err
	}
	return op.do(o, c)
}

// checkKey refuses a key that no object can have.
func checkKey(key string) error {
	switch {
	case len(key) > process.MaxKey:
		return newError(400, "InvalidObjectName", "The length of the object name is %d bytes, more than %d.", len(key), process.MaxKey)
	case process.BeginsWithSlash(key):
		return newError(400, "InvalidObjectName", "The object name begins with %q.", key[:1])
	}
	return nil
}

// parsePath sets the call's bucket and key from the request line. The path must not be cleaned or decoded before, because
// keys may hold "..", "//" and "%2F".
func (c *call) parsePath() error {
	path, _, _ := strings.Cut(c.http.RequestURI, "?")
	path, ok := strings.CutPrefix(path, "/")
	bucket, key, _ := strings.Cut(path, "/")
	var bucketErr, keyErr error
	c.Bucket, bucketErr = url.PathUnescape(bucket)
	c.Key, keyErr = url.PathUnescape(key)
	if !ok || bucketErr != nil || keyErr != nil {
		return newError(400, "InvalidURI", "Couldn't parse the specified URI.")
	}
	return nil
}

// readBody reads a body of at most limit bytes into memory and checks its MD5.
func (c *call) readBody(limit int64) ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.http.Body, limit))
	if err != nil {
		return nil, newError(400, "InvalidRequest", "The body cannot be read: %v", err)
	}
	sum := md5.Sum(data)
	return data, c.checkMD5(sum[:])
}

// checkMD5 compares the MD5 of the body with the Content-MD5 header, if there is one.
func (c *call) checkMD5(sum []byte) error {
	if want := c.http.Header.Get("Content-Md5"); want != "" && want != base64.StdEncoding.EncodeToString(sum) {
		return newError(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
	}
	return nil
}

// Request is an entry of the request log.
type Request struct {
	Time        time.Time
	ID          string // x-oss-request-id
	Operation   string // PutObject, AsyncProcessObject…; "" if unknown
	Method      string
	Bucket, Key string
	Position    int64     // of an AppendObject; otherwise 0
	AccessKeyID string    // "" if the request names none
	Signed      time.Time // by the client's clock, in whole seconds
	Status      int       // HTTP status of the response; 0 without a response
	Code        string    // OSS's error code; "" on success
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
