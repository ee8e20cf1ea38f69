package lint

import (
	"iter"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"

	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/process"
)

// maxPairs bounds the pairs of rules that a lint compares.
const maxPairs = 1000

// lintCodes are the codes of the warnings of lints. They are apart from the lints, so that the function, which knows the codes
// of allow, does not link those.
var lintCodes = []string{
	"suspicious", "capture-not-alternative", "claims-off", "event", "extension", "fixed-target", "image-size",
	"never-fires", "never-reads", "not-excludes-nothing", "not-in-payload", "one-name", "shared-target", "topic-name",
	"unmatched-pair", "overwrites", "unused-allow",
}

// lint is one lint and the code of its warnings.
type lint struct {
	code string
	run  func(*pass)
}

// lints returns all lints, in the order in which they run.
func lints() []lint {
	return []lint{
		{code: "suspicious", run: suspicious}, // first, because others are silent about suspicious texts
		{code: "capture-not-alternative", run: captureNotAlternative},
		{code: "claims-off", run: claimsOff},
		{code: "event", run: event},
		{code: "extension", run: extension},
		{code: "fixed-target", run: fixedTarget},
		{code: "image-size", run: imageSize},
		{code: "never-fires", run: neverFires},
		{code: "never-reads", run: neverReads},
		{code: "not-excludes-nothing", run: notExcludesNothing},
		{code: "not-in-payload", run: notInPayload},
		{code: "one-name", run: oneName},
		{code: "shared-target", run: sharedTarget},
		{code: "topic-name", run: topicName},
		{code: "unmatched-pair", run: unmatchedPair},
		{code: "overwrites", run: overwrites},    // late, because it is silent about patterns that others warn of
		{code: "unused-allow", run: unusedAllow}, // last, because it silences the others
	}
}

// deploymentCodes are the codes of warnings about Serverless Devs files, which only onput check --s reports.
var deploymentCodes = []string{"event-pattern", "memory", "sources-differ", "trigger"}

// Codes returns the codes of all warnings, sorted.
func Codes() []string {
	codes := slices.Concat(process.WarningCodes(), deploymentCodes, lintCodes)
	slices.Sort(codes)
	return slices.Compact(codes)
}

// analysisTime bounds the questions about keys that lints ask. Beyond it they warn of nothing.
const analysisTime = 10 * time.Second

// Run reports the warnings of all lints for a file without errors. It returns what lints could not decide, such as
// "overwrites: not decided for rule films".
func Run(r *rulefile.Reporter, f *rulefile.File, s *ruleset.Set) (undecided []string) {
	analysis := loopcheck.New(s, analysisTime)
	defs := make([]rulefile.Rule, len(s.Rules)) // all lints read them
	for i := range defs {
		defs[i] = f.Rule(i)
	}
	suspects, warned := map[*yaml.Node]bool{}, map[*yaml.Node]bool{}
	for _, l := range lints() {
		l.run(&pass{r, f, defs, s, analysis, suspects, warned, l.code, &undecided})
	}
	return undecided
}

// pass is one lint's run over a file.
type pass struct {
	reporter *rulefile.Reporter
	file     *rulefile.File
	defs     []rulefile.Rule
	set      *ruleset.Set
	analysis *loopcheck.Analysis
	suspects map[*yaml.Node]bool // the texts that suspicious warned of
	warned   map[*yaml.Node]bool // the nodes that any lint warned of
	code     string
	open     *[]string // what lints could not decide
}

// undecided notes that the lint could not decide whether to warn of a rule.
func (p *pass) undecided(rule string) {
	*p.open = append(*p.open, p.code+": not decided for rule "+rule)
}

// warn reports a warning about a whole node.
func (p *pass) warn(n *yaml.Node, format string, args ...any) {
	p.warned[n] = true
	p.reporter.Warn(n, p.code, format, args...)
}

// warnIn reports a warning about the bytes from to to of a scalar's value.
func (p *pass) warnIn(n *yaml.Node, from, to int, format string, args ...any) {
	p.warned[n] = true
	p.reporter.WarnIn(n, from, to, p.code, format, args...)
}

// rule is one rule, as defined and as compiled.
type rule struct {
	def *rulefile.Rule
	*ruleset.Rule
}

// rules iterates over the rules of the file.
func (p *pass) rules() iter.Seq[rule] {
	return func(yield func(rule) bool) {
		for i := range p.set.Rules {
			if !yield(rule{&p.defs[i], &p.set.Rules[i]}) {
				return
			}
		}
	}
}

// output is one output of a rule, as defined and as compiled.
type output struct {
	rule rule
	def  *rulefile.Output
	*ruleset.Output
}

// outputs iterates over the outputs of all rules.
func (p *pass) outputs() iter.Seq[output] {
	return func(yield func(output) bool) {
		for r := range p.rules() {
			for i := range r.Outputs {
				if !yield(output{r, &r.def.Outputs[i], &r.Outputs[i]}) {
					return
				}
			}
		}
	}
}
