// Package ruleset holds compiled rules and matches uploads against them.
//
// The compiler in package rules makes a [Set]; the loop check, the linter and the explanations read it. A set is immutable.
// Anything slow happens before the first upload, so that [Set.Match] only compares texts and fills in templates.
//
// A [Rule] has conditions and outputs. Its conditions on bucket and key are in an index (package keyindex), which finds the
// rules that may match a key; the other conditions are checked rule by rule. Each output of a rule that fires makes a
// [Task] from templates: the process ([Action]) and the [Target].
package ruleset
