// Command onput checks, explains and tests rule files, runs the function on this machine, packs it for deployment, examines
// the account that it is deployed to, and replays failures.
//
// A command NAME is a struct NameCmd in name.go, and a field of [commands]. Its own fields are arguments and flags, described
// by tags that the package kong reads. Its methods are
//
//   - Run(*streams) error, which does the work and writes to the streams only;
//   - Help() string, an optional text for onput NAME --help;
//   - Examples() []string, command lines that end that text, with a comment or none; examples_test.go runs them;
//   - Validate() error, an optional check of the flags, whose error is wrong usage.
//
// Larger commands have further files name_*.go. Two files are for all commands: input.go reads files and rules, output.go
// formats output. Types of JSON output have names that end in JSON or Report.
//
// To add a command, write its struct, add the field to [commands], and write testdata/script/NAME.txtar, which runs the
// command like a user.
//
// The exit status is 0 for success, 1 if the rules or the job failed, and 2 for wrong usage. A command that SIGINT or SIGTERM
// ends has the status 130 or 143; one that has nothing to clean up leaves it to the system to end it, for which shells report
// the same.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

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
	Init       InitCmd       `cmd:"" help:"Create a project: rules, tests and deployment."`
	Check      CheckCmd      `cmd:"" help:"Check rule files for errors and warnings."`
	Explain    ExplainCmd    `cmd:"" help:"Explain which rules an upload fires, and why others do not fire."`
	Test       TestCmd       `cmd:"" help:"Run the tests in a rule file."`
	Run        RunCmd        `cmd:"" help:"Try the rules: upload files to a local OSS and see what the function submits."`
	Replay     ReplayCmd     `cmd:"" help:"Fire failed tasks again, from onFailure records or the function's own."`
	Policy     PolicyCmd     `cmd:"" help:"Print the RAM roles and policies that the rules need."`
	Package    PackageCmd    `cmd:"" help:"Build the package to deploy: the function and the checked rules."`
	Doctor     DoctorCmd     `cmd:"" help:"Check the Alibaba Cloud account, read-only, before and after deployment."`
	Ops        OpsCmd        `cmd:"" help:"List OSS's operations: parameters, ranges, defaults, limits."`
	Schema     SchemaCmd     `cmd:"" help:"Print the JSON Schema of rule files, for editors."`
	Version    VersionCmd    `cmd:"" help:"Print version, commit and Go release; also --version."`
	Completion CompletionCmd `cmd:"" help:"Print shell completion for bash, zsh or fish."`

	VersionFlag kong.VersionFlag `name:"version" hidden:""` // each command would list it
}

// Examples end onput --help.
func (*commands) Examples() []string {
	return []string{
		"onput check                              # errors and warnings in rules/rules.yaml or rules.yaml",
		"onput explain incoming/documents/a.docx  # what this upload fires, and why",
		"onput run                                # run the function locally",
	}
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

// untilSignal returns a context that SIGINT or SIGTERM ends, with the [exit] status as its cause. A second signal ends the
// process at once.
func untilSignal(s *streams) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case sig := <-signals:
			signal.Stop(signals)
			fmt.Fprintln(s.err, "onput: interrupted; a second signal ends it immediately")
			cancel(exit(128 + int(sig.(syscall.Signal))))
		case <-ctx.Done():
		}
	}()
	return ctx, func() { signal.Stop(signals); cancel(nil) }
}

// unlessInterrupted returns err, or the exit status of the signal if a signal may have caused err.
func unlessInterrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return context.Cause(ctx)
}

func main() {
	os.Exit(run(os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr}))
}

// newParser returns the parser of the command line.
func newParser(s *streams) *kong.Kong {
	info, _ := debug.ReadBuildInfo()
	return kong.Must(new(commands),
		kong.Name("onput"),
		kong.Description("Rules for what happens when a file is put into Alibaba Cloud OSS."),
		kong.Writers(s.out, s.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(printHelp),
		kong.Vars{"version": newVersion(info).String()},
	)
}

// printHelp prints the usage of a command, and its examples.
func printHelp(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	if command, ok := node.Target.Addr().Interface().(interface{ Examples() []string }); ok {
		fmt.Fprint(ctx.Stdout, "\nExamples:\n")
		for _, example := range command.Examples() {
			fmt.Fprintf(ctx.Stdout, "  %s\n", example)
		}
	}
	return nil
}

// run runs one command line and returns its exit status. No text from outside reaches the streams raw, and an output that
// cannot be written is a failure.
func run(args []string, s *streams) int {
	out := &checkedWriter{w: s.out}
	status := runCommand(args, &streams{s.in, text.Writer{W: out}, text.Writer{W: s.err}})
	if out.err != nil && status == 0 {
		printf(s.err, "onput: %v\n", out.err)
		return exitFailed
	}
	return status
}

// runCommand runs one command line and returns its exit status.
func runCommand(args []string, s *streams) int {
	parser := newParser(s)
	completeLine(parser) // exits if a shell asks for completions
	ctx, err := parser.Parse(flagsFirst(parser, args))
	if err != nil {
		parsing := &kong.ParseError{}
		if errors.As(err, &parsing) && len(args) == 0 {
			parser.Stdout = s.err
			parsing.Context.PrintUsage(false)
			return exitUsage
		}
		if writing := (*fs.PathError)(nil); errors.As(err, &writing) { // the help could not be written
			printf(s.err, "onput: %v\n", writing)
			return exitFailed
		}
		printf(s.err, "onput: %v\n%s\n", err, helpOf(parsing.Context))
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
		fmt.Fprintln(s.err, helpOf(ctx))
		return exitUsage
	}
	return exitFailed
}

// helpOf returns where the command of a command line is explained.
func helpOf(ctx *kong.Context) string {
	if ctx != nil && ctx.Selected() != nil {
		return ctx.Selected().FullPath() + " --help shows its usage"
	}
	return "onput --help lists the commands"
}
