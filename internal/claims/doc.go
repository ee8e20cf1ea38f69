// Package claims submits a task at most once, although its event may be delivered more than once and each delivery may be
// retried. This comment specifies the protocol.
//
// A submission is billed and not idempotent: submitting a task twice costs twice. OSS has no locks. It has AppendObject,
// which appends to an object only if the object is exactly as long as the caller says, and fails with 409
// PositionNotEqualToLength otherwise. This is a compare-and-swap, and the protocol needs nothing else. (PutObject with
// x-oss-forbid-overwrite is no replacement: OSS ignores the header in a bucket whose versioning was ever enabled.)
//
// # The log
//
// Each task of each upload has an object of its own, PREFIX/claims/HASH. HASH covers everything that identifies the task
// (name.go). The object is a log: one JSON object a line, and lines are only ever appended. The last line is the state:
//
//	                     ┌── claimed, and the owner's time is over: taken over
//	                     ▼      │
//	(no object) ───▶ claimed ───┴──▶ submitted
//	                     ▲  │
//	                     │  └──────▶ released ──┐
//	                     └──────────────────────┘
//
//	claimed    a delivery, the owner, is about to submit the task. The line has the owner's token, and the time that its
//	           invocation had left when it wrote the line
//	submitted  OSS took the task. The line has its ids. No line follows
//	released   OSS did not take the task, or it is unknown whether it did. The next delivery may claim the task
//
// A delivery goes through three steps (claims.go):
//
//	claim    append "claimed" at position 0, without reading first, since most tasks have no log yet
//	submit   ask OSS to take the task
//	record   append "submitted" at the end of the own line; or "released", if the submission failed
//
// Without conflicts a claim costs two small requests. If the first append does not fit, there is a log already, and the
// delivery reads it (claim.go):
//
//   - A submitted task makes this delivery a duplicate. It answers with the ids in the log.
//   - A released task, or one whose owner's time is over, is claimed by an append at the end of the log that was read.
//   - A task claimed by another owner is waited for, as long as there is time left to submit it.
//
// If two deliveries read the same log, only one of their appends fits, and the other delivery reads again.
//
// # Lost answers
//
// An append whose answer is lost may have been done, may be done later, or never. All three are harmless. The delivery
// reads the log again. If the last line has its own token, the append was done. Otherwise it appends the same line at
// the same position again, and at most one of the two appends can ever fit.
//
// A submission whose answer is lost is in doubt: OSS cannot be asked whether it took the task. If the claim stayed, a
// task that OSS never saw would be lost without an error. So the claim is released, with a remark that the submission is
// in doubt; the invocation fails, and its retry submits again. OSS therefore takes a task again at most once for each
// lost answer.
//
// A task that OSS rejects permanently is released as well. Submitting it again costs nothing while OSS rejects it; and
// once the cause is gone, a missing permission or a bucket that was not bound to IMM, the same task must be able to fire.
//
// # Owners that died
//
// An invocation that is killed leaves its claim. Function Compute bounds the time of each invocation. Once the owner's time
// is over, the owner submits nothing, and any other delivery may take over its claim.
//
// An invocation may also pause, because its instance is frozen, stopped or starved, and continue when its time is over. The
// timers of its contexts are late then. So the deadline is compared with the clock: in this package before the submission,
// and in package ossclient before the bytes of any request are written. Both the wall clock and the monotonic clock must be
// before the deadline, since the monotonic clock stops while a machine is suspended.
//
// OSS's clock alone decides when the time is over: the owner writes how much time it has left, OSS's Last-Modified is the
// time of that write, and the Date of the answer with the log is the time now. The instances' clocks do not matter.
// Last-Modified is truncated to whole seconds, so one second is added. There is no other margin. (Function Compute may
// retry a killed invocation at once, and the retry's own time may end just before the claim may be taken over. The second
// retry then takes over, so a function should allow more than one.)
//
// If an owner is killed after OSS took the task and before that is recorded, the delivery that takes over submits the
// task again. Nothing can prevent that. It happens at most once for each task that was in flight when its invocation was
// killed. For the same reason a delivery keeps trying to record a submission until its time is over.
//
// The same may happen if an instance pauses after OSS took the task and before that is recorded.
//
// # Consequences
//
// No delivery is a duplicate before OSS has taken the task. A delivery submits, or answers with the ids of a recorded
// submission, or fails. So no task is lost without an error.
//
// The rule, its process and its target are part of the name. If they change between a delivery and its retry, the retry
// makes another task, which fires once for itself: both versions of the rules may process an upload that is under way
// while rules are deployed.
//
// Anyone who may write under the prefix can keep tasks from firing, with a log that says they were submitted. The claims
// bucket must have no retention policy, because objects under one take no second append.
//
// With Settings.SubmitUnclaimed a task is submitted without a claim if claims cannot be reached: three requests failed since the last
// good answer. Nothing then keeps another delivery from firing it again. A delivery that has read a live claim of another
// one, however, never submits without a claim; it fails, and its retry submits.
//
// # Why OSS takes a task again
//
// OSS takes a task a second time only for one of these reasons. They concern the first submission, which OSS may take later
// than the second, if the network holds it back.
//
//   - lost answer: the connection broke, or the answer was an error of OSS itself (5xx).
//   - gave up: the time of the invocation was over before the answer came. OSS was slow, or the instance paused. If it paused
//     in the microseconds between reading the clock and writing the request, it writes when it continues, and another
//     delivery may have taken the claim over by then. No program can read the clock and write at once.
//   - killed: the invocation was killed before it recorded the submission.
//   - unrecorded: the submission could not be recorded before the time was over. Claims failed, or the instance paused.
//   - unclaimed: it or the second was submitted without a claim (Settings.SubmitUnclaimed).
//   - deleted: somebody deleted the log.
//
// The storms of internal/chaos find one of the first five for each task that OSS takes again, or fail.
//
// model_test.go checks the protocol. It runs this package's own code through every order of events in which a few
// deliveries can meet.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
package claims
