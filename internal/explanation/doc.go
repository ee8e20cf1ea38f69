// Package explanation prints explanations of uploads: one as a text with the verdict of each rule, many as a table, and either
// as JSON for programs.
//
// A [Printer] takes one explanation after the other and keeps little of each, so that a list may be long. Keys and other texts
// from outside are escaped, and bounded in the table.
package explanation

import "onput/rules"

// Printer prints explanations.
type Printer interface {
	Add(e *rules.Explanation) // prints one, or adds it to a table
	End() error               // prints what is left
}
