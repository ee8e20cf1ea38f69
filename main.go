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
// It runs in either of two runtimes, by what Function Compute sets: FC_RUNTIME_API, where the built-in one (go1) is asked
// for invocations through the FC SDK, one at a time; or FC_SERVER_PORT, where this program is the custom one (custom.go)
// and serves many at once. Either first asks for an invocation, or listens, and only then reads settings and rules:
// invocations wait for them.
//
// A setting or a rule file that cannot be used does not end the process, because Function Compute would only start it
// again and nobody would see why: every invocation fails instead, and says what is wrong.
package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aliyun/fc-runtime-go-sdk/fc"

	"onput/handler"
	"onput/internal/ossclient"
)

func main() { os.Exit(run(os.Getenv, os.Stdout, os.Stderr)) }

// run serves invocations until Function Compute ends the process. It returns the exit status: 2 where nothing can invoke
// it.
func run(getenv func(string) string, stdout, stderr io.Writer) int {
	// The second name is the one in the list of variables that Function Compute sets, the first that of its samples:
	// https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables
	// https://github.com/awesome-fc/golang-runtime
	port := cmp.Or(getenv("FC_SERVER_PORT"), getenv("FC_CUSTOM_LISTEN_PORT"))
	ready := sync.OnceValue(func() *handler.Handler { return newHandler(getenv, stdout) })
	switch {
	case getenv("FC_RUNTIME_API") != "":
		// Before the poll is on its way, loading would only compete with it for what little CPU an instance may have.
		http.DefaultTransport = paced(http.DefaultTransport, func() { go ready() })
		fc.Start(func(ctx context.Context, payload []byte) (*handler.Answer, error) {
			return ready().Invoke(ctx, payload)
		})
		return 0
	case port != "":
		return serveCustom(port, ready, stdout, stderr)
	}
	fmt.Fprintln(stderr, "onput: this is the function, which Function Compute starts (neither FC_RUNTIME_API nor FC_SERVER_PORT "+
		"is set); to run it on this machine use: onput run")
	return 2
}

// newHandler wires the function from its settings, and begins to read the rules if they are in a file.
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
	client, ossErr := ossclient.New(setting("OSS_ENDPOINT", "internal"), setting("OSS_REGION", getenv("FC_REGION")))

	log := slog.New(slog.NewJSONHandler(stdout, &slog.HandlerOptions{Level: level}))
	h := &handler.Handler{Submitter: client, LogOnly: logOnly, Log: log}
	if err := cmp.Or(levelErr, modeErr, ossErr); err != nil {
		h.Rules = handler.ErrorRules(err)
	} else {
		h.Rules = handler.OpenRules(setting("ONPUT_RULES", besideProgram("rules.yaml")), client, log, os.Getenv)
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
