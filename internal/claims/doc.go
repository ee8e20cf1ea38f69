// Package claims sees to it that a task fires at most once, although its event may be delivered several times and every
// delivery may be retried.
//
// A submission is billed and not idempotent: who submits a task twice pays twice. OSS offers no lock. What it offers is
// AppendObject, which adds bytes to an object only if the object is exactly as long as the caller thinks, and refuses
// with 409 PositionNotEqualToLength otherwise. That is a compare-and-swap, and all that is needed. (PutObject with
// x-oss-forbid-overwrite will not do: OSS ignores that header in a bucket whose versioning was ever enabled.)
//
// # The log
//
// Each task of each upload has an object of its own, PREFIX/claims/HASH, where HASH stands for all that makes the task
// this task (name.go). The object is a log: one JSON object a line, only ever appended to, and its last line is its state:
//
//	                     ┌── claimed, by somebody whose time has passed: taken over
//	                     ▼      │
//	(no object) ───▶ claimed ───┴──▶ submitted
//	                     ▲  │
//	                     │  └──────▶ released ──┐
//	                     └──────────────────────┘
//
//	claimed    somebody is about to submit the task. The line has the owner's token and the time that its invocation had
//	           left when the line was written
//	submitted  OSS took the task; the line has its ids. Nothing ever follows
//	released   OSS did not take the task, or nobody knows whether it did. The next delivery may claim it
//
// A delivery goes through it like this (claims.go):
//
//	claim    append "claimed" at position 0, without looking first. Nearly always nobody was there before, and the task
//	         is ours
//	submit   ask OSS
//	record   append "submitted" at the position behind our own line; or "released", where submitting failed
//
// So what goes well costs two small requests. Where the first append does not fit, somebody was there before. The log is
// read then (claim.go): a task that is submitted makes this delivery a duplicate, which answers with the first one's ids;
// one that is released, or claimed by somebody whose time has passed, is claimed by an append at the end of what was
// read; one that is claimed by somebody else is waited for, as long as time is left to submit it. Two who find the same
// log append at the same position, and only one append fits: the other reads again.
//
// # Answers that are lost
//
// An append whose answer is lost may have been done, may be done later, or never. All three are harmless. The log is read
// again: a last line with our own token says that it was done. Otherwise the same line is appended again at the same
// position, and of the two at most one can ever fit.
//
// A submission whose answer is lost is another matter, because OSS cannot be asked whether it took the task. If the claim
// were kept, a task that OSS never saw would be lost, and silently. So the claim is released, with the remark that this
// is in doubt, the invocation fails, and its retry submits again. A task is therefore taken twice at most once for each
// answer that was lost.
//
// A task that OSS rejects for good is released as well. To ask again costs nothing, as it is rejected again; and when
// what was missing is there, a permission or the binding of the bucket to IMM, the very same task must be able to fire.
//
// # Owners that are gone
//
// An invocation that is killed leaves its claim behind. Its time is bounded by Function Compute, and it submits nothing
// once that is over; so then anybody may take the claim over. When it is over is judged by OSS's clock alone: the owner
// writes how much time it has left, OSS's Last-Modified says when that was written, and the Date of the answer that brings
// the log says what time it is now. The clocks of the instances do not matter. Last-Modified has whole seconds, cut off,
// so one second is added; that is all the margin there is. (An owner that is killed at once is retried at once, and the
// retry's time may be over just before that; so it takes the retry after it, and more than one should be allowed.)
//
// If the owner was killed after OSS had taken the task and before that was recorded, whoever takes over submits it again.
// Nothing can prevent that, and it happens at most once for each task that was in flight when its invocation was killed.
// For the same reason recording goes on, whatever comes, until the invocation's time is up.
//
// # What follows
//
// Nobody is told that it is a duplicate before OSS has taken the task. A delivery either submits, or answers with the ids
// of a submission that is recorded, or fails; so a task is never lost without an error that says so.
//
// The rule, its process and its target are part of the name. Where they change between a delivery and its retry, the
// retry brings another task, which fires once for itself: an upload that is on its way while rules are deployed may be
// processed by both versions.
//
// Who may write under the prefix may keep tasks from firing, by writing a log that says they were submitted. The claims
// bucket must not have a retention policy: objects under one take no second append.
//
// What is not done: with Settings.Fire a task is submitted unclaimed where claims cannot be reached, and nothing keeps
// another delivery from firing it again.
//
// The model of this in model_test.go runs the very code of this package, in every order of events that two deliveries can
// come to.
//
// https://www.alibabacloud.com/help/en/oss/developer-reference/appendobject
package claims
