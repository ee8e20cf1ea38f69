package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

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

// ruleFiles are the places of the rule file in a project, in the order in which they are looked for.
var ruleFiles = []string{"rules/rules.yaml", "rules.yaml"}

// defaultRules sets an empty *file to the rule file of the project in dir.
func defaultRules(file *string, dir string) error {
	if *file != "" {
		return nil
	}
	for _, name := range ruleFiles {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			*file = path
			return nil
		}
	}
	return fmt.Errorf("no rule file given, and no %s or %s in %s: name one, or create a project with onput init",
		ruleFiles[0], ruleFiles[1], cmp.Or(dir, "the current folder"))
}

// readRules reads a rule file, or standard input for "-". The error for a missing file names the rule file of the project.
func readRules(file string, stdin io.Reader) ([]byte, error) {
	src, err := readFile(file, stdin)
	other := ""
	if errors.Is(err, fs.ErrNotExist) && defaultRules(&other, "") == nil && other != filepath.Clean(file) {
		err = fmt.Errorf("%w; there is %s here", err, filepath.ToSlash(other))
	}
	return src, err
}

// loadRules loads a rule file, and prints its errors. env has variables that ${env(…)} sees before those of the caller.
func loadRules(file string, env map[string]string, s *streams) (*rules.File, error) {
	src, err := readRules(file, s.in)
	if err != nil {
		return nil, err
	}
	loaded, err := rules.Load(file, src, rules.Options{Getenv: getenvWith(env)})
	var errs rules.Diagnostics
	if errors.As(err, &errs) {
		printErrors(s.err, file, errs)
		return nil, exit(exitFailed)
	}
	return loaded, err
}

// getenvWith returns a look-up of environment variables, first in vars, then in the caller's environment.
func getenvWith(vars map[string]string) func(name string) string {
	return func(name string) string {
		if value, ok := vars[name]; ok {
			return value
		}
		return os.Getenv(name)
	}
}

// readFunction returns the function of a Serverless Devs file, an empty one without a file.
func readFunction(file string) (*serverlessdevs.Function, error) {
	if file == "" {
		return &serverlessdevs.Function{}, nil
	}
	return serverlessdevs.ReadOne(file)
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
