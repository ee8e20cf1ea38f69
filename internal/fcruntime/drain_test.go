package fcruntime

import "testing"

// A drain is empty once it is closed and the last invocation has left, whichever comes last.
func TestDrain(t *testing.T) {
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
		d := newDrain()
		inside, closed := 0, false
		for i, step := range tt.steps {
			switch step {
			case 'e':
				if d.enter() == closed {
					t.Errorf("%s: entered: %v", tt.name, !closed)
				}
				inside++
			case 'l':
				d.leave()
				inside--
			case 'c':
				d.close()
				closed = true
			}
			select {
			case <-d.empty:
				if inside > 0 || !closed {
					t.Errorf("%s: empty after %s", tt.name, tt.steps[:i+1])
				}
			default:
				if inside == 0 && closed {
					t.Errorf("%s: not empty after %s", tt.name, tt.steps[:i+1])
				}
			}
		}
		if d.enter() {
			t.Errorf("%s: entered after it was closed", tt.name)
		}
	}
}
