// Package localcloud is a small cloud on 127.0.0.1: an Object Storage Service, and a Function Compute that runs a real
// function binary. An upload takes its whole way through it, on a laptop and in tests: the OSS SDK sends real, signed
// requests, and the FC SDK polls a real Runtime API. Only the cloud itself is replaced.
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
//	cloud.Processes() // the processes that OSS accepted
//
// # The way of an upload
//
//	client ──PUT──▶ OSS ──ObjectCreated──▶ triggers ──▶ queue ──▶ instance ──▶ the function's process
//	                 ▲                                    ▲          │                │
//	                 │                                    └─ retry ──┘                │
//	                 └───────────── POST ?x-oss-async-process ────────────────────────┘
//	                 end of the task ──▶ topic ──▶ topic triggers ──▶ queue
//
// An event is queued, a request logged and a process listed in Processes before the client has the response. A test that
// has the response and then drains the queue has seen everything and need not sleep. Options.Watch sees all events as they
// happen.
//
// # OSS
//
// OSS checks V4 signatures, in the header or in a presigned URL. It accepts any key of up to 1,023 bytes, byte for byte, also
// keys that OSS's documentation forbids, such as those with a leading slash or invalid UTF-8. It implements the operations
// in operation.go and answers 501 NotImplemented to all others. Objects are files (store.go); another OSS in the same folder
// finds them again. Errors have OSS's own XML.
//
// POST ?x-oss-async-process checks the source object, the process string against the catalogue of package process, and
// the target bucket (unless Options.AnyTarget is set), and returns ids of OSS's format. Nothing is converted: an accepted task
// ends at once, and its target object never appears. If the process names an SMQ topic, the completion message is
// published there (task.go).
//
// The differences from OSS: no access control lists and no RAM policies, so every key may do everything; no versions,
// symlinks, storage classes, encryption or lifecycle, though [OSS.SetBucket] makes a bucket report some of them; a single
// region; only path-style URLs. [StartOSS] starts an OSS without a Function Compute.
//
// STS and IMM (openapi.go) and SMQ (smq.go) report the owner of a key, the IMM project of a bucket and the existence of a
// topic. Each is an [http.Handler] for one read-only request, signed as for the real service.
//
// # Function Compute
//
// Each instance runs the function in a process. The process starts with the first invocation, and again after it has ended.
// A failed asynchronous invocation is retried as by FC, and becomes a [Failure] after the last attempt. It fails if the
// handler returns an error (HandledInvocationError), or if the handler panics, the process exits or the timeout expires
// (UnhandledInvocationError). At the timeout the process is killed, with all other invocations in flight in it.
//
// The messages of a topic with a TopicTrigger invoke the function in the same way as uploads.
//
// The implementation has three layers. queue.go, trigger.go and function.go decide what is invoked and what follows from the
// result. instance.go and child.go manage the process and the timeout. The runtimes, go1.go and custom.go, pass invocations
// to the process and get their results: the built-in Go runtime has the process poll a Runtime API for one invocation after
// the other; the custom runtime sends up to Function.Concurrency requests at once to the process, which is an HTTP server.
// headers.go has the headers of an invocation in both.
//
// A log line belongs to the invocation whose request id it contains, or else to the only one in flight. The last line of an
// invocation is "FC Invoke End RequestId", which every runtime must write.
//
// The differences from FC: no memory limit, throttling, initializer or freezing; of the hooks only the custom runtime's
// pre-stop; a fixed number of instances; and a shorter pause before a retry.
//
// # Faults
//
// [OSS.SetFaults] makes OSS refuse, drop, delay or hang requests, before or after they take effect; lets tasks fail; and
// delivers events more than once (fault.go). [Cloud.Kill] kills a process of the function, as a failure of its machine would.
package localcloud
