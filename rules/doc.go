// Package rules is the rule language: which uploads fire which asynchronous processes.
//
// Parse turns a rule file into a Set: strictly checked, compiled, immutable. Everything that costs time is done then, so
// that Set.Match only compares and fills in: nothing on the way of an upload reads YAML, compiles a pattern or looks up an
// environment variable.
//
//	file ─ yaml.go ─▶ nodes ─ file.go ─▶ definitions, each with its place ─ compile.go ─▶ Set ─ match.go ─▶ tasks
//
// What is wrong is said with its place (place.go, diagnostic.go). Warnings about one rule are in doubts.go, those about
// several in compare.go. That no rule loops is proved when a file is loaded: meet.go finds the rules that may reach each
// other, sources.go and image.go say exactly which objects fire a rule and which it can write, loop.go follows them around,
// and witness.go finds the key that shows it. A file may end in a seal (checked.go), which spares the next one that loads it
// the proof.
//
// explain.go and tests.go answer what would happen to an upload, access.go what the rules read and write.
//
// PATTERNS.md specifies the patterns of keys; package glob implements them. Package process knows the operations that a
// rule may name and checks their parameters.
package rules
