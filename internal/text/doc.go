// Package text formats text for people: messages, logs and reports.
//
// Object keys, responses of servers and other untrusted input end up in messages that people read line by line, on a
// terminal. Every package uses these functions for them, so that a text looks the same everywhere and cannot break a line:
//
//   - [Printable], [QuoteIfNeeded], [QuoteIfAny] and [Excerpt] quote texts that could be mistaken for the message around them;
//   - [Escape] and [Writer] escape texts that a terminal or a CI system could obey;
//   - [Prefix], [Truncate], [OneLine] and [Bound] bound a text without splitting a character;
//   - [Plural], [JoinAnd], [JoinOr] and [JoinFirst] write numbers and lists in English;
//   - [Secrets] hides credentials, and texts that contain them;
//   - [Closest] finds the word that was probably meant, for "did you mean".
package text
