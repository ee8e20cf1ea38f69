// Package handler handles one invocation of the function. It takes the bytes of an event and ends with every process that
// the rules ask for submitted to OSS, or with an error that names the tasks that failed.
//
// An upload goes one way only:
//
//	event bytes ─ event.Decode ─▶ uploads ─ rules.Set.Match ─▶ tasks ─ claim ─ Submitter ─▶ receipts ─▶ Answer, log lines, error
//
// The files, in this order:
//
//   - handler.go: [Handler.Invoke] matches each upload, runs its tasks, at most 16 at a time, and tries every one of them
//     before it returns. invocation.go reads Function Compute's context.
//   - rules.go: [Rules] returns the rule set in force, from a file loaded at start (rules_file.go), or from an object that is
//     checked for a new version once a minute (rules_object.go).
//   - submitter.go: the interfaces to OSS, which package ossclient implements.
//   - claim.go submits a task through package claims, if the rules have claims, so that it fires once however often its event
//     comes.
//   - failure_record.go applies the failure policy to tasks that no retry can help.
//   - completion.go reports completion messages. A task that failed in OSS is an error.
//   - answer.go and log.go report the same facts, one task after the other.
//   - errors.go lists the errors that end an invocation; invocation_error.go joins the errors of its tasks.
//
// Object keys and everything else in an event are untrusted input. They reach messages and logs only escaped, and
// credentials and signed headers reach neither.
package handler
