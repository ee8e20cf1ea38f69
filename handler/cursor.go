package handler

import (
	"strings"

	"github.com/tidwall/gjson"
)

// cursor goes through a JSON text once: what it passes it checks, and what is asked for it returns as it stands there. gjson
// passes a member once for each level that is around it, after all of the text was passed once to check it; an invocation is
// noticeably shorter without that.
//
// Where the text is not well-formed, the cursor moves to its end and stays there. It calls itself for arrays and objects inside
// each other: see tooDeep.
type cursor struct {
	json string
	at   int
	bad  bool // the text is not well-formed
}

// value is the text of a JSON value, "" for none.
type value string

// is reports whether there is a value that begins with a byte: " for a string, [ for an array, { for an object.
func (v value) is(first byte) bool { return v != "" && v[0] == first }

// escapes reports whether the value has escapes: whether text makes a copy.
func (v value) escapes() bool { return strings.IndexByte(string(v), '\\') >= 0 }

// text returns what a string says, "" for anything else.
func (v value) text() string {
	switch {
	case !v.is('"'):
		return ""
	case v.escapes():
		return gjson.Parse(string(v)).Str
	}
	return string(v[1 : len(v)-1])
}

// since returns the value that begins at a place and ends at the cursor.
func (c *cursor) since(begin int) value { return value(c.json[begin:c.at]) }

func (c *cursor) fail() { c.at, c.bad = len(c.json), true }

// ended reports whether nothing follows, and all was well-formed.
func (c *cursor) ended() bool {
	c.peek()
	return c.at == len(c.json) && !c.bad
}

// peek moves over white space and returns the byte that follows, 0 where none does.
func (c *cursor) peek() byte {
	for ; c.at < len(c.json); c.at++ {
		switch b := c.json[c.at]; b {
		case ' ', '\t', '\r', '\n':
		default:
			return b
		}
	}
	return 0
}

// enter moves into an array or object that ends with a byte, and reports whether the cursor is at an element or name. An
// empty one it leaves behind.
func (c *cursor) enter(end byte) bool {
	c.at++
	if c.peek() != end {
		return true
	}
	c.at++
	return false
}

// next does, behind an element or member, what enter does at the beginning.
func (c *cursor) next(end byte) bool {
	switch c.peek() {
	case ',':
		c.at++
		c.peek()
		return true
	case end:
		c.at++
	default:
		c.fail()
	}
	return false
}

// name moves from a member's name to its value, and returns the name.
func (c *cursor) name() string {
	begin := c.at
	escapes := c.skipString()
	name := c.since(begin)
	if c.peek() != ':' {
		c.fail()
		return ""
	}
	c.at++
	c.peek()
	if escapes {
		return name.text()
	}
	return string(name[1 : len(name)-1])
}

// skip moves behind a value.
func (c *cursor) skip() {
	switch c.peek() {
	case '"':
		c.skipString()
	case '{':
		for more := c.enter('}'); more; more = c.next('}') {
			c.name()
			c.skip()
		}
	case '[':
		for more := c.enter(']'); more; more = c.next(']') {
			c.skip()
		}
	case 't':
		c.skipWord("true")
	case 'f':
		c.skipWord("false")
	case 'n':
		c.skipWord("null")
	default:
		c.skipNumber()
	}
}

func (c *cursor) skipWord(word string) {
	if !strings.HasPrefix(c.json[c.at:], word) {
		c.fail()
		return
	}
	c.at += len(word)
}

func (c *cursor) skipNumber() {
	c.accept("-")
	if !c.accept("0") {
		c.skipDigits()
	}
	if c.accept(".") {
		c.skipDigits()
	}
	if c.accept("eE") {
		c.accept("+-")
		c.skipDigits()
	}
}

func (c *cursor) skipDigits() {
	const digits = "0123456789"
	if !c.accept(digits) {
		c.fail()
	}
	for c.accept(digits) {
	}
}

// accept moves behind the next byte if it is one of some.
func (c *cursor) accept(some string) bool {
	if c.at == len(c.json) || strings.IndexByte(some, c.json[c.at]) < 0 {
		return false
	}
	c.at++
	return true
}

// skipString moves behind a string, and reports whether it has escapes.
func (c *cursor) skipString() (escapes bool) {
	s := c.json
	if c.at == len(s) || s[c.at] != '"' {
		c.fail()
		return false
	}
	for i := c.at + 1; i < len(s); {
		if i+8 <= len(s) {
			plain := plainBytes(eight(s, i))
			if i += plain; plain == 8 {
				continue
			}
		}
		switch b := s[i]; {
		case b == '"':
			c.at = i + 1
			return escapes
		case b == '\\':
			n := escape(s[i:])
			if n == 0 {
				c.fail()
				return false
			}
			i, escapes = i+n, true
		case b < ' ':
			c.fail()
			return false
		default:
			i++
		}
	}
	c.fail()
	return false
}

// escape returns how many bytes the escape at the beginning of s has, 0 where it is none.
func escape(s string) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 && isHex(s[2]) && isHex(s[3]) && isHex(s[4]) && isHex(s[5]) {
			return 6
		}
	}
	return 0
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}
