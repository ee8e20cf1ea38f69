// Package handler handles one invocation of the function: it submits every task that the uploads of an event fire to OSS, or
// returns an error that names the tasks that failed.
//
// Data flows one way only:
//
//	event bytes ─ event.Decode ─▶ uploads ─ rules.Set.Match ─▶ tasks ─ claim ─ Submitter ─▶ receipts ─▶ Answer, log lines, error
//
// The files, in this order:
//
//   - handler.go: [Handler.Invoke] matches each upload and tries every task, at most 16 at a time, before it returns.
//     invocation.go reads Function Compute's context.
//   - rules.go: [Rules] holds the rule set in force, from a file loaded at start (rules_file.go), or from an object that is
//     checked for a new version once a minute (rules_object.go).
//   - submitter.go: the interfaces to OSS, which package ossclient implements.
//   - claim.go submits a task through package claims if the rules have claims, so that repeated deliveries submit it once.
//   - failure_record.go applies the failure policy to tasks that no retry can help.
//   - completion.go reports completion messages. A task that failed in OSS is an error.
//   - answer.go and log.go report the same facts, one task after the other.
//   - errors.go lists the errors that end an invocation; invocation_error.go joins the errors of its tasks.
//
// An event is untrusted input. Its texts reach messages and logs only escaped; credentials and signed headers never do.
package handler
