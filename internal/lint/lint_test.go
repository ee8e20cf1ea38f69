package lint

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The list of codes is that of the lints.
func TestCodes(t *testing.T) {
	var codes []string
	for _, l := range lints() {
		codes = append(codes, l.code)
	}
	if diff := cmp.Diff(lintCodes, codes); diff != "" {
		t.Errorf("lintCodes and lints differ (-codes +lints):\n%s", diff)
	}
}
