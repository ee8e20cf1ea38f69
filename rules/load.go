package rules

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"time"

	"onput/internal/lint"
	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// Diagnostic is one error or warning about a rule file, with its position.
type Diagnostic = rulefile.Diagnostic

// Diagnostics are the errors or the warnings of a rule file, sorted by position.
type Diagnostics = rulefile.Diagnostics

// MaxFile is the size limit of a rule file, in bytes.
const MaxFile = rulefile.MaxSize

// Fields returns the field names of rule files, by the map that contains them. Do not change the lists.
func Fields() map[string][]string { return rulefile.Fields() }

// ParseSize parses a number of bytes as a rule file writes it: 900, 5MiB.
func ParseSize(text string) (int64, error) { return rulefile.ParseSize(text) }

// MaxLoopCheckTime bounds what the loop check of any file takes on one core.
const MaxLoopCheckTime = loopcheck.MaxTime

// Unproven reports whether err is that the loop check of a file ended without an answer.
func Unproven(err error) bool {
	d, _ := errors.AsType[Diagnostics](err)
	return slices.ContainsFunc(d, func(d Diagnostic) bool { return d.Code == "loop-unproven" })
}

// File is a rule file that has been loaded.
type File struct {
	Set      *Set
	Warnings Diagnostics
	Tests    []Test
	Allow    []string // codes of warnings that the whole file allows
}

// Options configure [Load].
type Options struct {
	Getenv    func(string) string // looks up the variables of ${env(…)}; os.Getenv if nil
	SetOnly   bool                // leave out warnings and tests
	TrustSeal bool                // skip the loop check if the file ends in its seal; see Seal
	MaxMemory int64               // bytes that loading may take, as [EstimateMemory] counts them; 0 for any number

	// LoopCheckTime bounds the loop check to what one core does in this time, counted in steps. It is [MaxLoopCheckTime] at
	// most, and if 0.
	LoopCheckTime time.Duration
}

// Load parses, compiles and checks a rule file; filename is for messages. The error is [Diagnostics]: all errors of parsing
// and compiling or, if there are none, loops and outputs with the same target. Warnings are not errors.
func Load(filename string, src []byte, o Options) (*File, error) {
	return load(rulefile.NewDocument(filename, string(src)), o)
}

// Parse returns the set of a rule file, like [Load], with the environment variables of the process.
func Parse(filename string, src []byte) (*Set, error) {
	file, err := Load(filename, src, Options{SetOnly: true})
	if err != nil {
		return nil, err
	}
	return file.Set, nil
}

// Warnings returns the warnings about the file, computed on demand. [Load] returns them without reading the file again.
func (s *Set) Warnings() Diagnostics {
	file, err := load(s.document, Options{Getenv: s.env.getenv})
	if err != nil {
		return nil // an environment variable has changed since
	}
	return file.Warnings
}

// load compiles, checks and lints a document. It checks the set only if parsing and compiling report no error, and lints only if checking
// reports none either.
func load(doc *rulefile.Document, o Options) (*File, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	seal := ""
	if o.TrustSeal {
		doc.Text, seal = cutSeal(doc.Text)
	}
	if err := refuseTooLarge(doc, rulefile.InParts(doc.Text), o.MaxMemory); err != nil {
		return nil, err
	}
	r := &rulefile.Reporter{Document: doc, WantWarnings: !o.SetOnly}
	env := &environment{getenv: o.Getenv}
	def, compiled := compile(r, env, rulefile.Parse)
	if def != nil && def.Irregular {
		if err := refuseTooLarge(doc, false, o.MaxMemory); err != nil {
			return nil, err
		}
		r.Errors, r.Warnings, env.read = nil, nil, nil
		def, compiled = compile(r, env, rulefile.ParseWhole)
	}
	if def == nil {
		return nil, mergeUnset(r.Errors.Sorted())
	}
	if len(r.Errors) == 0 && (seal == "" || seal != digest(doc.Text, env.read)) {
		checkSet(r, def, compiled, min(cmp.Or(o.LoopCheckTime, MaxLoopCheckTime), MaxLoopCheckTime))
	}
	if len(r.Errors) > 0 {
		return nil, mergeUnset(r.Errors.Sorted())
	}
	compiled.BuildIndex()
	file := &File{Set: &Set{compiled: compiled, document: doc, env: env}}
	if !o.SetOnly {
		lint.Run(r, def, compiled)
		file.Warnings, file.Tests = r.Warnings.Sorted(), testsOf(def)
		for _, code := range def.Allow {
			file.Allow = append(file.Allow, code.Text)
		}
	}
	return file, nil
}

// compile returns the definitions of the file and the set that they make, or nil if the file cannot be parsed.
func compile(r *rulefile.Reporter, env *environment, parse func(*rulefile.Reporter) *rulefile.File) (*rulefile.File, *ruleset.Set) {
	def := parse(r)
	if def == nil || def.Irregular {
		return def, nil
	}
	return def, newCompiler(r, def, env).compile()
}

// checkSet reports errors that only the languages of the rules show: loops, targets among the claims, and outputs that
// overwrite each other.
func checkSet(r *rulefile.Reporter, def *rulefile.File, compiled *ruleset.Set, limit time.Duration) {
	analysis := loopcheck.New(compiled, limit)
	for _, t := range analysis.ClaimsTargets() {
		r.Error(def.Rule(t.Rule).Outputs[t.Output].Key.Node, "claims", "%s", t.Message)
	}
	for _, l := range analysis.Loops() {
		r.Error(def.Rule(l.Rule).Name.Node, l.Code, "%s", l.Message)
	}
	lint.SameTargets(r, def, compiled, analysis)
}
