// Package text makes untrusted input safe for messages that people read line by line.
//
// Object keys, payloads and answers of servers may hold line breaks, control characters, megabytes, or the signature of
// the request that they answer. They reach logs and errors only through this package.
package text
