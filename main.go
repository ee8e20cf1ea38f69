// Command onput at the module's root is the function. Function Compute starts it and invokes it for each OSS event.
//
// It reads its settings once, from the environment:
//
//	ONPUT_RULES   the rule file, a path or oss://BUCKET/KEY; rules.yaml in the program's own folder by default
//	ONPUT_MODE    fire (default), or log: decide and report, submit nothing
//	OSS_ENDPOINT  internal (default) or public, in the invocation's region; or a URL
//	OSS_REGION    the region if an invocation names none; FC_REGION by default
//	LOG_LEVEL     debug, info (default), warn, error
//
// The variable that Function Compute sets selects the runtime: FC_RUNTIME_API go1, FC_SERVER_PORT custom. Package
// fcruntime serves both, and package handler handles each invocation.
//
// An invalid setting or rule file does not end the process, since Function Compute would only start it again. Instead,
// each invocation fails with an error that names the fault.
package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"onput/handler"
	"onput/internal/fcruntime"
	"onput/internal/membudget"
	"onput/internal/ossclient"
	"onput/internal/text"
)

func main() { os.Exit(run(os.Getenv, os.Stdout, os.Stderr)) }

// run serves invocations until Function Compute ends the process.
// It returns the exit status, 2 if there is nothing to serve.
func run(getenv func(string) string, stdout, stderr io.Writer) int {
	// FC_SERVER_PORT is in the documentation's list of variables, FC_CUSTOM_LISTEN_PORT in Function Compute's samples:
	// https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables
	// https://github.com/awesome-fc/golang-runtime
	port := cmp.Or(getenv("FC_SERVER_PORT"), getenv("FC_CUSTOM_LISTEN_PORT"))
	buildHandler := sync.OnceValue(func() *handler.Handler { return newHandler(getenv, stdout) })
	switch {
	case getenv("FC_RUNTIME_API") != "":
		fcruntime.ServeGo1(buildHandler)
		return 0
	case port != "":
		return fcruntime.ServeCustom(port, buildHandler, stdout, stderr)
	}
	fmt.Fprintln(stderr, "onput: this is the function, which Function Compute starts (neither FC_RUNTIME_API nor FC_SERVER_PORT "+
		"is set); to run it on this machine use: onput run")
	return 2
}

// newHandler builds the handler from the settings. It starts to load the rules if they are in a file.
func newHandler(getenv func(string) string, stdout io.Writer) *handler.Handler {
	setting := func(name, byDefault string) string { return cmp.Or(getenv(name), byDefault) }
	levelName, levelErr := parseSetting("LOG_LEVEL", setting("LOG_LEVEL", "info"), "debug", "info", "warn", "error")
	var level slog.Level
	_ = level.UnmarshalText([]byte(levelName)) // stays at info after an error
	mode, modeErr := parseSetting("ONPUT_MODE", setting("ONPUT_MODE", "fire"), "fire", "log")
	client, ossErr := ossclient.New(setting("OSS_ENDPOINT", "internal"), setting("OSS_REGION", getenv("FC_REGION")))

	log := slog.New(slog.NewJSONHandler(text.Writer{W: stdout}, &slog.HandlerOptions{Level: level}))
	h := &handler.Handler{Submitter: client, LogOnly: mode == "log", Log: log, Memory: membudget.FromEnvironment(getenv)}
	if err := cmp.Or(levelErr, modeErr, ossErr); err != nil {
		h.Rules = handler.ErrorRules(err)
	} else {
		h.Rules = handler.OpenRules(setting("ONPUT_RULES", besideProgram("rules.yaml")), client, log, getenv, h.Memory)
	}
	return h
}

// parseSetting returns value if it is one of allowed, else "" and a [*handler.SettingsError] that lists them.
func parseSetting(name, value string, allowed ...string) (string, error) {
	if !slices.Contains(allowed, value) {
		return "", &handler.SettingsError{Setting: name, Value: value, Want: "one of " + strings.Join(allowed, ", ")}
	}
	return value, nil
}

// besideProgram returns the path of a file in the program's own folder.
// The function's code is there, and the working directory may be another.
func besideProgram(name string) string {
	program, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(program), name)
}
