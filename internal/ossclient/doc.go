// Package ossclient sends requests to OSS and decides from facts how each one ended.
//
// A submission is billed and not idempotent, and an append to a claim must not be repeated blindly. The retries of the OSS
// SDK are therefore off, and so is its reading of answers. A request goes through these layers:
//
//   - [Client] (client.go) holds the SDK's clients, one a region, and signs with the credentials of the [Caller].
//   - attempt.go makes one HTTP request, counts the bytes that left the process, and judges the outcome: a verdict says
//     whether OSS took the request, did not take it, or left that in doubt. transport.go counts, errordoc.go reads OSS's
//     error documents.
//   - retry.go repeats what OSS certainly did not take, within the time of the context.
//   - throttle.go slows down all submissions of an instance while OSS refuses them.
//   - submit.go submits tasks; objects.go reads, writes and appends to objects.
//
// Answers are untrusted input: a proxy may have written them, and they may repeat what was signed. Texts reach errors and
// receipts only through package text.
package ossclient
