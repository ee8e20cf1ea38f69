package loopcheck

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCyclicComponents(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edges map[int][]int
		want  [][]int
	}{
		{"no edges", nil, nil},
		{"a chain", map[int][]int{0: {1}, 1: {2}, 2: {3}}, nil},
		{"a rule that reaches itself", map[int][]int{0: {1}, 1: {1, 2}}, [][]int{{1}}},
		{"a cycle of two, and a way into it", map[int][]int{0: {2}, 1: {2}, 2: {1}}, [][]int{{1, 2}}},
		{"two cycles, one leads to the other", map[int][]int{0: {3}, 1: {2, 0}, 2: {1}, 3: {0}}, [][]int{{0, 3}, {1, 2}}},
		{"cycles with a rule in common", map[int][]int{0: {1}, 1: {0, 2}, 2: {3}, 3: {1}}, [][]int{{0, 1, 2, 3}}},
		{"a shortcut into a finished component", map[int][]int{0: {1, 2}, 1: {1}, 2: {1, 2}}, [][]int{{1}, {2}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, cyclicComponents([]int{0, 1, 2, 3}, tt.edges)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
