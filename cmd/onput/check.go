package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"

	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/rules"
)

// CheckCmd reports errors and warnings in rule files.
type CheckCmd struct {
	Files  []string `arg:"" name:"file" default:"rules/rules.yaml" help:"Rule files; - for standard input."`
	Format string   `enum:"text,json,github" default:"text" help:"How findings are written: text, json, or github for annotations in GitHub Actions."`
	JSON   bool     `name:"json" help:"The same as --format json."`
	Stats  bool     `help:"Also say how the rules are indexed, and which of them one key may have to be compared with. As text only."`
	S      string   `name:"s" placeholder:"s.yaml" help:"Serverless Devs file whose triggers are held against sources."`
}

// Run reports errors and warnings. It returns exit(1) if there are errors. As text, errors go to standard error and warnings
// to standard output. The other formats are for programs and go to standard output.
func (c *CheckCmd) Run(s *streams) error {
	if c.JSON {
		c.Format = "json"
	}
	var all rules.Diagnostics
	failed := false
	for _, file := range c.Files {
		src, err := readFile(file, s.in)
		if err != nil {
			return err
		}
		set, found, err := c.findings(file, src)
		if err != nil {
			return err
		}
		all = append(all, found...)
		hasErrors := len(found) > 0 && !found[0].Warning
		failed = failed || hasErrors
		switch {
		case c.Format != "text":
		case hasErrors:
			printErrors(s.err, file, found)
		default:
			if len(found) > 0 {
				fmt.Fprintln(s.out, found)
			}
			fmt.Fprintf(s.out, "%s: no errors, %s\n", file, text.Plural(len(found), "warning"))
			if c.Stats {
				printStats(s.out, file, set.Stats())
			}
		}
	}
	switch c.Format {
	case "json":
		if err := printDiagnosticsJSON(s.out, all); err != nil {
			return err
		}
	case "github":
		printWorkflowCommands(s.out, all)
	}
	if failed {
		return exit(exitFailed)
	}
	return nil
}

// findings returns the errors of a rule file, or its rules and their warnings. With --s, rules are read with the environment
// of the function, and compared with its triggers.
func (c *CheckCmd) findings(file string, src []byte) (*rules.Set, rules.Diagnostics, error) {
	var deployment []byte
	var functions []serverlessdevs.Function
	env := map[string]string{}
	if c.S != "" {
		var err error
		if deployment, err = os.ReadFile(c.S); err != nil {
			return nil, nil, err
		}
		if functions, err = serverlessdevs.Parse(c.S, deployment, os.LookupEnv); err != nil {
			return nil, nil, err
		}
		for _, f := range functions {
			maps.Copy(env, f.Environment)
		}
	}
	set, err := parseRules(file, src, env)
	var found rules.Diagnostics
	switch {
	case errors.As(err, &found):
		return nil, found, nil
	case err != nil:
		return nil, nil, err
	}
	if c.S == "" {
		return set, set.Warnings(), nil
	}
	return set, append(set.Warnings(), compareTriggers(c.S, deployment, functions, set)...), nil
}

// printStats says how the rules of a file are indexed.
func printStats(w io.Writer, file string, st rules.Stats) {
	fmt.Fprintf(w, "%s: %s, %d enabled; the index has %s in %s and %s, %s\n", file, text.Plural(st.Rules, "rule"), st.Enabled,
		text.Plural(st.Ways, "way"), text.Plural(st.Nodes, "node"), text.Plural(st.Texts, "text"), kilobytes(st.Bytes))
	if c := st.Partly; c.Count > 0 {
		fmt.Fprintf(w, "%s: of %s the index takes a part, the first is %s: patterns, prefixes, suffixes and buckets make too many combinations, and the rest is compared\n",
			file, text.Plural(c.Count, "rule"), c.Rule)
	}
	for _, c := range st.Compared {
		fmt.Fprintf(w, "%s: %d segments are compared one after another, the first in rule %s: they share the beginning or end by which they are found, or have none\n", file, c.Count, c.Rule)
	}
	for _, c := range st.Together {
		fmt.Fprintf(w, "%s: %d rules are found together, the first is %s: what else they ask for is compared for each\n", file, c.Count, c.Rule)
	}
}

func kilobytes(n int) string { return fmt.Sprintf("%d KB", (n+1023)/1024) }
