package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"onput/handler"
	"onput/rules"
)

// root is the product's folder, seen from this one.
const root = ".."

// programs are what cold starts and uploads are measured with, built as they are deployed.
type programs struct {
	dir   string // holds them, and their rule files
	onput string
	bare  string // bench/bare, the function that does nothing
}

// build makes both programs in a new folder, which the caller removes. They are built with the same flags.
func build() (*programs, error) {
	dir, err := os.MkdirTemp("", "onput-bench-")
	if err != nil {
		return nil, err
	}
	p := &programs{dir: dir, onput: filepath.Join(dir, "onput"), bare: filepath.Join(dir, "bare")}
	for _, program := range []struct{ in, what, path string }{{root, ".", p.onput}, {".", "./bare", p.bare}} {
		cmd := exec.Command("go", "build", "-trimpath", "-tags=nethttpomithttp2", "-ldflags=-s -w", "-o", program.path, program.what)
		cmd.Dir = program.in
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
		if out, err := cmd.CombinedOutput(); err != nil {
			p.remove()
			return nil, fmt.Errorf("go build %s: %w\n%s", program.what, err, out)
		}
	}
	return p, nil
}

func (p *programs) remove() { os.RemoveAll(p.dir) }

// ruleFile writes a workload's rules, with their digest beside them as onput package does, and returns their path.
func (p *programs) ruleFile(w *workload) (string, error) {
	path, file := filepath.Join(p.dir, fmt.Sprintf("rules-%d.yaml", len(w.rules))), w.file()
	set, err := rules.Parse(path, file)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path+handler.CheckedSuffix, []byte(set.Checked()), 0o644); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, file, 0o644)
}
