package eventpattern

import (
	"encoding/json"
	"strings"
	"testing"
)

// Texts meet the conditions of a field as EventBridge documents them, most in its own examples:
// https://www.alibabacloud.com/help/en/doc-detail/181432.htm
func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		yes, no       []string
	}{
		{`{"source":["acs.oss"]}`, "source", []string{"acs.oss"}, []string{"acs.mns", "acs.oss2", "ACS.oss", ""}},
		{`{"source":["acs.oss","acs.mns"]}`, "source", []string{"acs.oss", "acs.mns"}, []string{"acs.ecs"}},
		{`{"source":[{"prefix":"acs."}]}`, "source", []string{"acs.oss", "acs."}, []string{"acs", "my.acs."}},
		{`{"subject":[{"suffix":".jpg"}]}`, "subject", []string{"a.jpg", ".jpg"}, []string{"a.JPG", "a.jpg2"}},
		{`{"type":[{"contains":"Normal"}]}`, "type", []string{"Normal", "aNormalb"}, []string{"normal"}},
		{`{"data":{"state":[{"anything-but":"initializing"}]}}`, "data.state", []string{"running", ""}, []string{"initializing"}},
		{`{"data":{"x-limit":[{"anything-but":123}]}}`, "data.x-limit", []string{"a"}, nil},
		{`{"data":{"state":[{"anything-but":["stopped","overloaded"]}]}}`, "data.state", []string{"running"}, []string{"stopped", "overloaded"}},
		{`{"data":{"state":[{"anything-but":{"prefix":"init"}}]}}`, "data.state", []string{"running"}, []string{"init", "initializing"}},
		{`{"data":{"state":[{"anything-but":[{"prefix":"init"},"stopped"]}]}}`, "data.state", []string{"running"}, []string{"initializing", "stopped"}},
		{`{"data":{"c-count":[{"numeric":[">",0,"<=",5]}]}}`, "data.c-count", nil, []string{"3"}},
		{`{"data":{"source-ip":[{"cidr":"10.0.0.0/24"}]}}`, "data.source-ip", nil, []string{"10.0.0.1"}},
		{`{"data":{"state":[{"exists":false}]}}`, "data.state", nil, []string{"a", ""}},
		{`{"data":{"state":[{"exists":true}]}}`, "data.state", []string{"a", ""}, nil},
		{`{"responseElements":[null]}`, "responseElements", nil, []string{"", "null"}},
		{`{"eventVersion":[""]}`, "eventVersion", []string{""}, []string{"1"}},
		{`{"a":[1,true]}`, "a", nil, []string{"1", "true"}},
		{`{"a":[]}`, "a", nil, []string{"", "x"}},
		{`{"a":["x"]}`, "b", []string{"", "y"}, nil},
		{`{"a":[{"prefix":"x"},{"suffix":"y"}]}`, "a", []string{"x", "y", "xz", "zy"}, []string{"z"}},
	} {
		p, err := Parse(tt.pattern)
		if err != nil {
			t.Errorf("%s: %v", tt.pattern, err)
			continue
		}
		for _, value := range tt.yes {
			if !p.Matches(tt.path, value) {
				t.Errorf("%s does not match %q", tt.pattern, value)
			}
		}
		for _, value := range tt.no {
			if p.Matches(tt.path, value) {
				t.Errorf("%s matches %q", tt.pattern, value)
			}
		}
	}
}

// What is not understood is an error that names the field, without the words of Go.
func TestParseErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		``:                               "it is not JSON",
		`{`:                              "it is not JSON",
		`[]`:                             "it is no JSON object",
		`"acs.oss"`:                      "it is no JSON object",
		`{"source":"acs.oss"}`:           `"source" is not a list of conditions: write ["acs.oss"]`,
		`{"data":{"a":{"b":1}}}`:         `"data.a.b" is not a list of conditions: write [1]`,
		`{"source":null}`:                `"source" is not a list of conditions: write [null]`,
		`{"source":["a"],"source":[]}`:   `"source" is there twice`,
		`{"data.oss":["a"]}`:             `"data.oss" is not the name of a field: nest objects, as in {"data": {"oss": …}}`,
		`{"subject":[{}]}`:               `"subject": {} has no operator`,
		`{"subject":[[]]}`:               `"subject": a list holds another list`,
		`{"subject":[{"wildcard":"*"}]}`: `"subject": EventBridge documents no operator "wildcard"`,
		`{"subject":[{"prefix":"a","suffix":"b"}]}`:                `"subject": an object holds one operator: write one object for each`,
		`{"subject":[{"prefix":1}]}`:                               `"subject": prefix takes a text`,
		`{"subject":[{"suffix":["a"]}]}`:                           `"subject": suffix takes a text`,
		`{"subject":[{"exists":"no"}]}`:                            `"subject": exists takes true or false`,
		`{"subject":[{"anything-but":{"exists":true}}]}`:           `"subject": anything-but excludes values and prefixes`,
		`{"subject":[{"anything-but":{"anything-but":"a"}}]}`:      `"subject": anything-but excludes values and prefixes`,
		`{"subject":[{"anything-but":{"equals-ignore-case":""}}]}`: `"subject": EventBridge documents no operator "equals-ignore-case"`,
		strings.Repeat(`{"a":`, 100):                               "it is not JSON",
	} {
		if _, err := Parse(pattern); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", pattern, err, want)
		}
	}
}

// Any text is a pattern or an error of one line. A pattern gives the same answers when it is written in another way.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{`, `{"source":["acs.oss"],"subject":[{"prefix":"a"},{"suffix":"b"}]}`, `{"a":{"b":[{"anything-but":["x",{"prefix":"y"}]}]}}`,
		`{"a":[{"exists":false},null,1,"\ud800"]}`, `{"a":[{"numeric":[">",0]}],"a":[]}`, "{\"\xff\":[\"\xff\"]}"} {
		f.Add(seed, "a", "x")
	}
	f.Fuzz(func(t *testing.T, src, path, value string) {
		p, err := Parse(src)
		if err != nil {
			if strings.Contains(err.Error(), "\n") || len(err.Error()) > 1000 {
				t.Errorf("error %q", err)
			}
			return
		}
		for _, field := range p.Fields() {
			for _, c := range field.Conditions {
				if c.Operator == Equal && !c.Matches(c.Text) || c.Operator == AnythingBut && c.Matches(value) == anyMatch(c.Not, value) {
					t.Errorf("%s: %s", field.Path, c.String())
				}
				if len(c.String()) > 1000 {
					t.Errorf("%d bytes for a condition", len(c.String()))
				}
			}
		}
		var plain map[string]any
		if json.Unmarshal([]byte(src), &plain) != nil {
			t.Errorf("%q is not JSON", src)
			return
		}
		written, _ := json.Marshal(plain)
		again, err := Parse(string(written))
		if err != nil {
			t.Errorf("%s: %v", written, err)
		} else if strings.ToValidUTF8(src, "") == src && !strings.Contains(src, `\u`) && p.Matches(path, value) != again.Matches(path, value) {
			t.Errorf("%s and %s disagree on %s %q", src, written, path, value)
		}
	})
}

func anyMatch(conditions []Condition, value string) bool {
	for i := range conditions {
		if conditions[i].Matches(value) {
			return true
		}
	}
	return false
}
