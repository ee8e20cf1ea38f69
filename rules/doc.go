// Package rules is the rule language: which uploads fire which asynchronous processes.
//
// Parse turns a rule file into a Set: strictly checked, compiled, immutable. Everything that costs time is done then, so
// that Set.Match only compares and fills in: nothing on the way of an upload reads YAML, compiles a pattern or looks up an
// environment variable.
//
//	file ─ yaml.go ─▶ nodes ─ file.go ─▶ definitions, each with its place ─ compile.go ─▶ Set ─ match.go ─▶ tasks
//
// PATTERNS.md specifies the patterns of keys; package glob implements them. Package process knows the operations that a
// rule may name and checks their parameters.
package rules
