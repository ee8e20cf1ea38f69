// Package keyindex finds the rules that may match an object, among any number of them.
//
// An [Entry] holds the conditions of one rule on bucket and key. A [Builder] puts the entries into an [Index], a trie over
// segments: the bucket comes first, then the segments of the key between its slashes. Each alternative of a pattern is a
// [path] through the trie (path.go), and ends at a leaf that lists the entries found there.
//
// A look-up (index.go) walks the trie with the segments of one key. As * and ** have edges of their own, several nodes are
// active at once, as in a nondeterministic automaton; a node after ** stays active for the rest of the key. Each node is
// visited at most once for a segment. From a node, a segment finds the next nodes with one look into a hash table for
// literal segments (in), and one for each length of the prefixes (clip-*) and suffixes (*.mp4) that patterns have there.
// The cost depends on the key and on the paths that it shares, not on the number of entries.
//
// The result is a superset: every entry that matches is found. A [Hit] is exact if buckets and patterns match for certain;
// otherwise the caller compares them. It always compares prefixes and suffixes, by which the index only narrows its search.
package keyindex
