package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"onput/internal/deployment"
	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/internal/userinput"
	"onput/rules"
)

// CheckCmd reports errors and warnings in rule files.
type CheckCmd struct {
	Files   []string `arg:"" optional:"" name:"file" help:"Rule files, folders with rule files, or - for standard input. Default: rules/rules.yaml or rules.yaml."`
	Format  string   `enum:"text,json,github" default:"text" help:"Output format: text, json, or github for annotations in GitHub Actions."`
	JSON    bool     `name:"json" help:"The same as --format json."`
	Strict  bool     `help:"Exit with 1 if there are warnings, too."`
	Verbose bool     `help:"Also say which questions about the rules could not be decided, so that no warning answers them."`
	S       string   `name:"s" placeholder:"s.yaml" help:"Serverless Devs file whose triggers are compared with sources."`
}

// Examples end onput check --help.
func (*CheckCmd) Examples() []string {
	return []string{
		"onput check",
		"onput check --s s.yaml       # compare sources with the triggers, too",
		"onput check --format github  # annotations in GitHub Actions",
		"onput check --strict         # warnings fail, too",
	}
}

// Run reports errors and warnings. It returns exit(1) if there are errors or, with --strict, warnings. As text, errors go to standard error and warnings
// to standard output. The other formats are for programs and go to standard output.
func (c *CheckCmd) Run(s *streams) error {
	if c.JSON {
		c.Format = "json"
	}
	if len(c.Files) == 0 {
		c.Files = []string{""}
		if err := defaultRules(&c.Files[0], ""); err != nil {
			return err
		}
	}
	files, err := userinput.ExpandFolders(c.Files)
	if err != nil {
		return err
	}
	var all rules.Diagnostics
	failed := false
	for _, file := range files {
		found, note, undecided, err := c.findings(file, s.in)
		if err != nil {
			return err
		}
		all = append(all, found...)
		hasErrors := len(found) > 0 && !found[0].Warning
		failed = failed || hasErrors || c.Strict && len(found) > 0
		switch {
		case c.Format != "text":
		case hasErrors:
			printErrors(s.err, file, found)
		default:
			printDiagnostics(s.out, found)
			if note != "" {
				note = "; " + note
			}
			printf(s.out, "%s: no errors, %s%s\n", file, text.Plural(len(found), "warning"), note)
			if c.Verbose {
				for _, question := range undecided {
					printf(s.out, "%s: %s\n", file, question)
				}
			}
		}
	}
	switch c.Format {
	case "json":
		err = printDiagnosticsJSON(s.out, all)
	case "github":
		printWorkflowCommands(s.out, all)
	}
	return cmp.Or(err, exitIf(failed))
}

// findings returns the errors of a rule file, or its warnings if it has none. With --s, rules are read with the environment of
// the function, and compared with its triggers and its memory. The note says what memory the rules need; undecided are the
// questions that no warning answers.
func (c *CheckCmd) findings(file string, stdin io.Reader) (found rules.Diagnostics, note string, undecided []string, err error) {
	src, err := readRules(context.Background(), file, stdin)
	if err != nil {
		return nil, "", nil, err
	}
	var deployed []byte // text of the Serverless Devs file
	var functions []serverlessdevs.Function
	if c.S != "" {
		if functions, deployed, err = readFunctions(context.Background(), c.S, ""); err != nil {
			return nil, "", nil, err
		}
	}
	loaded, err := deployment.NewEnvironment(functions...).Load(file, src)
	switch {
	case errors.As(err, &found):
		return found, "", nil, nil
	case err != nil:
		return nil, "", nil, err
	}
	found, undecided = loaded.Warnings, loaded.Undecided
	if c.S != "" {
		differences := deployment.UnknownTriggers(deployed, functions)
		if len(differences) == 0 {
			var complete bool
			if differences, complete = compareTriggers(c.S, deployed, functions, loaded.Set); !complete {
				undecided = append(undecided, "sources-differ: the triggers of "+c.S+" were not compared in full")
			}
		}
		for _, d := range append(differences, compareMemory(c.S, deployed, functions, src)...) {
			if !slices.Contains(loaded.Allow, d.Code) {
				found = append(found, d)
			}
		}
	}
	return found, memoryNote(src), undecided, nil
}
