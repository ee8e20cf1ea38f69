// Command onput checks, explains and tests rule files, runs the function on this machine, packs it for deployment, examines
// the account that it is deployed to, and replays failures.
//
// A command NAME is a struct NameCmd in name.go, and a field of [commands]. Its own fields are arguments and flags, described
// by tags that the package kong reads. Its methods are
//
//   - Run(*streams) error, which does the work and writes to the streams only;
//   - Help() string, an optional text for onput NAME --help;
//   - Validate() error, an optional check of the flags, whose error is wrong usage.
//
// Larger commands have further files name_*.go. Two files are for all commands: input.go reads files and rules, output.go
// formats output. Types of JSON output have names that end in JSON or Report.
//
// To add a command, write its struct, add the field to [commands], and write testdata/script/NAME.txtar, which runs the
// command like a user.
//
// The exit status is 0 for success, 1 if the rules or the job failed, and 2 for wrong usage.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"

	"onput/internal/text"
)

// Exit status.
const (
	exitFailed = 1 // the rules or the job failed
	exitUsage  = 2 // the command line is wrong
)

// commands are the commands of onput in the order of onput --help.
type commands struct {
	Check      CheckCmd      `cmd:"" help:"Check a rule file: errors and warnings with their places."`
	Explain    ExplainCmd    `cmd:"" help:"What the rules make of an upload: each rule, and why not."`
	Test       TestCmd       `cmd:"" help:"Run the tests in a rule file."`
	Run        RunCmd        `cmd:"" help:"The main job on this machine: local OSS, local runtime, the real function."`
	Replay     ReplayCmd     `cmd:"" help:"Fire what failed, from onFailure records or the function's own."`
	Policy     PolicyCmd     `cmd:"" help:"The RAM roles and policies that the rules need, no more."`
	Package    PackageCmd    `cmd:"" help:"Build what is deployed: the function for linux/amd64 and checked rules."`
	Doctor     DoctorCmd     `cmd:"" help:"Ask the real account, read-only, whether everything is in place."`
	Ops        OpsCmd        `cmd:"" help:"The asynchronous operations of OSS: parameters, ranges, defaults, limits."`
	Schema     SchemaCmd     `cmd:"" help:"JSON Schema of the rule file, for editors."`
	Completion CompletionCmd `cmd:"" help:"Completion for bash, zsh or fish."`
}

// streams are the standard streams of a command.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exit is the error of a command that has already printed its errors. Its value is the exit status.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// exitIf returns exit(1) if the job failed.
func exitIf(failed bool) error {
	if failed {
		return exit(exitFailed)
	}
	return nil
}

// usageError is an error in the command line, found while a command runs.
type usageError struct{ error }

func main() {
	os.Exit(run(os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run runs one command line and returns its exit status. No text from outside reaches the streams raw.
func run(args []string, s *streams) int {
	s = &streams{s.in, text.Writer{W: s.out}, text.Writer{W: s.err}}
	var cli commands
	parser := kong.Must(&cli,
		kong.Name("onput"),
		kong.Description("Rules for what happens when a file is put into Alibaba Cloud OSS."),
		kong.Writers(s.out, s.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	completeLine(parser) // exits if a shell asks for completions
	ctx, err := parser.Parse(args)
	if err != nil {
		printf(s.err, "onput: %v\nonput --help lists the commands\n", err)
		return exitUsage
	}
	err = ctx.Run(s)
	var status exit
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	printf(s.err, "onput: %v\n", err)
	if errors.As(err, &usageError{}) {
		return exitUsage
	}
	return exitFailed
}
