package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/posener/complete"
	"github.com/willabides/kongplete"

	"onput/internal/opfacts"
	"onput/process"
)

// CompletionCmd prints code by which a shell completes commands, flags and values.
//
// To complete a line, the shell runs onput with the line in the variable COMP_LINE, and onput prints the words that fit. If
// there are none, the shell offers files.
type CompletionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by onput completion --help.
func (*CompletionCmd) Help() string {
	return "Load it in the shell's startup file. bash: source <(onput completion bash); zsh, after compinit: source <(onput completion zsh); fish: onput completion fish | source."
}

// Examples end onput completion --help.
func (*CompletionCmd) Examples() []string {
	return []string{
		"source <(onput completion bash)",
	}
}

// completionCode is the code for each shell, with the path of onput left open.
var completionCode = map[string]string{
	"bash": `complete -o default -C %s onput
`,
	"zsh": `autoload -U +X bashcompinit && bashcompinit
complete -o default -C %s onput
`,
	"fish": `function __complete_onput
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct)
    and set COMP_LINE "$COMP_LINE "
    eval %s
end
complete -c onput -n __fish_use_subcommand -f
complete -c onput -a '(__complete_onput)'
`,
}

// Run prints the code.
func (c *CompletionCmd) Run(s *streams) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	// Quoted twice, because the shell parses the argument of -C or eval again.
	fmt.Fprintf(s.out, completionCode[c.Shell], quoteShell(quoteShell(self)))
	return nil
}

// completeLine answers a shell and exits if the shell runs onput to complete a line.
func completeLine(parser *kong.Kong) {
	kongplete.Complete(parser, kongplete.WithPredictor("operation", complete.PredictFunc(predictOperations)))
}

// predictOperations returns the names of all operations, as candidates for OPERATION.
func predictOperations(complete.Args) []string {
	names := []string{"image"}
	for _, op := range process.Operations() {
		names = append(names, strings.TrimSuffix(opfacts.Name(op), "NAME"))
	}
	return names
}
