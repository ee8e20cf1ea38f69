package loopcheck

import (
	"strings"

	"onput/internal/automaton"
	"onput/process"
)

// Odd keys are those that nobody gives an object on purpose: with a folder of no name, as in a//b, or with a name that is an
// extension alone, as in a/.mov. {dir:**} does not tell a/b and a//b apart, nor does {barename}/{index} tell a/.mov and a.mov
// apart, and a rule cannot help it. Keys that begin with a slash or backslash do not exist.

// isOdd reports whether a key is odd.
func isOdd(key string) bool {
	_, basename, barename, _ := process.SplitKey(key)
	return process.BeginsWithSlash(key) || strings.Contains(key, "//") || barename == "" && basename != ""
}

// addOddObjects adds the objects with odd keys.
func addOddObjects(n *automaton.NFA) {
	key := n.Text(n.Repeat(0, bucketNameSymbols...), "/")
	slash := [2]rune{'/', '/'}
	n.Accept(n.Any(n.One(key, slash, [2]rune{'\\', '\\'})))
	anywhere := n.Any(key)
	n.Accept(n.Any(n.Text(anywhere, "//")))
	base := n.State(0)
	n.Epsilon(key, base)
	n.Epsilon(n.Text(anywhere, "/"), base)
	n.Accept(n.Repeat(n.Text(base, "."), bareNameSymbols...))
}
