// Package rules is the rule language: it decides which uploads fire which processes.
//
// [Load] turns a rule file into a [Set] in phases, each in a package of its own:
//
//	text ─ rulefile ─▶ definitions ─ compile ─▶ ruleset.Set ─ loopcheck ─▶ checked Set
//
// Package rulefile parses YAML into definitions in which every value has its position. Package compile checks
// the values and makes conditions, processes and targets of them. Package loopcheck proves that no rule
// triggers itself, directly or over other rules. Package lint adds warnings. All phases report to one rulefile.Reporter, so
// an error or warning always names its position in the file.
//
// [Set.Match] is the hot path: it fires the rules of an upload without reading YAML, compiling a pattern or looking up an
// environment variable. The rest of the package answers questions about a set: [Set.Explain] tells why a rule fires or
// not, [File.RunTests] runs the tests of the file, and [Set.Access] lists what the rules read and write. [Set.Seal] spares
// the next program that loads the file the loop check.
//
// PATTERNS.md specifies the patterns of keys; package glob implements them. Package process knows the operations that a
// rule may name and checks their parameters.
package rules
