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

// tests removes the files that the tests of the package share after they ran.
type tests struct{ *testing.M }

// Run runs the tests.
func (t tests) Run() int {
	defer func() { os.RemoveAll(functionDir); os.RemoveAll(releaseDir) }()
	return t.M.Run()
}

// TestScripts runs the command like a user. $ROOT is the root of the project.
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
			// Variables that go build needs.
			for _, name := range []string{"HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GORACE"} {
				if value, ok := os.LookupEnv(name); ok {
					e.Setenv(name, value)
				}
			}
			return nil
		},
	})
}
