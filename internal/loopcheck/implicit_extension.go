package loopcheck

import "onput/internal/automaton"

// withImplicitExtension returns the texts of n as OSS makes names of them. OSS appends an extension to base names
// without a dot, and sometimes _NUMBER_NUMBER before it. An ext of "" stands for any extension.
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
	digits, letters := [2]rune{'0', '9'}, [2]rune{'a', 'z'}
	plain := x.State(0)
	numbered := x.Text(plain, "_")
	numbered = x.Repeat(x.One(numbered, digits), digits)
	numbered = x.Text(numbered, "_")
	numbered = x.Repeat(x.One(numbered, digits), digits)
	end := x.State(0)
	x.Epsilon(plain, end)
	x.Epsilon(numbered, end)
	end = x.Text(end, ".")
	if ext != "" {
		end = x.Text(end, ext)
	} else {
		end = x.Repeat(x.One(end, digits, letters), digits, letters)
	}
	x.Accept(end)
	for s := range count {
		if n.Accepts(s) {
			x.Epsilon(s, plain)
		}
	}
	return x
}
