// Package compile turns the definitions of a rule file into a ruleset.Set. It checks every value: patterns become
// glob.Pattern, conditions and targets what package ruleset matches and fills in, and processes are looked up in the
// catalogue. Every error names its position. What the rules do together, package loopcheck checks afterwards.
package compile
