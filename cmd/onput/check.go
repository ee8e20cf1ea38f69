package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"slices"

	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/internal/userinput"
	"onput/rules"
)

// CheckCmd reports errors and warnings in rule files.
type CheckCmd struct {
	Files  []string `arg:"" optional:"" name:"file" help:"Rule files, folders with rule files, or - for standard input. Default: rules/rules.yaml or rules.yaml."`
	Format string   `enum:"text,json,github" default:"text" help:"Output format: text, json, or github for annotations in GitHub Actions."`
	JSON   bool     `name:"json" help:"The same as --format json."`
	Strict bool     `help:"Exit with 1 if there are warnings, too."`
	S      string   `name:"s" placeholder:"s.yaml" help:"Serverless Devs file whose triggers are compared with sources."`
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
		found, note, err := c.findings(file, s.in)
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
// the function, and compared with its triggers and its memory. The note says what memory the rules need.
func (c *CheckCmd) findings(file string, stdin io.Reader) (found rules.Diagnostics, note string, err error) {
	src, err := readRules(context.Background(), file, stdin)
	if err != nil {
		return nil, "", err
	}
	var deployment []byte
	var functions []serverlessdevs.Function
	env := map[string]string{}
	if c.S != "" {
		if functions, deployment, err = readFunctions(context.Background(), c.S); err != nil {
			return nil, "", err
		}
		for _, f := range functions {
			maps.Copy(env, f.Environment)
		}
	}
	loaded, err := rules.Load(file, src, rules.Options{Getenv: getenvWith(env)})
	switch {
	case errors.As(err, &found):
		return found, "", nil
	case err != nil:
		return nil, "", err
	}
	found = loaded.Warnings
	if c.S != "" {
		deployed := append(compareTriggers(c.S, deployment, functions, loaded.Set),
			compareMemory(c.S, deployment, functions, src)...)
		for _, d := range deployed {
			if !slices.Contains(loaded.Allow, d.Code) {
				found = append(found, d)
			}
		}
	}
	return found, memoryNote(src), nil
}
