// Package ruleset holds compiled rules and matches uploads against them.
//
// The compiler in package rules makes a [Set]; the loop check, the linter and the explanations read it. A set is immutable:
// everything that costs time is done before the first upload, so that [Set.Match] only compares and fills in templates.
//
// A [Rule] has conditions and outputs. Its conditions on bucket and key are in an index (package keyindex), which finds the
// rules that may match a key; the other conditions are checked rule by rule. For each output of a rule that fires, a task is
// filled in from templates: the process ([Action]) and the [Target].
package ruleset
