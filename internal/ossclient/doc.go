// Package ossclient sends requests to OSS, and decides from evidence whether OSS took each one.
//
// The submission of an asynchronous task is billed and not idempotent, and an append to a claim must not be repeated blindly.
// The retries of the OSS SDK are therefore off, and so is its reading of answers. The SDK would also repeat every BadRequest,
// with which OSS refuses pictures for good. A request goes through these layers:
//
//   - [Client] (client.go) holds the SDK's clients, one per region, and signs with the credentials of the [Caller].
//   - attempt.go sends one HTTP request and gives the verdict: OSS took the request, did not take it, or may have taken it.
//     transport.go counts the bytes that left the process, and lets none leave after the deadline of a request; response.go
//     reads OSS's answer.
//   - retry.go repeats requests that OSS certainly did not take, or may take twice, within the time of the context.
//   - throttle.go delays all submissions of an instance while OSS refuses them, synchronous ones apart from the others.
//   - submit.go submits tasks; process_object.go has synchronous ones done; objects.go reads, writes and appends to objects.
//
// Each request ends with its context, whatever answers: a switch of protocols counts as no answer, and bodies are bounded.
//
// Answers are untrusted input: a proxy may have written them, and they may repeat what was signed. Texts reach errors and
// receipts only through package text.
package ossclient
