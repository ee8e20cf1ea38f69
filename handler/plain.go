package handler

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// What stands between the quotation marks of a JSON string as it is. Strings are most of an event and of a line of the log,
// so eight bytes are looked at together.

// plain reports whether slog, as encoding/json, would write the string as it is.
func plain(s string) bool {
	var all uint64 // bits of any byte
	i := 0
	for ; i+8 <= len(s); i += 8 {
		word := eight(s, i)
		if plainBytes(word) < 8 {
			return false
		}
		all |= word
	}
	for ; i < len(s); i++ {
		b := s[i]
		if b < ' ' || b == '"' || b == '\\' {
			return false
		}
		all |= uint64(b)
	}
	return all&eachHighest == 0 || utf8.ValidString(s) && !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029")
}

// eight returns the eight bytes of s from i on, the first one lowest.
func eight(s string, i int) uint64 {
	return binary.LittleEndian.Uint64([]byte(s[i : i+8])) // no copy is made
}

// A number in each of eight bytes: 1, and the highest bit.
const (
	eachLowest  = 0x01_01_01_01_01_01_01_01
	eachHighest = 0x80_80_80_80_80_80_80_80
)

// plainBytes returns how many of eight bytes, the lowest first, precede a quotation mark, a backslash or a control character.
func plainBytes(word uint64) int {
	// A subtraction sets the highest bit of a byte that is less than what is taken from it, and sometimes, by borrowing, that
	// of bytes above it: the lowest one is right.
	quotes, backslashes := word^eachLowest*'"', word^eachLowest*'\\'
	special := (word-eachLowest*' ')&^word | (quotes-eachLowest)&^quotes | (backslashes-eachLowest)&^backslashes
	return bits.TrailingZeros64(special&eachHighest) / 8
}
