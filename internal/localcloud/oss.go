package localcloud

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a local cloud.
type Options struct {
	Dir       string           // folder of the objects, created if missing; objects in it are found again
	Region    string           // "cn-hangzhou" if empty; requests must be signed for it
	AccountID string           // of the owner of all buckets and the function; "1234567890123456" if empty
	Now       func() time.Time // the clock of OSS; time.Now if nil
	AnyTarget bool             // a process may name any target bucket, also one that does not exist or holds variables
	Images    ImageEngine      // carries out image processes; nil if OSS is to refuse them as unknown

	// Watch is called for every event, one call at a time. It must return soon, and must not call the cloud's Invoke,
	// Drain, Kill or Close, which wait for events.
	Watch func(Event)
}

// OSS is an Object Storage Service on 127.0.0.1. It is also an [http.Handler], to be served elsewhere.
type OSS struct {
	opts     Options
	watching sync.Mutex // held while Options.Watch is called

	store   *store
	uploads multipartUploads
	server  *http.Server
	address string
	ctx     context.Context // ends when the OSS is closed
	stop    context.CancelFunc
	running sync.WaitGroup // the listener, requests in progress, and tasks

	faults   atomic.Pointer[Faults]     // never nil
	function atomic.Pointer[deployment] // nil if none is deployed

	mu          sync.Mutex
	closed      bool
	owner       Credential
	credentials map[string]Credential
	requests    []Request
	processes   []Process
	topics      map[string]bool // topics of SMQ, by name
}

// StartOSS starts an OSS without a Function Compute. The caller must close it.
func StartOSS(opts Options) (*OSS, error) {
	opts.Region = cmp.Or(opts.Region, "cn-hangzhou")
	opts.AccountID = cmp.Or(opts.AccountID, "1234567890123456")
	if opts.Now == nil {
		opts.Now = time.Now
	}
	st, err := openStore(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("local OSS: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("local OSS: %w", err)
	}
	o := &OSS{
		opts: opts, store: st, uploads: multipartUploads{open: map[string]*multipartUpload{}}, address: listener.Addr().String(),
		owner:       Credential{AccessKeyID: "LTAILocalOwner", AccessKeySecret: randomHex(30)},
		credentials: map[string]Credential{}, topics: map[string]bool{},
	}
	o.SetFaults(Faults{})
	o.AddCredential(o.owner)
	o.ctx, o.stop = context.WithCancel(context.Background())
	o.server = &http.Server{
		Handler:     o,
		BaseContext: func(net.Listener) context.Context { return o.ctx },
		ErrorLog:    log.New(io.Discard, "", 0), // without errors of clients that disconnect
	}
	o.running.Go(func() { o.server.Serve(listener) })
	return o, nil
}

// Close ends all requests and stops listening. The objects remain in their folder.
func (o *OSS) Close() error {
	o.mu.Lock()
	o.closed = true
	o.mu.Unlock()
	o.stop()
	err := o.server.Close()
	o.running.Wait()
	return err
}

// Endpoint returns the URL for OSS clients, http://127.0.0.1:PORT. Clients must use path-style requests, as the SDKs do for
// an IP address.
func (o *OSS) Endpoint() string { return "http://" + o.address }

// Region returns the region that requests must be signed for.
func (o *OSS) Region() string { return o.opts.Region }

// Credential returns the key of the account's owner.
func (o *OSS) Credential() Credential { return o.owner }

// AddCredential makes OSS accept a key, in place of any other with the same id.
func (o *OSS) AddCredential(c Credential) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.credentials[c.AccessKeyID] = c
}

// credential returns the key with that id.
func (o *OSS) credential(id string) (Credential, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, ok := o.credentials[id]
	return c, ok
}

// CreateBucket creates a bucket that is bound to an IMM project, unless it exists. The error is an [*Error] if the name is
// invalid.
func (o *OSS) CreateBucket(name string) error { return o.store.createBucket(name) }

// BindIMM binds the bucket to a project of Intelligent Media Management, or unbinds it. OSS refuses asynchronous processes
// of objects in an unbound bucket.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/asynchronous-processing
func (o *OSS) BindIMM(bucketName string, bound bool) error {
	return o.store.configure(bucketName, func(b *bucket) { b.unbound = !bound })
}
