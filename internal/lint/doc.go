// Package lint finds what is well-formed in a rule file and yet probably not meant.
//
// Each lint is a function in a file named for its code, registered in [lints]. It reads the definitions (package rulefile),
// the compiled set (package ruleset) and, for questions about keys, the languages of the loop check. Lints are silent where a
// rule is not plain enough to be sure.
package lint
