package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the version of a release, which make dist sets.
var version string

// VersionCmd prints the version of the program.
type VersionCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Examples end onput version --help.
func (*VersionCmd) Examples() []string { return []string{"onput version", "onput version --json"} }

// Run prints the version.
func (c *VersionCmd) Run(s *streams) error {
	info, _ := debug.ReadBuildInfo()
	v := newVersion(info)
	if c.JSON {
		return printJSON(s.out, v)
	}
	_, err := fmt.Fprintln(s.out, v)
	return err
}

// versionJSON is the output of onput version --json.
type versionJSON struct {
	Version  string `json:"version"`            // "v0.1.0", or "(devel)" if built from sources without a version
	Commit   string `json:"commit,omitempty"`   // unknown if built outside of git, or by go run
	Modified bool   `json:"modified,omitempty"` // the sources differ from the commit
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// newVersion returns what the Go toolchain recorded in the program; info may be nil.
func newVersion(info *debug.BuildInfo) versionJSON {
	v := versionJSON{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info != nil {
		v.Version = cmp.Or(version, info.Main.Version, v.Version)
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	return v
}

// String returns the version on one line.
func (v versionJSON) String() string {
	commit := "commit " + cmp.Or(v.Commit, "unknown")
	if v.Modified {
		commit += ", modified"
	}
	return fmt.Sprintf("onput %s (%s, %s, %s)", v.Version, commit, v.Go, v.Platform)
}
