package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"onput": main})
}

// tests are the tests of the package. What they built together is removed behind them.
type tests struct{ *testing.M }

// Run runs the tests.
func (t tests) Run() int {
	defer func() { os.RemoveAll(functionDir) }()
	return t.M.Run()
}

// TestScripts uses the command as a person does. $ROOT is the project's root.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			dir, err := filepath.Abs(root)
			if err != nil {
				return err
			}
			e.Setenv("ROOT", dir)
			// What go build needs of the machine.
			for _, name := range []string{"HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GORACE"} {
				if value, ok := os.LookupEnv(name); ok {
					e.Setenv(name, value)
				}
			}
			return nil
		},
	})
}
