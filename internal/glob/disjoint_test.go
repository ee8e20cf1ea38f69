package glob

import "testing"

func TestDisjoint(t *testing.T) {
	for _, tt := range []struct {
		a, b []string
		fold bool
		want bool
	}{
		{[]string{"video/*"}, []string{"audio/*"}, false, true},
		{[]string{"video/*"}, []string{"audio/*", "*/mp4"}, false, false},
		{[]string{"a*b"}, []string{"*ab*c"}, false, true},
		{[]string{"a*c"}, []string{"*b*"}, false, false},
		{[]string{"VIDEO/mp4"}, []string{"video/*"}, true, false},
		{[]string{"VIDEO/mp4"}, []string{"video/*"}, false, true},
		{[]string{"[a-c]?"}, []string{"[c-e]x"}, false, false},
		{[]string{"[a-c]?"}, []string{"[d-e]x"}, false, true},
		{[]string{"PutObject", "PostObject"}, []string{"CopyObject"}, false, true},
		{[]string{"*"}, []string{"CopyObject"}, false, false},
		{[]string{"{a,b}x"}, []string{"c", "bx"}, false, false},
	} {
		parse := func(list []string) (patterns []*Pattern) {
			for _, s := range list {
				p, err := ParseValue(s, tt.fold)
				if err != nil {
					t.Fatal(err)
				}
				patterns = append(patterns, p)
			}
			return patterns
		}
		a, b := parse(tt.a), parse(tt.b)
		if Disjoint(a, b) != tt.want || Disjoint(b, a) != tt.want {
			t.Errorf("%q and %q: %v, %v; want %v", tt.a, tt.b, Disjoint(a, b), Disjoint(b, a), tt.want)
		}
	}
}
