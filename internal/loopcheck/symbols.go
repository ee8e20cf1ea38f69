package loopcheck

import "onput/internal/automaton"

// The symbols of which OSS's names are made.
var (
	bucketNameSymbols = [][2]rune{{'-', '-'}, {'0', '9'}, {'a', 'z'}}

	// bareNameSymbols are the symbols of a base name without its extension: no slash and no dot.
	bareNameSymbols = [][2]rune{{0, '.' - 1}, {'/' + 1, automaton.AnySymbols[0][1]}}
)
