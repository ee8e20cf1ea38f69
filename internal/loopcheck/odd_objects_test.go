package loopcheck

import (
	"testing"

	"onput/internal/automaton"
)

func TestOddObjects(t *testing.T) {
	n := automaton.NewNFA(automaton.Unlimited())
	addOddObjects(n)
	odd, err := n.Deterministic()
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		"a": false, "a/b.x": false, "a.b.x": false, "a/..x": false, "a.": false, "a/b/": false, `a\b`: false, "a/.b/c": false,
		"/a": true, `\a`: true, "a//b": true, "a//-..a": true, "a/b//": true, ".x": true, "a/.x": true, "a/.": true, "/": true,
	} {
		if odd.Has("acme-uploads/"+key) != want || isOdd(key) != want {
			t.Errorf("%s is odd: %t and %t, want %t", key, odd.Has("acme-uploads/"+key), isOdd(key), want)
		}
	}
}
