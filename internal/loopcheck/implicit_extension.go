package loopcheck

import (
	"strings"

	"onput/internal/automaton"
	"onput/internal/ruleset"
)

// addImplicitExtension adds to the names that an output writes the extension that OSS appends to base names without a
// dot.
func addImplicitExtension(o *ruleset.Output, n *automaton.NFA) *automaton.NFA {
	if parts := o.Target.Key.Parts; len(parts) > 0 {
		last := parts[len(parts)-1]
		hasExt := strings.LastIndexByte(last.Text, '.') > strings.LastIndexByte(last.Text, '/')
		if last.Kind == ruleset.LiteralPart && hasExt {
			return n // every name has one
		}
	}
	return withImplicitExtension(n, o.Format())
}

// withImplicitExtension returns the names of n as OSS completes them. It appends an extension to base names without a
// dot, and sometimes _NUMBER_NUMBER before it. An ext of "" stands for any extension.
//
// https://help.aliyun.com/zh/oss/user-guide/video-frame-cutting
func withImplicitExtension(n *automaton.NFA, ext string) *automaton.NFA {
	if n.Large() {
		return n
	}
	x := automaton.NewNFA()
	count := int32(n.Size())
	for s := int32(1); s < 2*count; s++ { // state s before a dot of the base name, and count+s after it
		x.State(n.Tag(s % count))
	}
	slash, dot := [2]rune{'/', '/'}, [2]rune{'.', '.'}
	for s := int32(0); s < count && !x.Large(); s++ {
		for to := range n.Epsilons(s) {
			x.Epsilon(s, to)
			x.Epsilon(count+s, count+to)
		}
		for e := range n.Edges(s) {
			for _, span := range [][2]rune{bareNameSymbols[0], dot, slash, bareNameSymbols[1]} {
				before, after := e.To, count+e.To
				switch span {
				case dot:
					before = after
				case slash:
					after = before
				}
				lo, hi := max(e.Lo, span[0]), min(e.Hi, span[1])
				x.Symbols(s, lo, hi, before)
				x.Symbols(count+s, lo, hi, after)
			}
		}
		if n.Accepts(s) {
			x.Accept(count + s)
		}
	}
	bare := x.State(0)
	numbered := oneOrMore(x, x.Text(bare, "_"), digits)
	numbered = oneOrMore(x, x.Text(numbered, "_"), digits)
	end := x.State(0)
	x.Epsilon(bare, end)
	x.Epsilon(numbered, end)
	end = x.Text(end, ".")
	if ext != "" {
		end = x.Text(end, ext)
	} else {
		end = oneOrMore(x, end, alphanumerics)
	}
	x.Accept(end)
	for s := range count {
		if n.Accepts(s) {
			x.Epsilon(s, bare)
		}
	}
	return x
}
