package main

import (
	"errors"
	"io"
	"os"

	"onput/internal/serverlessdevs"
	"onput/rules"
)

// readFile reads a file, or standard input for "-".
func readFile(file string, stdin io.Reader) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(stdin)
	}
	return os.ReadFile(file)
}

// loadRules reads a rule file for a function with these environment variables. It prints the errors in the file and returns
// exit(1) if there are any.
func loadRules(file string, env map[string]string, s *streams) (*rules.Set, error) {
	src, err := readFile(file, s.in)
	if err != nil {
		return nil, err
	}
	set, err := parseRules(file, src, env)
	var errs rules.Diagnostics
	if errors.As(err, &errs) {
		printErrors(s.err, file, errs)
		return nil, exit(exitFailed)
	}
	return set, err
}

// parseRules parses rules whose ${env(…)} see env before the caller's environment.
func parseRules(file string, src []byte, env map[string]string) (*rules.Set, error) {
	defer setenv(env)()
	return rules.Parse(file, src)
}

// setenv sets environment variables of this process until restore is called. Rules see these while they are parsed.
func setenv(vars map[string]string) (restore func()) {
	before := map[string]string{}
	for name, value := range vars {
		if old, ok := os.LookupEnv(name); ok {
			before[name] = old
		}
		os.Setenv(name, value)
	}
	return func() {
		for name := range vars {
			if old, ok := before[name]; ok {
				os.Setenv(name, old)
			} else {
				os.Unsetenv(name)
			}
		}
	}
}

// uploadPatterns returns where the uploads of triggers come from, in the form that rules take.
func uploadPatterns(triggers ...serverlessdevs.Trigger) []rules.BucketKeyPattern {
	var all []rules.BucketKeyPattern
	for _, t := range triggers {
		for _, u := range t.Uploads {
			all = append(all, rules.BucketKeyPattern{Bucket: u.Bucket, Key: u.Prefix + "*"})
		}
	}
	return all
}
