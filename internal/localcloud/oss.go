package localcloud

import (
	"context"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options say how a local cloud is set up.
type Options struct {
	Dir       string           // the folder for the objects; created if it is not there; what is in it is taken up again
	Region    string           // "cn-hangzhou" if empty; requests must be signed for it
	AccountID string           // of the owner of buckets and function; "1234567890123456" if empty
	Now       func() time.Time // the clock of OSS; time.Now if nil
	AnyTarget bool             // a process may name any target bucket, one that was not created and one with variables, too

	// Watch is told what happens, event by event, one call at a time. It must return soon, and must not call the
	// cloud's Invoke, Drain, Kill or Close, which wait for what it is told.
	Watch func(Event)
}

// OSS is an Object Storage Service on 127.0.0.1. It is an http.Handler, too, for those who serve it themselves.
type OSS struct {
	region, account string
	anyTarget       bool
	now             func() time.Time
	emit            func(Event)

	// Told of each upload before it is answered, and of each message that a task's end publishes; set before the first request.
	onCreated   func(ObjectCreated, []time.Duration)
	onPublished func(topic string, message []byte, after time.Duration)

	store   *store
	uploads multipartUploads
	server  *http.Server
	address string
	ctx     context.Context // ends when the OSS is closed
	stop    context.CancelFunc
	running sync.WaitGroup // the listener and the requests in progress

	mu          sync.Mutex
	closed      bool
	owner       Credential
	credentials map[string]Credential
	faults      Faults
	requests    []Request
	processes   []Process
	topics      map[string]bool // of SMQ
}

// StartOSS starts an OSS without a Function Compute beside it. The caller closes it.
func StartOSS(opts Options) (*OSS, error) {
	if opts.Region == "" {
		opts.Region = "cn-hangzhou"
	}
	if opts.AccountID == "" {
		opts.AccountID = "1234567890123456"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	st, err := openStore(opts.Dir)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("local OSS: %w", err)
	}
	o := &OSS{
		region: opts.Region, account: opts.AccountID, anyTarget: opts.AnyTarget, now: opts.Now, emit: watcher(opts.Watch),
		onCreated:   func(ObjectCreated, []time.Duration) {},
		onPublished: func(string, []byte, time.Duration) {},
		store:     st, address: listener.Addr().String(), credentials: map[string]Credential{},
		owner: Credential{AccessKeyID: "LTAILocalOwner", AccessKeySecret: randomHex(30)},
	}
	o.uploads.open = map[string]*multipartUpload{}
	o.AddCredential(o.owner)
	o.ctx, o.stop = context.WithCancel(context.Background())
	o.server = &http.Server{
		Handler:     o,
		BaseContext: func(net.Listener) context.Context { return o.ctx },
		ErrorLog:    log.New(io.Discard, "", 0), // of clients that went away
	}
	o.running.Go(func() { o.server.Serve(listener) })
	return o, nil
}

// Close ends all requests and stops listening. The objects stay where they are.
func (o *OSS) Close() error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.stop()
	err := o.server.Close()
	o.running.Wait()
	return err
}

// Endpoint returns the URL for OSS clients, http://127.0.0.1:PORT. They must put the bucket into the path, which the
// SDKs do by themselves where the endpoint is an IP address.
func (o *OSS) Endpoint() string { return "http://" + o.address }

// Region returns the region that requests must be signed for.
func (o *OSS) Region() string { return o.region }

// Credential returns the key of the account's owner, which is there from the start.
func (o *OSS) Credential() Credential { return o.owner }

// AddCredential makes OSS accept one more key, or another secret and token for a key id that it knows.
func (o *OSS) AddCredential(c Credential) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.credentials[c.AccessKeyID] = c
}

func (o *OSS) credential(id string) (Credential, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, ok := o.credentials[id]
	return c, ok
}

// CreateBucket creates a bucket that is bound to an IMM project. One that is there is left as it is. The error is an
// *Error where the name is not valid.
func (o *OSS) CreateBucket(name string) error { return o.store.createBucket(name) }

// BindIMM says whether the bucket is bound to a project of Intelligent Media Management. Without one OSS refuses
// asynchronous processes of the bucket's objects.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/asynchronous-processing
func (o *OSS) BindIMM(bucket string, bound bool) error { return o.store.setBound(bucket, bound) }

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

// call is one request on its way.
type call struct {
	Request
	http  *http.Request
	query url.Values
}

// answer is what a call comes to, if not an error.
type response struct {
	status int
	header http.Header
	body   io.Reader // nil for none; closed if it is an io.Closer
	length int64     // of the body
}

func newResponse() *response { return &response{status: 200, header: http.Header{}} }

func xmlResponse(v any) (*response, error) { return newResponse().withXML(v) }

func (a *response) withXML(v any) (*response, error) {
	b, err := xml.MarshalIndent(v, "", "  ")
	if err != nil {
		return nil, err
	}
	return a.with("application/xml", xml.Header+string(b)), nil
}

func (a *response) with(contentType, body string) *response {
	a.header.Set("Content-Type", contentType)
	a.body, a.length = strings.NewReader(body), int64(len(body))
	return a
}

// answerError is the answer to a call that failed.
func (c *call) errorResponse(err error) *response {
	e := c.asError(err)
	body := e.xml(c.ID, c.http.Host)
	a := &response{status: e.Status, header: http.Header{}}
	for name, values := range e.Header {
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	if e.EC != "" {
		a.header.Set("x-oss-ec", e.EC)
	}
	switch {
	case e.Status == http.StatusNotModified:
	case c.Method == http.MethodHead: // has no body: the error goes into a header
		a.header.Set("x-oss-err", base64.StdEncoding.EncodeToString(body))
	default:
		a.with("application/xml", string(body))
	}
	return a
}

func (c *call) asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = newError(500, "InternalError", "The local OSS failed: %v", err)
	}
	c.Code = e.Code
	return e
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
	a, err := o.handle(c, faults)
	if err != nil {
		a = c.errorResponse(err)
	}
	if a != nil {
		if closer, ok := a.body.(io.Closer); ok {
			defer closer.Close()
		}
		c.Status = a.status
	}
	o.logRequest(c.Request)
	if a == nil {
		panic(http.ErrAbortHandler) // net/http closes the connection without a word
	}
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	h.Set("Server", "AliyunOSS")
	h.Set("Date", o.now().UTC().Format(http.TimeFormat))
	h.Set("X-Oss-Request-Id", c.ID)
	if a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		h.Set("Content-Length", strconv.FormatInt(a.length, 10))
	}
	w.WriteHeader(a.status)
	if a.body != nil && r.Method != http.MethodHead {
		io.Copy(w, a.body)
	}
}

// handle takes a call from its path to its answer. A nil answer without an error means: none at all.
func (o *OSS) handle(c *call, faults Faults) (*response, error) {
	r := c.http
	c.query, _ = url.ParseQuery(r.URL.RawQuery)
	if err := c.parsePath(r.RequestURI); err != nil {
		return nil, err
	}
	op := c.findOperation()
	c.Operation = op.name
	c.Position, _ = strconv.ParseInt(c.query.Get("position"), 10, 64) // what is wrong with it the operation says
	id, err := o.authenticate(r, c.Bucket, c.Key, c.query)
	c.AccessKeyID = id
	if err != nil {
		return nil, err
	}
	if faults.Before != nil {
		if a, done, err := o.applyFault(c, faults.Before(c.Request)); done {
			return a, err
		}
	}
	a, err := o.execute(c, op)
	if faults.After != nil {
		if fa, done, ferr := o.applyFault(c, faults.After(c.Request)); done {
			if a != nil {
				if closer, ok := a.body.(io.Closer); ok {
					closer.Close()
				}
			}
			return fa, ferr
		}
	}
	return a, err
}

func (o *OSS) execute(c *call, op operation) (*response, error) {
	switch {
	case op.do == nil && op.name != "":
		return nil, errNotImplemented(op.name)
	case op.do == nil:
		return nil, errNotImplemented(c.Method + " " + c.http.URL.RequestURI())
	case len(c.Key) > 1023:
		return nil, newError(400, "InvalidObjectName", "The length of the object name is %d bytes, more than 1023.", len(c.Key))
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

// path takes bucket and key from the request line. The path must not be cleaned or decoded before: "..", "//" and "%2F" are
// parts of keys like any other.
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

// operation is one row of the table of what OSS can do: a request is it if method and level fit, and it has the query
// parameter or the header.
type operation struct {
	name   string
	method string
	bucket bool   // on the bucket, not on an object
	query  string // NAME or NAME=VALUE
	header string
	do     func(*OSS, *call) (*response, error) // nil where it is not implemented
}

// In the order in which they are tried: the more special first.
var operations = []operation{
	{name: "AppendObject", method: "POST", query: "append", do: (*OSS).appendObject},
	{name: "InitiateMultipartUpload", method: "POST", query: "uploads", do: (*OSS).initiateMultipartUpload},
	{name: "CompleteMultipartUpload", method: "POST", query: "uploadId", do: (*OSS).completeMultipartUpload},
	{name: "AsyncProcessObject", method: "POST", query: "x-oss-async-process", do: (*OSS).asyncProcessObject},
	{name: "ProcessObject", method: "POST", query: "x-oss-process"},
	{name: "ProcessObject", method: "GET", query: "x-oss-process"},
	{name: "UploadPartCopy", method: "PUT", query: "partNumber", header: "X-Oss-Copy-Source"},
	{name: "UploadPart", method: "PUT", query: "partNumber", do: (*OSS).uploadPart},
	{name: "AbortMultipartUpload", method: "DELETE", query: "uploadId", do: (*OSS).abortMultipartUpload},
	{name: "ListParts", method: "GET", query: "uploadId"},
	{name: "GetObjectMeta", method: "HEAD", query: "objectMeta", do: (*OSS).headObject},
	{name: "CopyObject", method: "PUT", header: "X-Oss-Copy-Source", do: (*OSS).copyObject},
	{name: "PutObject", method: "PUT", do: (*OSS).putObject},
	{name: "GetObject", method: "GET", do: (*OSS).getObject},
	{name: "HeadObject", method: "HEAD", do: (*OSS).headObject},
	{name: "DeleteObject", method: "DELETE", do: (*OSS).deleteObject},

	{name: "ListObjectsV2", method: "GET", bucket: true, query: "list-type=2", do: (*OSS).listObjectsV2},
	{name: "GetBucketInfo", method: "GET", bucket: true, query: "bucketInfo", do: (*OSS).getBucketInfo},
	{name: "GetBucketArchiveDirectRead", method: "GET", bucket: true, query: "bucketArchiveDirectRead", do: (*OSS).getBucketArchiveDirectRead},
	{name: "GetBucketWorm", method: "GET", bucket: true, query: "worm", do: (*OSS).getBucketWorm},
	{name: "GetBucketNotification", method: "GET", bucket: true, query: "notification", do: (*OSS).getBucketNotification},
	{name: "PutBucket", method: "PUT", bucket: true, do: (*OSS).putBucket},
}

func (c *call) findOperation() operation {
	for _, op := range operations {
		if op.method != c.Method || op.bucket != (c.Key == "" && c.Bucket != "") || c.Bucket == "" {
			continue
		}
		if op.header != "" && c.http.Header.Get(op.header) == "" {
			continue
		}
		name, value, _ := strings.Cut(op.query, "=")
		if name != "" && (!c.query.Has(name) || value != "" && c.query.Get(name) != value) {
			continue
		}
		if name == "" && c.isSubresource() {
			continue
		}
		return op
	}
	return operation{}
}

// subresource says whether the request is for something that belongs to an object or bucket, ?acl or ?tagging, rather
// than for itself. Sub-resources are those parameters that have no value; and a version is not the object either.
func (c *call) isSubresource() bool {
	for name, values := range c.query {
		if values[0] == "" || name == "versionId" || name == "list-type" {
			return true
		}
	}
	return false
}
