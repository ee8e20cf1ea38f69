// Command onput checks the rules of the function on a laptop, runs them against a local OSS, packs what is deployed, asks the
// account whether it is ready for it, and fires again what failed.
//
// Each command is a file of its name. deployment.go reads the Serverless Devs files for all of them; format.go has findings
// for programs.
//
// It exits with 0 when all is fine, 1 when the rules or the job failed, and 2 when it was called wrongly.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// Exit status.
const (
	exitFailed = 1 // the rules or the job failed; what is wrong has been printed
	exitUsage  = 2 // the command line is not understood
)

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

// streams is where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// exit is the error of a command that has said itself what is wrong.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func main() {
	os.Exit(run(os.Args[1:], &streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run runs one command line and returns its exit status.
func run(args []string, s *streams) int {
	var cli commands
	parser := kong.Must(&cli,
		kong.Name("onput"),
		kong.Description("Rules for what happens when a file is put into Alibaba Cloud OSS."),
		kong.Writers(s.out, s.err),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	completeLine(parser)
	ctx, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(s.err, "onput: %v\nonput --help lists the commands\n", err)
		return exitUsage
	}
	err = ctx.Run(s)
	var status exit
	switch {
	case errors.As(err, &status):
		return int(status)
	case err != nil:
		fmt.Fprintf(s.err, "onput: %v\n", err)
		return exitFailed
	}
	return 0
}
