package safejson_test

import (
	"strings"
	"testing"

	"onput/internal/safejson"
)

// TestTooDeep: brackets in strings do not count, and escaped quotes do not end strings.
func TestTooDeep(t *testing.T) {
	open := strings.Repeat("[", 100)
	for s, want := range map[string]bool{
		`"` + open + `"`:                    false,
		`"\"` + open + `"`:                  false,
		`"\\` + `"` + open:                  true,
		`{"a":"` + open + `","b":[]}`:       false,
		strings.Repeat("[]", 100):           false,
		strings.Repeat("[", 65):             true,
		strings.Repeat("[", 64):             false,
		`"` + open:                          false,
		open[:60] + `"]]]]"` + open[:5]:     true,
		open[:60] + `"\"]]]]\\"` + open[:5]: true,
		strings.Repeat("]", 50) + open[:90]: false, // malformed: gjson.Valid stops at the first byte
	} {
		if got := safejson.TooDeep(s); got != want {
			t.Errorf("TooDeep(%q) = %v", s, got)
		}
		if _, ok := safejson.Parse(s); want && ok {
			t.Errorf("Parse(%q) takes it", s)
		}
	}
}

func TestMember(t *testing.T) {
	v, ok := safejson.Parse(`{"a":{"x":1},"a":{"b":"second"},"s":"{\"b\":\"text\"}","\u0065":"escaped","n":7}`)
	if !ok {
		t.Fatal("not parsed")
	}
	for _, tt := range []struct{ got, want string }{
		{safejson.Member(safejson.Member(v, "a"), "b").Str, ""},
		{safejson.Member(safejson.Member(v, "s"), "b").Str, ""},
		{safejson.Member(v, "e").Str, "escaped"},
		{safejson.Member(v, "n").Str, ""},
		{safejson.Member(safejson.Member(v, "none"), "b").Str, ""},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
