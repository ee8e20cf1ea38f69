// Package userinput reads what people hand to the command: captured events, lists of object keys, and names of rule files.
//
// Such files come out of consoles, shells and editors. So [Text] takes UTF-8 and UTF-16, with a byte order mark or without
// one, [Events] takes one payload or several, and [Objects] takes keys and what ossutil ls prints. Nothing is guessed in
// silence: a payload without an event is an error that says what the payload is, and a line that names no object is reported
// with its number.
//
// The files: encoding.go decodes texts, events.go splits captured events into payloads, foreign.go recognizes what is no
// event, objects.go reads lists of keys, uploads.go puts all of these together, and rulefiles.go finds rule files.
package userinput
