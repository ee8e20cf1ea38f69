package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	build := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	commit, clean, modified := debug.BuildSetting{Key: "vcs.revision", Value: "58142820"},
		debug.BuildSetting{Key: "vcs.modified", Value: "false"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	goVersion := ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH + ")"
	for _, tt := range []struct {
		info *debug.BuildInfo
		want string
	}{
		{build("v0.1.0", commit, clean), "onput v0.1.0 (commit 58142820"},
		{build("v0.1.0+dirty", commit, modified), "onput v0.1.0+dirty (commit 58142820, modified"},
		{build("(devel)"), "onput (devel) (commit unknown"},
		{build(""), "onput (devel) (commit unknown"},
		{nil, "onput (devel) (commit unknown"},
	} {
		if got := newVersion(tt.info).String(); got != tt.want+goVersion {
			t.Errorf("%s, want %s", got, tt.want+goVersion)
		}
	}
}
