// Package handler handles one invocation of the function. It takes the bytes of an event and ends with every process that
// the rules ask for submitted to OSS, or with an error that names the tasks that failed.
//
// An upload goes one way only:
//
//		event bytes ─ event.Decode ─▶ uploads ─ rules.Set.Match ─▶ tasks ─ claim ─ Submitter ─▶ receipts ─▶ Answer, log lines, error
//
//	  - [Handler.Invoke] (handler.go) matches each upload, runs its tasks, at most 16 at a time, and tries every one of them
//	    before it returns. invocation.go reads Function Compute's context, submitter.go has the interfaces to OSS.
//	  - [Rules] (rulesource.go) returns the rule set in force: a file loaded at start, or an object that is checked for a new
//	    version once a minute.
//	  - If the rules have claims, claim.go submits each task through package claims, so that it fires once however often its
//	    event comes. failure_record.go applies the failure policy to tasks that no retry can help.
//	  - completion.go reports completion messages. A task that failed in OSS is an error.
//	  - [Answer] (answer.go) and the log (log.go) report the same facts, one task after the other. errors.go has the errors
//	    that end an invocation.
//
// Package event opens the envelopes of events; package ossclient sends requests.
//
// Object keys and everything else in an event are untrusted input. They reach messages and logs only escaped, and
// credentials and signed headers reach neither.
package handler
