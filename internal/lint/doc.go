// Package lint warns of rules that are well-formed and yet probably not meant.
//
// Each lint is a function in a file named for its code, registered in [lints]. It reads the definitions (package
// rulefile), the compiled set (package ruleset) and, for questions about keys, the languages of package loopcheck. A lint
// is silent where it cannot be sure.
//
// One check is an error: same_target.go. Every file that is loaded must pass it.
package lint
