// Package glob is the language of key patterns: "incoming/{tenant}/**/*.{mp4,mov}". PATTERNS.md in package rules is its
// specification.
//
// A pattern is parsed into a tree (parse.go), its braces are expanded into alternatives, and each alternative becomes a short
// list of tokens over the key's characters (pattern.go). From there it goes three ways:
//
//   - Pattern.Match (match.go) holds one pattern against one key. It walks the tokens once, each over all positions of the key
//     that can be reached: its cost is bounded by the length of the pattern times that of the key, whatever the pattern and
//     whoever chose the key.
//   - Index (index.go) finds, of any number of patterns, those that match: each alternative is a way through a trie of segments
//     (way.go, build.go). straight.go is the short cut for keys that take one way, table.go the look-up of segments.
//   - NFA and DFA (nfa.go, dfa.go) are the exact language of a pattern or of a target, by which package rules proves that no
//     rule loops.
//
// Captures (capture.go) are computed apart from matching, for the keys that matched.
package glob
