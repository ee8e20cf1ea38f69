// Package build compiles the function. `onput package`, the local cloud's users and the benchmarks share its flags, so that
// they test and measure the code that is deployed, and find it in Go's build cache.
package build

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// Flags are the flags of `go build`. There are no paths, commit or build id, so that builds are reproducible; no debugging
// information; and no HTTP/2, which the function never uses, to save half a megabyte.
var Flags = []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-tags=nethttpomithttp2", "-ldflags=-s -w -buildid="}

// Function is the import path of the function.
const Function = "onput"

// Command returns the command that compiles package pkg, relative to dir, into file. It builds for this system, without C,
// because the runtime may have another C library. A caller that needs another environment sets the command's Env. When ctx
// ends, the go command is interrupted, so that it can clean up.
func Command(ctx context.Context, dir, pkg, file string) *exec.Cmd {
	args := append([]string{"build"}, Flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", file, pkg)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Cancel = func() error {
		if cmd.Process.Signal(os.Interrupt) == nil {
			return nil
		}
		return cmd.Process.Kill() // Windows has no such signal
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}
