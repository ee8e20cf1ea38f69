package automaton

import "testing"

func TestMinimal(t *testing.T) {
	n := NewNFA(Unlimited())
	for _, text := range []string{"ax", "bx", "cdx", "cex"} {
		n.Accept(n.Text(0, text))
	}
	d, err := n.Deterministic()
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.Minimal()
	if err != nil {
		t.Fatal(err)
	}
	if m.Size() != 4 {
		t.Errorf("%d states, want 4", m.Size())
	}
	for _, text := range []string{"", "a", "ax", "bx", "cx", "cdx", "cex", "dx", "axx"} {
		if m.Has(text) != d.Has(text) {
			t.Errorf("%q: %t, want %t", text, m.Has(text), d.Has(text))
		}
	}
	empty, err := NewNFA(Unlimited()).Deterministic()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := empty.Minimal(); err != nil || !m.Empty() {
		t.Errorf("the empty language: %v, %v", m, err)
	}
}
