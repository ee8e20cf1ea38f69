// Package build compiles the function. `onput package`, the local cloud's users and the benchmarks share its flags, so that
// they test and measure the code that is deployed, and find it in Go's build cache.
package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Flags are the flags of `go build`. There are no paths, commit or build id, so that builds are reproducible; no debugging
// information; no HTTP/2, which the function never uses, to save half a megabyte; and functions closer to each other, to save another
// 70 KB.
var Flags = []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-tags=nethttpomithttp2", "-ldflags=-s -w -buildid= -funcalign=16"}

// Function is the import path of the function.
const Function = "onput"

// Command returns the command that compiles package pkg, relative to dir, into file. It builds for this system, without C,
// because the runtime may have another C library. A caller that needs another environment sets the command's Env. When ctx
// ends, the go command is interrupted, so that it can clean up.
func Command(ctx context.Context, dir, pkg, file string) *exec.Cmd {
	cmd := CommandWith(ctx, dir, pkg, file, Flags)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd
}

// CommandWith is [Command] with other flags, in the caller's environment.
func CommandWith(ctx context.Context, dir, pkg, file string, flags []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"build"}, flags, []string{"-o", file, pkg})...)
	cmd.Dir = dir
	cmd.Cancel = func() error {
		if cmd.Process.Signal(os.Interrupt) == nil {
			return nil
		}
		return cmd.Process.Kill() // Windows has no such signal
	}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// userSettings are the settings of Go that stay the user's: the sources and the caches of modules and toolchains.
var userSettings = []string{"GOAUTH", "GOCACHE", "GOINSECURE", "GOMODCACHE", "GONOPROXY", "GONOSUMDB", "GOPATH", "GOPRIVATE",
	"GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOVCS"}

// Environment returns the environment for building in dir for a system, the same bytes everywhere. Settings of Go other than
// userSettings are fixed or have their defaults, because GOFLAGS, GOEXPERIMENT, a go.work in a parent directory and the like
// would change the bytes.
func Environment(dir, goos, goarch string) ([]string, error) {
	goEnv := exec.Command("go", append([]string{"env", "-json"}, userSettings...)...)
	goEnv.Dir = dir
	out, err := goEnv.Output()
	own := map[string]string{}
	if err == nil {
		err = json.Unmarshal(out, &own)
	}
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		return strings.HasPrefix(name, "GO") && name != "GOROOT" // GOROOT is where this Go is installed
	})
	for _, name := range userSettings {
		if own[name] != "" {
			env = append(env, name+"="+own[name])
		}
	}
	return append(env, "GOENV=off", "GOWORK=off", "GOOS="+goos, "GOARCH="+goarch, "GOAMD64=v1", "CGO_ENABLED=0"), nil
}
