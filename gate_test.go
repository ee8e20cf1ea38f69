package main

import "testing"

// The gate says that it is empty when it is closed and the last one has left, whichever comes last.
func TestGate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		steps string // e: enter, l: leave, c: close
	}{
		{"nobody", "c"},
		{"one", "elc"},
		{"one inside", "ecl"},
		{"two inside", "eecll"},
		{"closed twice", "ecclc"},
		{"closed twice, nobody", "cc"},
	} {
		g := newGate()
		inside, closed := 0, false
		for i, step := range tt.steps {
			switch step {
			case 'e':
				if g.enter() == closed {
					t.Errorf("%s: entered: %v", tt.name, !closed)
				}
				inside++
			case 'l':
				g.leave()
				inside--
			case 'c':
				g.close()
				closed = true
			}
			select {
			case <-g.empty:
				if inside > 0 || !closed {
					t.Errorf("%s: empty after %s", tt.name, tt.steps[:i+1])
				}
			default:
				if inside == 0 && closed {
					t.Errorf("%s: not empty after %s", tt.name, tt.steps[:i+1])
				}
			}
		}
		if g.enter() {
			t.Errorf("%s: entered after it was closed", tt.name)
		}
	}
}
