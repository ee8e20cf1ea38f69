package ruleset

import (
	"testing"

	"onput/internal/glob"
)

func TestIsSource(t *testing.T) {
	var s Set
	for _, src := range []Source{{Name: "b1", Prefix: "in/"}, {Prefix: "é"}, {Prefix: ""}} {
		text := map[string]string{"in/": "b1", "é": "b*", "": "{c1,d?}"}[src.Prefix]
		var err error
		if src.Bucket, err = glob.ParseValue(text, false); err != nil {
			t.Fatal(err)
		}
		s.Sources = append(s.Sources, src)
	}
	for _, test := range []struct {
		bucket, key string
		want        bool
	}{
		{"b1", "in/a", true}, {"b1", "out/a", false}, {"b1", "été", true}, {"b2", "in/a", false}, {"b2", "é", true},
		{"c1", "a", true}, {"d2", "", true}, {"d", "a", false}, {"", "in/a", false},
	} {
		if got := s.IsSource(test.bucket, test.key); got != test.want {
			t.Errorf("IsSource(%q, %q) = %v, want %v", test.bucket, test.key, got, test.want)
		}
	}
	if !new(Set).IsSource("b", "a") {
		t.Error("a set without sources must let anything fire")
	}
}
