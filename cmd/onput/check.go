package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"onput/rules"
)

// CheckCmd reports what is wrong or doubtful in rule files.
type CheckCmd struct {
	Files  []string `arg:"" name:"file" default:"rules/rules.yaml" help:"Rule files; - for standard input."`
	Format string   `enum:"text,json,github" default:"text" help:"How findings are written: text, json, or github for annotations in GitHub Actions."`
	JSON   bool     `name:"json" help:"The same as --format json."`
	S      string   `name:"s" placeholder:"s.yaml" help:"Serverless Devs file whose triggers are held against sources."`
}

// Run reports errors and warnings. It returns exit(1) where there are errors. As text, errors go to standard error and
// warnings to standard output; the other formats are for programs, and go to standard output as a whole.
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
		found, err := c.findings(file, src)
		if err != nil {
			return err
		}
		all = append(all, found...)
		wrong := len(found) > 0 && !found[0].Warning
		failed = failed || wrong
		switch {
		case c.Format != "text":
		case wrong:
			printErrors(s.err, file, found)
		default:
			if len(found) > 0 {
				fmt.Fprintln(s.out, found)
			}
			fmt.Fprintf(s.out, "%s: no errors, %s\n", file, count(len(found), "warning"))
		}
	}
	switch c.Format {
	case "json":
		if err := writeJSON(s.out, all); err != nil {
			return err
		}
	case "github":
		writeGitHub(s.out, all)
	}
	if failed {
		return exit(exitFailed)
	}
	return nil
}

// findings returns the errors of a rule file, or where there are none its warnings, those about triggers among them. With a Serverless Devs file the rules are read in the environment that it gives to the function.
func (c *CheckCmd) findings(file string, src []byte) (rules.Diagnostics, error) {
	if c.S != "" {
		deployments, err := readDeployments(c.S)
		if err != nil {
			return nil, err
		}
		for i := range deployments {
			defer deployments[i].enter()()
		}
	}
	set, err := rules.Parse(file, src)
	var found rules.Diagnostics
	switch {
	case errors.As(err, &found):
		return found, nil
	case err != nil:
		return nil, err
	}
	if c.S == "" {
		return set.Warnings(), nil
	}
	differ, err := compareTriggers(c.S, set)
	return append(set.Warnings(), differ...), err
}

func printErrors(w io.Writer, file string, found rules.Diagnostics) {
	fmt.Fprintln(w, found)
	fmt.Fprintf(w, "%s: %s\n", file, count(len(found), "error"))
}

// loadRules reads a rule file. What is wrong in it is printed, and the error is exit(1) then.
func loadRules(file string, s *streams) (*rules.Set, error) {
	src, err := readFile(file, s.in)
	if err != nil {
		return nil, err
	}
	set, err := rules.Parse(file, src)
	var found rules.Diagnostics
	if errors.As(err, &found) {
		printErrors(s.err, file, found)
		return nil, exit(exitFailed)
	}
	return set, err
}

// readFile reads a file, or standard input for -.
func readFile(file string, in io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(in)
	}
	return os.ReadFile(file)
}

// count writes a number of things in English.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if strings.HasSuffix(what, "ss") {
		what += "e"
	}
	return fmt.Sprintf("%d %ss", n, what)
}
