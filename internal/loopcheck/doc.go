// Package loopcheck proves that no rule of a set triggers itself, over any number of other rules.
//
// A function that processes its own results never ends, and every round costs money. A rule set loads only if the check
// excludes that.
//
// Objects are written BUCKET/KEY, and sets of them are languages (package automaton). The trigger language of a rule
// holds the objects that can fire it. It is exact: patterns, not, prefix, suffix, ignore_case, buckets, sources, claims
// and earlier rules with stop all count. The output language of an output holds the objects that it can write for given
// source objects. It is never too small, but may be too large, as a variable that is used twice may have two values in
// it. A rule may trigger another if the output language of the one and the trigger language of the other have an object
// in common.
//
// Most pairs of rules are told apart by less, so that the check narrows them down:
//
//  1. Candidates: the literal prefixes and suffixes of patterns and targets, buckets and sources tell which rules an output
//     may trigger at all. A rule whose not excludes all that the output can write is none of them. Without a cycle among
//     the candidates there is no loop.
//  2. Exact edges: in each cyclic component of the candidates, languages decide which rule may trigger which.
//  3. Cycles: the objects of a rule are followed around each cycle that is left. If none comes back, there is no loop.
//  4. Counterexample: if some may come back, keys are tried until one really does. It is reported as loop, and as
//     loop-unproven if no such key turns up.
//
// All languages of a file share a budget, and all cycles one of paths. A component that exceeds either is loop-unproven as
// well. The budget counts steps and bytes of all that is done, some two seconds of one core and 100 MB, whatever the file.
//
// The proof takes for granted that OSS writes results where targets say, with the extensions that it appends to names
// without one; where no page says that it appends them, the names without are in the language, too. Parts of keys that are
// no valid UTF-8 may form a character where a target joins them. The proof assumes that events, size, type, meta,
// tags, class and where always hold: the rule file does not decide that.
//
// The claims prefix is checked with the same languages (claims_prefix.go). The prefix is a fixed text, so that few values of
// a target's variables lead below it. The objects that have these values and fire the rule are the examples.
//
// The same languages tell which uploads overwrite each other's results (overwrite.go). The objects of a rule get marks where
// captures begin and end, and are cut at the places where variables do (key_chain.go). The sections between combine freely, so
// that the names of a target are known with the sections that they come from (sent_names.go). Two objects have one target if a
// name has two origins, or if it leaves out a section that has several texts.
//
// Lints ask the same languages which rules never fire, exclude nothing, or fire together (relations.go).
package loopcheck
