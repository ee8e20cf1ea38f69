package localcloud

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
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
		store:       st, address: listener.Addr().String(), credentials: map[string]Credential{},
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
