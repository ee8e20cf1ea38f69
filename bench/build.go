package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"onput/internal/build"
)

// root is the product's folder, seen from this one.
const root = ".."

// programs are what cold starts and uploads are measured with, built as they are deployed.
type programs struct {
	dir   string // holds them, and their rule files
	onput string
	bare  string // bench/bare, the function that does nothing
}

// buildPrograms makes both programs in a new folder, which the caller removes.
func buildPrograms() (*programs, error) {
	dir, err := os.MkdirTemp("", "onput-bench-")
	if err != nil {
		return nil, err
	}
	p := &programs{dir: dir, onput: filepath.Join(dir, "onput"), bare: filepath.Join(dir, "bare")}
	for _, program := range []struct{ in, what, path string }{{root, build.Function, p.onput}, {".", "./bare", p.bare}} {
		cmd := build.Command(context.Background(), program.in, program.what, program.path)
		cmd.Env = append(cmd.Env, "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
		if out, err := cmd.CombinedOutput(); err != nil {
			p.remove()
			return nil, fmt.Errorf("go build %s: %w\n%s", program.what, err, out)
		}
	}
	return p, nil
}

func (p *programs) remove() { os.RemoveAll(p.dir) }

// ruleFile writes a workload's rules and returns their path.
func (p *programs) ruleFile(w *workload) (string, error) {
	path := filepath.Join(p.dir, fmt.Sprintf("rules-%d.yaml", len(w.rules)))
	return path, os.WriteFile(path, w.file(), 0o644)
}
