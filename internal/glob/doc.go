// Package glob implements the patterns of keys: "incoming/{tenant}/**/*.{mp4,mov}". PATTERNS.md in package rules is their
// specification.
//
// [Parse] expands the braces of a pattern into alternatives (parse.go), each a short list of tokens (pattern.go). [Pattern.Match]
// (match.go) walks the tokens over a key; its cost is bounded by the length of the pattern times that of the key, so that
// untrusted keys cannot make it slow. [Pattern.Captures] (capture.go) is computed apart from matching, for keys that match.
//
// Other packages take patterns apart: [Pattern.Paths] (segment.go) cuts them at slashes for package keyindex, which finds the
// patterns that match a key; [Pattern.AddTo] (language.go) writes them into an automaton, by which the loop check compares
// them. [Pattern.MarkedLanguage] (marks.go) does so with marks where captures begin and end.
package glob
