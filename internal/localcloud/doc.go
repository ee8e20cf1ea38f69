// Package localcloud is a small cloud on 127.0.0.1: an Object Storage Service and a Function Compute that runs a real
// function binary. With it the way of an upload can be gone from end to end, on a laptop and in tests, with nothing
// replaced but the cloud itself: the OSS SDK signs and sends real requests, and the FC SDK asks a real Runtime API for its
// invocations.
//
//	cloud, err := localcloud.Start(localcloud.Options{Dir: dir, Watch: func(e localcloud.Event) { … }})
//	defer cloud.Close()
//	cloud.CreateBucket("acme-uploads")
//	cloud.Deploy(localcloud.Function{
//		Binary:   "target/main",
//		Triggers: []localcloud.Trigger{{Bucket: "acme-uploads", Events: []string{"oss:ObjectCreated:*"}, Prefix: "incoming/"}},
//	})
//	// upload with any OSS client: cloud.Endpoint(), cloud.Region(), cloud.Credential()
//	cloud.Drain(ctx)
//	cloud.Processes() // what OSS was asked to process
//
// # What happens to an upload
//
//	client ──PUT──▶ OSS ──ObjectCreated──▶ triggers ──▶ queue ──▶ instance ──▶ the function's process
//	                 ▲                                    ▲          │                │
//	                 │                                    └─ retry ──┘                │
//	                 └───────────── POST ?x-oss-async-process ────────────────────────┘
//	                 end of the task ──▶ topic ──▶ topic triggers ──▶ queue
//
// The event is in the queue before the upload is answered, and a request is in the request log, and a process in
// Processes, before their client has the answer. So a test that has its answer, and then drains the queue, has seen
// everything: nobody needs to sleep. A Watch function is told of all of it as it happens.
//
// # OSS
//
// OSS checks V4 signatures (in the header or in a presigned URL) and takes any key, byte for byte, of up to 1,023 bytes, also
// those that OSS's documentation does not allow (a leading slash, bytes that are not UTF-8), so that they can be tried. It
// knows the operations in the table in oss.go, and answers 501 NotImplemented to every other one. Objects are files, see
// store.go; a new OSS over the same folder finds them again. Errors are OSS's own XML.
//
// POST ?x-oss-async-process checks the source object, the process string against the catalogue of package process, and
// the target bucket (any will do with Options.AnyTarget), and answers ids in OSS's shapes. Nothing is converted: a task that
// is accepted ends at once, and no target object ever appears. Where the process names an SMQ topic, the completion message
// is published there (topic.go).
//
// It differs from OSS in what it leaves out: there are no access control lists and no RAM policies (every key may do
// everything), no versions, symlinks, storage classes, encryption or lifecycle, only one region, and only path-style URLs.
// SetBucket lets a bucket say otherwise: it is then told to those who ask, see Bucket. StartOSS gives an OSS without a
// function beside it.
//
// STS, IMM (openapi.go) and SMQ (smq.go) are the services beside OSS that tell who asks, whether a bucket is bound and whether
// a topic is there. Each is an http.Handler that takes one read-only request, signed as the real one wants it.
//
// # Function Compute
//
// Each instance is a process of its own. It is started when there is something to do, and started again after it ended.
// An asynchronous invocation that fails is tried again as FC does it, and handed to Failures when it is given up. Failing
// is: the handler returns an error (HandledInvocationError); it panics, the process ends, or the time is over, at which
// the process is killed, and what else is in flight in it with it (UnhandledInvocationError).
//
// A function with a TopicTrigger is invoked by the messages of a topic in the same way as by uploads.
//
// Three things know nothing of each other. queue.go, trigger.go and function.go say what is to be invoked and what follows
// from the result. instance.go and child.go keep the process, and hold each invocation to its time. Behind the interface
// runtime, an invocation gets into the process and its result out: go1.go is the built-in Go runtime, where the process
// asks a Runtime API for one invocation after the other; custom.go is the custom runtime, where the process is an HTTP
// server and up to Function.Concurrency invocations are requests to it at once. headers.go is what both tell the process
// of an invocation.
//
// A line that the function writes belongs to the invocation whose request id stands in it, and without one to the only
// one in flight. The last is the one that every runtime has to write, FC Invoke End RequestId.
//
// It differs from FC: no memory limit, no throttling, no initializer, no freezing, of the hooks only the custom runtime's
// pre-stop, instances that are as many as the function says, and a pause between retries that is made for tests.
//
// # Things that go wrong
//
// SetFaults makes OSS refuse, drop, delay or hang requests, before or after they took effect, lets tasks fail, and events be
// delivered more than once (fault.go). Cloud.Kill kills a process of the function, as the failure of its machine would.
package localcloud
