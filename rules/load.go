package rules

import (
	"os"

	"onput/internal/lint"
	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// Diagnostic is one error or warning about a rule file, with its position.
type Diagnostic = rulefile.Diagnostic

// Diagnostics are all errors, or all warnings, of a rule file, sorted by position. As an error it is the whole text.
type Diagnostics = rulefile.Diagnostics

// MaxFile is the size limit of a rule file, in bytes.
const MaxFile = rulefile.MaxSize

// Fields returns the names of the fields of rule files, by the map that holds them. Do not change the lists.
func Fields() map[string][]string { return rulefile.Fields() }

// ParseSize reads a number of bytes as a rule file writes it: 900, 5MiB.
func ParseSize(text string) (int64, error) { return rulefile.ParseSize(text) }

// File is everything that a rule file says.
type File struct {
	Set      *Set
	Warnings Diagnostics
	Tests    []Test
}

// Load reads, checks and compiles a rule file, with its warnings and tests. filename is for messages; getenv looks up the
// variables of ${env(…)}, os.Getenv if nil. The error is [Diagnostics] with all errors of the file.
func Load(filename string, src []byte, getenv func(string) string) (*File, error) {
	return load(filename, string(src), loadOptions{getenv: getenv, wantWarnings: true})
}

// Parse reads, checks and compiles a rule file; filename is for messages. Environment variables are those of the process.
// The error is [Diagnostics] with all errors of the file; warnings are not errors.
func Parse(filename string, src []byte) (*Set, error) {
	file, err := load(filename, string(src), loadOptions{})
	if err != nil {
		return nil, err
	}
	return file.Set, nil
}

// Warnings returns the warnings about the file, computed on demand. [Load] returns them without reading the file again.
func (s *Set) Warnings() Diagnostics {
	file, err := load(s.source.Name, s.source.Text, loadOptions{getenv: s.env.getenv, wantWarnings: true})
	if err != nil {
		return nil // an environment variable has changed since
	}
	return file.Warnings
}

type loadOptions struct {
	getenv       func(string) string // os.Getenv if nil
	wantWarnings bool
	trustSeal    bool // a sealed file skips the loop check
}

// load parses, compiles and checks a rule file. Each phase runs only if the ones before have found no errors.
func load(filename, src string, o loadOptions) (*File, error) {
	if o.getenv == nil {
		o.getenv = os.Getenv
	}
	source := rulefile.NewSource(filename, src)
	seal := ""
	if o.trustSeal {
		source.Text, seal = cutSeal(source.Text)
	}
	r := &rulefile.Reporter{Source: source, WantWarnings: o.wantWarnings}
	def := rulefile.Parse(r)
	if def == nil {
		return nil, r.Errors.Sorted()
	}
	env := &environment{getenv: o.getenv}
	compiled := newCompiler(r, def, env).compile()
	if len(r.Errors) == 0 && (seal == "" || seal != digest(source.Text, env.read)) {
		checkSet(r, def, compiled)
	}
	if len(r.Errors) > 0 {
		return nil, r.Errors.Sorted()
	}
	compiled.BuildIndex()
	file := &File{Set: &Set{compiled: compiled, source: source, env: env}}
	if o.wantWarnings {
		lint.Run(r, def, compiled)
		file.Warnings, file.Tests = r.Warnings.Sorted(), testsOf(def)
	}
	return file, nil
}

// checkSet reports what is wrong with rules together: loops, and outputs that overwrite each other.
func checkSet(r *rulefile.Reporter, def *rulefile.File, compiled *ruleset.Set) {
	analysis := loopcheck.New(compiled)
	for _, l := range analysis.Loops() {
		r.Error(def.Rule(l.Rule).Name.Node, l.Code, "%s", l.Message)
	}
	lint.SameTargets(r, def, compiled, analysis)
}
