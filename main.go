// The function: Function Compute starts this program, and each OSS event is an invocation of it.
//
// It reads its settings once, from the environment, and puts the parts of package handler together:
//
//	ONPUT_RULES   the rule file, a path or oss://BUCKET/KEY; by default rules.yaml beside this program
//	ONPUT_MODE    fire (default), or log: decide and report, submit nothing
//	OSS_ENDPOINT  internal (default) or public, of the invocation's region; or a URL
//	OSS_REGION    the region where the invocation names none; by default FC_REGION
//	LOG_LEVEL     debug, info (default), warn, error
//
// A setting or a rule file that cannot be used does not end the process, because Function Compute would only start it
// again and nobody would see why: every invocation fails instead, and says what is wrong.
package main

import (
	"cmp"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"onput/handler"
)

func main() { os.Exit(run(os.Getenv, os.Stdout, os.Stderr)) }

// run serves invocations until Function Compute ends the process. It returns, with exit status 2, only where nothing can
// invoke it.
func run(getenv func(string) string, stdout, stderr io.Writer) int {
	if getenv("FC_RUNTIME_API") == "" {
		fmt.Fprintln(stderr, "onput: this is the function, which Function Compute starts (FC_RUNTIME_API is not set); "+
			"to run it on this machine use: onput run")
		return 2
	}
	fc.Start(newHandler(getenv, stdout).Invoke)
	return 0
}

// newHandler wires the function from its settings.
func newHandler(getenv func(string) string, stdout io.Writer) *handler.Handler {
	setting := func(name, otherwise string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return otherwise
	}
	var level slog.Level
	levelErr := choose("LOG_LEVEL", setting("LOG_LEVEL", "info"), &level, levels)
	var logOnly bool
	modeErr := choose("ONPUT_MODE", setting("ONPUT_MODE", "fire"), &logOnly, modes)
	oss, ossErr := handler.NewOSS(setting("OSS_ENDPOINT", "internal"), setting("OSS_REGION", getenv("FC_REGION")))

	log := slog.New(slog.NewJSONHandler(stdout, &slog.HandlerOptions{Level: level}))
	h := &handler.Handler{Submitter: oss, LogOnly: logOnly, Log: log}
	if err := cmp.Or(levelErr, modeErr, ossErr); err != nil {
		h.Rules = handler.Broken(err)
	} else {
		h.Rules = handler.RulesAt(setting("ONPUT_RULES", besideProgram("rules.yaml")), oss, log)
	}
	return h
}

// choice is a value of a setting and its name.
type choice[T any] struct {
	name  string
	value T
}

var (
	modes  = []choice[bool]{{"fire", false}, {"log", true}}
	levels = []choice[slog.Level]{{"debug", slog.LevelDebug}, {"info", slog.LevelInfo}, {"warn", slog.LevelWarn}, {"error", slog.LevelError}}
)

// choose stores the value that a setting names. The error is a *handler.SettingsError that lists the names.
func choose[T any](setting, name string, value *T, choices []choice[T]) error {
	var names []string
	for _, c := range choices {
		if c.name == name {
			*value = c.value
			return nil
		}
		names = append(names, c.name)
	}
	return &handler.SettingsError{Setting: setting, Value: name, Want: "one of " + strings.Join(names, ", ")}
}

// besideProgram returns the path of a file in the program's own folder. The function's code is there; its working
// directory may be another.
func besideProgram(name string) string {
	program, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(program), name)
}
