package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"onput/internal/build"
)

// functionPath is the function's binary, alone in its folder. TestMain builds it once.
var functionPath string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "onput-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	functionPath = filepath.Join(dir, "onput")
	if out, err := build.Command(context.Background(), "", build.Function, functionPath).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	flag.Parse()
	flag.Set("test.parallel", "8") // most tests wait for timers and processes most of the time
	return m.Run()
}
