package rulefile

import (
	"reflect"
	"testing"
)

// The parser stores every field of a match that it knows.
func TestMatchFields(t *testing.T) {
	values := map[string]string{"size": "{min: 1}", "where": "{region: x}", "meta": "{a: x}", "tags": "{a: x}", "ignore_case": "true"}
	for _, name := range matchFields {
		value := values[name]
		if value == "" {
			value = "x"
		}
		r := &Reporter{Document: NewDocument("rules.yaml", "version: 1\nrules: [{name: a, match: {"+name+": "+value+"}, process: p, target: t}]\n")}
		f := Parse(r)
		if f == nil {
			t.Fatalf("%s: %v", name, r.Errors)
		}
		rule := f.Rule(0)
		if reflect.ValueOf(rule.Match).IsZero() {
			t.Errorf("the parser knows match.%s and does not store it", name)
		}
	}
}
