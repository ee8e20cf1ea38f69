package lint

import (
	"iter"

	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// pass is what lints read, and where they report.
type pass struct {
	*rulefile.Reporter
	file     *rulefile.File
	set      *ruleset.Set
	analysis *loopcheck.Analysis
}

// lints are all lints, by the codes they report.
var lints = []struct {
	code string
	run  func(*pass)
}{
	{"capture-not-alternative", captureNotAlternative},
	{"claims-off", claimsOff},
	{"event", event},
	{"extension", extension},
	{"fixed-target", fixedTarget},
	{"never-fires", neverFires},
	{"never-reads", neverReads},
	{"not-excludes-nothing", notExcludesNothing},
	{"not-in-payload", notInPayload},
	{"one-name", oneName},
	{"shared-target", sharedTarget},
	{"topic-name", topicName},
}

// Run runs all lints on a file without errors.
func Run(r *rulefile.Reporter, f *rulefile.File, s *ruleset.Set) {
	p := &pass{r, f, s, loopcheck.New(s)}
	for _, l := range lints {
		l.run(p)
	}
}

// rule is one rule, as defined and as compiled.
type rule struct {
	def *rulefile.Rule
	*ruleset.Rule
}

// rules iterates over the rules of the file.
func (p *pass) rules() iter.Seq2[int, rule] {
	return func(yield func(int, rule) bool) {
		for i := range p.set.Rules {
			def := p.file.Rule(i)
			if !yield(i, rule{&def, &p.set.Rules[i]}) {
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
		for _, r := range p.rules() {
			for i := range r.Outputs {
				if !yield(output{r, &r.def.Outputs[i], &r.Outputs[i]}) {
					return
				}
			}
		}
	}
}

// maxPairs bounds the pairs of rules whose languages a lint compares.
const maxPairs = 1000
