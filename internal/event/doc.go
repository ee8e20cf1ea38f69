// Package event decodes the payload of an invocation into uploads and completion messages.
//
// Events of OSS reach a function in many envelopes: the native {"events":[…]} of an OSS trigger, CloudEvents of
// EventBridge, bare records, arrays of these, and messages of SMQ topics and queues around any of them, with or without
// Base64. A completion message, which IMM publishes to a topic or to EventBridge when a task ends, comes in the same envelopes. [Decode]
// recognizes all of them, also inside each other.
//
// A payload is untrusted input. Its size, its nesting, its envelopes and its records are bounded before anything is
// copied, and error messages quote it only escaped and shortened.
//
// The files: decode.go opens envelopes, base64.go the Base64 around them, record.go reads an OSS event record and
// completion.go a completion message.
package event
