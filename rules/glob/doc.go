// Package glob is the language of key patterns: "incoming/{tenant}/**/*.{mp4,mov}". PATTERNS.md in package rules is its
// specification.
//
// A pattern is parsed into a tree, its braces are expanded into alternatives, and each alternative becomes a short list
// of tokens over the key's characters. Matching a key walks the tokens once, each over all positions of the key that can
// be reached: its cost is bounded by the length of the pattern times that of the key, whatever the pattern and whoever chose the key.
// Captures are computed apart from matching, for the keys that matched.
package glob
