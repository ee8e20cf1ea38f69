// Package handler is one invocation of the function: it takes the bytes of an event and ends with every asynchronous
// process that the rules ask for handed to OSS, or with an error that names what was not.
//
// An upload takes this way, and there is no way back:
//
//		event bytes ─ Decode ─▶ uploads ─ rules.Set.Match ─▶ tasks ─ claim ─ Submitter ─▶ receipts ─▶ Answer, log lines, error
//
//	  - Decode (decode.go) opens whatever envelope the trigger put around the OSS event records. It trusts nothing in them,
//	    and goes through the payload once (cursor.go), picking what it knows of an event (fields.go).
//	  - Rules (rulesource.go) gives the rule set in force: a file loaded at start, or an object that is looked at again
//	    once a minute.
//	  - Handler.Invoke (handler.go) matches each upload, runs its tasks, at most 16 at a time, and tries every one of them
//	    before it returns.
//	  - OSS (oss.go, submit.go) sends a task. The submission is billed and not idempotent, so what becomes of a request is
//	    decided on facts: exchange.go counts the bytes that left, retry.go says what may be tried again.
//	  - Where the rules have claims, claim.go takes each task through package claims, so that it fires once however often
//	    its event comes; objects.go keeps the claims in OSS. failed.go does what the rules say of tasks that no retry can
//	    help, and pace.go slows an instance down that OSS refuses too often.
//	  - A completion message (completion.go) is what comes back of a task with notify, through a topic: it is reported, with
//	    the rule that its claim's note names, and a task that failed is an error.
//	  - Answer (answer.go) and the log (log.go; lines.go writes it) report the same facts, one task after the other. errors.go
//	    has the errors that end an invocation.
//
// Object keys and everything else in an event are chosen by uploaders. They reach messages and logs only escaped, and
// credentials and signed headers reach neither.
package handler
