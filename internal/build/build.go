// Package build compiles the function as it is deployed, for `onput package`, and for whoever runs it on this machine: what
// is tried and measured is what is deployed, and all of them find what was compiled before in Go's cache.
package build

import (
	"context"
	"os"
	"os/exec"
)

// Flags are what `go build` gets: no paths, commit or build id, so that the same sources give the same bytes; no debugging
// information; and no HTTP/2, half a megabyte that nobody whom the function speaks to is offered.
var Flags = []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-tags=nethttpomithttp2", "-ldflags=-s -w -buildid="}

// Function is the package of the function.
const Function = "onput"

// Command returns the command that compiles a package, seen from a directory in its module, into a file, for this system. It
// is static, since the runtime's C library is none of ours. Who needs another environment sets all of it.
func Command(ctx context.Context, dir, pkg, file string) *exec.Cmd {
	args := append([]string{"build"}, Flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", file, pkg)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd
}
