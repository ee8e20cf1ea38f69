// Package localcloud is a small cloud on 127.0.0.1: an Object Storage Service, and a Function Compute that runs a real
// function binary. In it, uploads take their whole way on a laptop and in tests: the OSS SDK sends real, signed requests,
// and the FC SDK polls a real Runtime API.
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
// # The life of an upload
//
//	client ──PUT──▶ OSS ──ObjectCreated──▶ triggers ──▶ queue ──▶ instance ──▶ the function's process
//	                 ▲                                    ▲          │                │
//	                 │                                    └─ retry ──┘                │
//	                 └───────────── POST ?x-oss-async-process ────────────────────────┘
//	                 end of the task ──▶ topic ──▶ topic triggers ──▶ queue
//
// An event is queued, a request logged and a process listed in [OSS.Processes] before the client has the response. A test
// that has the response and then drains the queue need not sleep. [Options].Watch sees all events as they happen.
//
// # OSS
//
// OSS checks V4 signatures, in the header or in a presigned URL. It accepts any key of up to 1,023 bytes that begins with neither
// / nor \, also with invalid UTF-8, which OSS forbids. It implements the operations in operation.go and answers
// 501 NotImplemented to all others. Objects are files (store.go); another OSS in the same folder finds them again.
//
// POST ?x-oss-async-process checks the source object, the process string against the catalogue of package process, and
// the target bucket (unless Options.AnyTarget is set). Nothing is converted: an accepted task ends at once, without a target
// object. If the process names an SMQ topic, the completion message is published there (task.go).
//
// POST ?x-oss-process carries the process out with Options.Images, and stores the result, which raises an event like any
// upload; GET answers with the result (process_object.go). Styles, videos and what needs IMM are refused as unknown.
//
// There are no access control lists, RAM policies, versions, symlinks, storage classes, encryption or lifecycle, though
// [OSS.SetBucket] makes a bucket report some of them. There is a single region, and URLs are path-style. [StartOSS] starts an
// OSS without a Function Compute. [OSS.STS], [OSS.IMM] and [OSS.SMQ] are further services, each with one read-only request.
//
// # Function Compute
//
// Each instance runs the function in a process. The process starts with the first invocation, and again after it has ended.
// A failed asynchronous invocation is retried as by FC, and becomes a [Failure] after the last attempt. It fails if the
// handler returns an error ([Handled]), or if the handler panics, the process exits or the timeout expires ([Unhandled]). At
// the timeout the process is killed, with all other invocations in flight in it, unless it is paused.
//
// There are three layers. queue.go, trigger.go and function.go decide which invocations are made and what follows from their
// results. instance.go and child.go manage the process and the timeout. The runtimes pass invocations to the process and get
// their results: in go1.go the process polls a Runtime API for one invocation after the other; in custom.go it is an HTTP
// server that gets up to Function.Concurrency requests at once.
//
// A log line belongs to the invocation whose request id it contains, or else to the only one in flight. The last line of an
// invocation is "FC Invoke End RequestId", which every runtime must write.
//
// There is no memory limit, throttling, initializer or freezing, and of the hooks only the custom runtime's pre-stop. The
// number of instances is fixed, and the pause before a retry is shorter.
//
// # Faults
//
// [OSS.SetFaults] makes OSS refuse, drop, delay or hang requests, fail tasks, and deliver events more than once (fault.go).
// [Cloud.Kill] kills a process of the function, as a failure of its machine would. [Cloud.Pause] makes one stand still.
package localcloud
