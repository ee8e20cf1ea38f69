// Package safejson reads JSON of untrusted input with gjson.
//
// gjson recurses for each level of nesting while it validates a document, and its paths look into text that is no
// object. The functions of this package do neither.
package safejson

import (
	"strings"

	"github.com/tidwall/gjson"
)

// MaxNesting bounds how deeply arrays and objects of a document may be nested.
const MaxNesting = 64

// Parse parses a document. It reports false if s is malformed or nested deeper than [MaxNesting].
func Parse(s string) (gjson.Result, bool) {
	if !Valid(s) {
		return gjson.Result{}, false
	}
	return gjson.Parse(s), true
}

// Valid reports whether [Parse] parses a document.
func Valid(s string) bool { return !TooDeep(s) && gjson.Valid(s) }

// Member returns the first member with a name, or the zero Result if v is no object or lacks it. Its Str is "" unless it is a
// string.
//
// Nested members take one call a level: a path of gjson tries a second member of the same name if the first one does not
// have the rest of the path.
func Member(v gjson.Result, name string) gjson.Result {
	if !v.IsObject() {
		return gjson.Result{}
	}
	return v.Get(name)
}

// TooDeep reports whether arrays and objects are nested deeper than [MaxNesting]. It does not recurse, and s may be
// malformed.
func TooDeep(s string) bool {
	if strings.Count(s, "[")+strings.Count(s, "{") <= MaxNesting {
		return false
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[', '{':
			if depth++; depth > MaxNesting {
				return true
			}
		case ']', '}':
			depth--
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		}
	}
	return false
}
