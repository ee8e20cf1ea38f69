package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"onput/rules"
)

// CheckCmd reports what is wrong or doubtful in a rule file.
type CheckCmd struct {
	File string `arg:"" default:"rules/rules.yaml" help:"Rule file; - for standard input."`
}

// Run prints errors and warnings. It returns exit(1) where there are errors.
func (c *CheckCmd) Run(s *streams) error {
	set, err := loadRules(c.File, s)
	if err != nil {
		return err
	}
	warnings := set.Warnings()
	if len(warnings) > 0 {
		fmt.Fprintln(s.out, warnings)
	}
	fmt.Fprintf(s.out, "%s: no errors, %s\n", c.File, count(len(warnings), "warning"))
	return nil
}

// loadRules reads a rule file. What is wrong in it is printed, and the error is exit(1) then.
func loadRules(file string, s *streams) (*rules.Set, error) {
	src, err := readFile(file, s.in)
	if err != nil {
		return nil, err
	}
	set, err := rules.Parse(file, src)
	if err != nil {
		fmt.Fprintln(s.err, err)
		if list, ok := err.(rules.Diagnostics); ok {
			fmt.Fprintf(s.err, "%s: %s\n", file, count(len(list), "error"))
		}
		return nil, exit(exitFailed)
	}
	return set, nil
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
