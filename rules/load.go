package rules

import (
	"cmp"
	"errors"
	"os"
	"slices"
	"time"

	"onput/internal/compile"
	"onput/internal/lint"
	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/process"
)

// Diagnostic is one error or warning about a rule file, with its position.
type Diagnostic = rulefile.Diagnostic

// Diagnostics are the errors or the warnings of a rule file, sorted by position.
type Diagnostics = rulefile.Diagnostics

// MaxFile is the size limit of a rule file, in bytes.
const MaxFile = rulefile.MaxSize

// Fields returns the field names of rule files, by the map that contains them. Do not change the lists.
func Fields() map[string][]string { return rulefile.Fields() }

// WarningCodes returns the codes of all warnings, which allow may list, sorted.
func WarningCodes() []string { return lint.Codes() }

// ParseSize parses a number of bytes as a rule file writes it: 900, 5MiB.
func ParseSize(text string) (int64, error) { return rulefile.ParseSize(text) }

// ParseTime parses a point in time as events write it, such as 2026-11-30T08:15:00Z.
func ParseTime(text string) (time.Time, error) { return rulefile.ParseTime(text) }

// MaxLoopCheckTime bounds what the loop check of any file takes on one core.
const MaxLoopCheckTime = loopcheck.MaxTime

// Unproven reports whether err is that the loop check of a file ended without an answer.
func Unproven(err error) bool {
	d, _ := errors.AsType[Diagnostics](err)
	return slices.ContainsFunc(d, func(d Diagnostic) bool { return d.Code == "loop-unproven" })
}

// File is a rule file that has been loaded.
type File struct {
	Set       *Set
	Warnings  Diagnostics
	Undecided []string // what could not be decided within bounds, so that no warning tells; for people
	Tests     []Test
	Allow     []string // codes of warnings that the whole file allows
}

// Options configure [Load].
type Options struct {
	Getenv    func(string) string // looks up the variables of ${env(…)}; os.Getenv if nil
	SetIn     string              // where variables are set, for messages: "environmentVariables of s.yaml"; "" for the environment
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
	if o.SetOnly {
		set, err := LoadSet(filename, src, o)
		if err != nil {
			return nil, err
		}
		return &File{Set: set}, nil
	}
	return loadWithWarnings(rulefile.NewDocument(filename, string(src)), o)
}

// LoadSet is like [Load] with SetOnly. The function calls it, and so does not link what warnings need.
func LoadSet(filename string, src []byte, o Options) (*Set, error) {
	set, _, err := load(&rulefile.Reporter{Document: rulefile.NewDocument(filename, string(src))}, o, nil)
	return set, err
}

// Parse returns the set of a rule file, like [Load], with the environment variables of the process.
func Parse(filename string, src []byte) (*Set, error) {
	return LoadSet(filename, src, Options{})
}

// Warnings returns the warnings about the file, computed on demand. [Load] returns them without reading the file again.
func (s *Set) Warnings() Diagnostics {
	file, err := loadWithWarnings(s.document, Options{Getenv: s.env.Getenv, SetIn: s.env.SetIn})
	if err != nil {
		return nil // an environment variable has changed since
	}
	return file.Warnings
}

// loadWithWarnings compiles, checks and lints a document. It lints only if there are no errors.
func loadWithWarnings(doc *rulefile.Document, o Options) (*File, error) {
	r := &rulefile.Reporter{Document: doc, WantWarnings: true}
	set, def, err := load(r, o, (*process.Request).Mistakes)
	if err != nil {
		return nil, err
	}
	file := &File{Set: set, Undecided: lint.Run(r, def, set.compiled), Tests: testsOf(def)}
	file.Warnings = r.Warnings.Sorted()
	for _, code := range def.Allow {
		file.Allow = append(file.Allow, code.Text)
	}
	return file, nil
}

// load compiles and checks a document, and reports what mistakes returns for its processes; nil is for none. It checks the
// set only if parsing and compiling report no error.
func load(r *rulefile.Reporter, o Options, mistakes compile.Mistakes) (*Set, *rulefile.File, error) {
	doc := r.Document
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	seal := ""
	if o.TrustSeal {
		doc.Text, seal = cutSeal(doc.Text)
	}
	if err := refuseTooLarge(doc, rulefile.InParts(doc.Text), o.MaxMemory); err != nil {
		return nil, nil, err
	}
	env := &compile.Environment{Getenv: o.Getenv, SetIn: o.SetIn}
	def, compiled := parseAndCompile(r, env, mistakes, rulefile.Parse)
	if def != nil && def.Irregular {
		if err := refuseTooLarge(doc, false, o.MaxMemory); err != nil {
			return nil, nil, err
		}
		r.Errors, r.Warnings, env.Read = nil, nil, nil
		def, compiled = parseAndCompile(r, env, mistakes, rulefile.ParseWhole)
	}
	if def == nil {
		return nil, nil, compile.MergeUnset(r.Errors.Sorted())
	}
	if len(r.Errors) == 0 && (seal == "" || seal != digest(doc.Text, env.Read)) {
		checkSet(r, def, compiled, min(cmp.Or(o.LoopCheckTime, MaxLoopCheckTime), MaxLoopCheckTime))
	}
	if len(r.Errors) > 0 {
		return nil, nil, compile.MergeUnset(r.Errors.Sorted())
	}
	compiled.BuildIndex()
	return &Set{compiled: compiled, document: doc, env: env}, def, nil
}

// parseAndCompile returns the definitions of the file and the set that they make, or nil if the file cannot be parsed.
func parseAndCompile(
	r *rulefile.Reporter, env *compile.Environment, mistakes compile.Mistakes, parse func(*rulefile.Reporter) *rulefile.File,
) (*rulefile.File, *ruleset.Set) {
	def := parse(r)
	if def == nil || def.Irregular {
		return def, nil
	}
	return def, compile.Set(r, def, env, mistakes)
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
