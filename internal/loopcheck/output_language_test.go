package loopcheck

import (
	"testing"

	"onput/internal/automaton"
)

func TestWithImplicitExtension(t *testing.T) {
	for _, tt := range []struct {
		name, ext string
		can, not  []string
	}{
		{"out/a.mp4", "jpg", []string{"out/a.mp4"}, []string{"out/a.mp4.jpg", "out/a.jpg"}},
		{"out/a", "jpg", []string{"out/a.jpg", "out/a_1_20.jpg"}, []string{"out/a", "out/a.png", "out/a_1.jpg"}},
		{"out.d/a", "jpg", []string{"out.d/a.jpg"}, []string{"out.d/a"}}, // a dot in a folder is no extension
		{"out/a", "", []string{"out/a.png", "out/a_0_1.m3u8"}, []string{"out/a", "out/a.", "out/a.PNG"}},
	} {
		n := automaton.NewNFA(automaton.Unlimited())
		n.Accept(n.Text(0, tt.name))
		d, err := withImplicitExtension(n, tt.ext, true).Deterministic()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range tt.can {
			if !d.Has(name) {
				t.Errorf("%s with %q cannot become %s", tt.name, tt.ext, name)
			}
		}
		for _, name := range tt.not {
			if d.Has(name) {
				t.Errorf("%s with %q can become %s", tt.name, tt.ext, name)
			}
		}
	}
}
