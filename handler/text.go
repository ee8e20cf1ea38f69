package handler

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"onput/process"
)

// What strangers chose, or a server answered, made safe for a message that people read line by line.

// object returns oss://bucket/key for a message, quoted where it holds anything that could be taken for the message.
func object(l process.Location) string {
	s := l.String()
	for _, r := range s {
		if r == '"' || r == '\\' || r == ',' || r == ' ' || r == utf8.RuneError || !strconv.IsPrint(r) {
			return strconv.Quote(s)
		}
	}
	return s
}

// shortObject is object with at most max bytes of a long one, so that what follows in the message keeps its place.
func shortObject(l process.Location, max int) string {
	s, more := cut(object(l), max)
	if more {
		s += "…"
	}
	return s
}

// oneLine returns s cut to at most max bytes, with a space for each run of what does not print.
func oneLine(s string, max int) string {
	s, more := cut(s, max)
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || !strconv.IsPrint(r) }), " ")
	if more {
		s += "…"
	}
	return s
}

// excerpt returns the beginning of a payload, quoted.
func excerpt(s string) string {
	s, more := cut(s, 80)
	s = strconv.Quote(s)
	if more {
		s += "…"
	}
	return s
}

// secrets are what no log, answer or error may hold.
type secrets []string

// hide returns s, or in its place a remark where s holds a secret. What a message says beside one is given up with it.
func (secret secrets) hide(s string) string {
	for _, word := range secret {
		if word != "" && strings.Contains(s, word) {
			return "(it repeats what was signed)"
		}
	}
	return s
}

// cut returns at most max bytes of s, whole characters, and whether there were more.
func cut(s string, max int) (string, bool) {
	if len(s) <= max {
		return s, false
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max], true
}
