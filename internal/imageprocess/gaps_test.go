package imageprocess

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// The pages about the local OSS list all gaps.
func TestGapsOnPages(t *testing.T) {
	english, err := os.ReadFile("../../docs/local.md")
	if err != nil {
		t.Fatal(err)
	}
	chinese, err := os.ReadFile("../../docs/local.zh-CN.md")
	if err != nil {
		t.Fatal(err)
	}
	gaps := Gaps()
	for _, gap := range gaps {
		if row := fmt.Sprintf("\n| `%s` | %s |\n", gap.Action, gap.Does); !strings.Contains(string(english), row) {
			t.Errorf("docs/local.md has no row %q", row)
		}
		if row := fmt.Sprintf("\n| `%s` | ", gap.Action); !strings.Contains(string(chinese), row) {
			t.Errorf("docs/local.zh-CN.md has no row %q", row)
		}
	}
	_, table, _ := strings.Cut(string(english), "| action | here |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	if rows := strings.Count(table, "\n| ") + 1; rows != len(gaps) {
		t.Errorf("docs/local.md has %d rows, want %d", rows, len(gaps))
	}
}
