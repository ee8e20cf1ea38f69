package handler

import (
	"encoding/json"
	"testing"

	"github.com/tidwall/gjson"
)

var jsonTexts = []string{
	`{}`, `[]`, `{"a":1}`, ` { "a" : [ 1 , -2.5e+3 , 0.0E-1 ] , "b" : { } } `, `"\u00e9\\\"\/\b\f\n\r\t"`, `"é文😀"`, "\"\x7f\xff\"", `true`, `false`,
	`null`, `0`, `-0`, `10`, `[[[]],{"a":[{}]}]`, "\t\r\n1\n", `{"a":1,"a":2}`, `"12345678\"12345678"`, `{"":""}`,

	``, ` `, `{`, `[`, `"`, `"a`, `"\`, `"\"`, `"\x"`, `"\u12g4"`, `"\u123g"`, `"\ug234"`, `"\u1g34"`, `"\u123"`, "\"\n\"", "\"12345678\t\"", "\"\x00\"", `{"a"}`, `{"a":}`, `{"a":1,}`, `{,}`, `{a:1}`,
	`{"a" 1}`, `{"a":1 "b":2}`, `{"a":1]`, `[1}`, `[1,]`, `[,1]`, `[1 2]`, `[1`, `01`, `-`, `+1`, `1.`, `.5`, `1e`, `1e+`, `--1`, `tru`, `truth`, `nulll`, `True`,
	`1 2`, `{}{}`, `{} x`, "1\x00", "\x00", "\ufeff1", `'a'`, `"a" "b"`, "\v1", "[1,\u00a02]", `{"a":1,"b"`, `{"a":1,"b":`, `{"a":"`, `[true`, `[tru`,
}

// The cursor passes what encoding/json calls well-formed, and finds what gjson finds.
func TestCursor(t *testing.T) {
	for _, s := range jsonTexts {
		checkCursor(t, s)
	}
}

func FuzzCursor(f *testing.F) {
	for _, s := range jsonTexts {
		f.Add(s)
	}
	for _, e := range envelopes {
		f.Add(e.wrap([]string{record(`a"b/c.docx`), record("文")}))
	}
	f.Fuzz(checkCursor)
}

func checkCursor(t *testing.T, s string) {
	if tooDeep(s) {
		return
	}
	c := cursor{json: s}
	c.skip()
	if got, want := c.ended(), json.Valid([]byte(s)); got != want {
		t.Fatalf("%q is well-formed: %v, want %v", s, got, want)
	} else if !want {
		return
	}
	c = cursor{json: s}
	switch c.peek() {
	case '{':
		more := c.enter('}')
		gjson.Parse(s).ForEach(func(name, want gjson.Result) bool {
			if !more {
				t.Fatalf("%q: the cursor ends before %s", s, want.Raw)
			}
			if got := c.name(); got != name.Str {
				t.Fatalf("%q: name %q, want %q", s, got, name.Str)
			}
			checkValue(t, &c, want)
			more = c.next('}')
			return true
		})
		if more {
			t.Fatalf("%q: the cursor finds more members", s)
		}
	case '[':
		more := c.enter(']')
		gjson.Parse(s).ForEach(func(_, want gjson.Result) bool {
			if !more {
				t.Fatalf("%q: the cursor ends before %s", s, want.Raw)
			}
			checkValue(t, &c, want)
			more = c.next(']')
			return true
		})
		if more {
			t.Fatalf("%q: the cursor finds more elements", s)
		}
	default:
		checkValue(t, &c, gjson.Parse(s))
	}
	if !c.ended() {
		t.Fatalf("%q: the cursor is at %d", s, c.at)
	}
}

func checkValue(t *testing.T, c *cursor, want gjson.Result) {
	begin := c.at
	c.skip()
	if got := c.since(begin); string(got) != want.Raw || want.Type == gjson.String && got.text() != want.Str {
		t.Fatalf("%q: value %s, %q; want %s, %q", c.json, got, got.text(), want.Raw, want.Str)
	}
}
