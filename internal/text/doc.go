// Package text formats text for people: messages, logs and reports.
//
// Object keys, answers of servers and other untrusted input end up in messages that people read line by line, on a
// terminal. Every package of the module uses the functions below for them, so that one text looks the same wherever it is
// printed and none of them can break a line:
//
//   - [Printable] and [QuoteIfAny] quote what could be mistaken for the message around it;
//   - [Prefix] and [Truncate] bound a text without splitting a character;
//   - [Plural], [JoinAnd], [JoinOr] and [JoinFirst] write numbers and lists in English;
//   - [OneLine] and [Excerpt] make a line of anything, [Secrets] hides what nobody may read;
//   - [Closest] finds the word that was probably meant, for "did you mean".
package text
