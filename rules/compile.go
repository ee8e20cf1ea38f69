package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
	"onput/process"
)

// compiler makes a compiled set from the definitions of a rule file. It checks every value on the way.
type compiler struct {
	*rulefile.Reporter
	file *rulefile.File
	env  *environment

	targets map[string]*ruleset.Target // by their texts
}

func newCompiler(r *rulefile.Reporter, f *rulefile.File, env *environment) *compiler {
	return &compiler{Reporter: r, file: f, env: env, targets: map[string]*ruleset.Target{}}
}

// defaults are the compiled defaults of the file.
type defaults struct {
	ignoreCase  bool
	events      []*glob.Pattern
	bucket      *rulefile.Scalar
	fixedBucket ruleset.Template // bucket, if it holds no variables
	notify      string
}

// compile returns the compiled set. If the reporter has errors afterwards, the set is incomplete.
func (c *compiler) compile() *ruleset.Set {
	f := c.file
	s := &ruleset.Set{Sources: c.compileSources(f.Sources), Claims: c.compileClaims(f.Claims), Permanent: c.compileFailures(f)}
	defaults := c.compileDefaults(&f.Defaults)
	lines := make(map[string]int, f.NumRules()) // of the rules' names
	s.Rules = make([]ruleset.Rule, 0, f.NumRules())
	for i := range f.NumRules() {
		def := f.Rule(i)
		c.checkName(def.Name, lines)
		r := c.compileRule(&def, defaults)
		if r.Enabled && r.Stop && r.OnLocationOnly {
			s.StopRules = append(s.StopRules, i)
		}
		s.Rules = append(s.Rules, r)
	}
	c.checkTests(lines)
	return s
}

func (c *compiler) compileDefaults(def *rulefile.Defaults) *defaults {
	d := &defaults{ignoreCase: def.IgnoreCase, events: c.events(def.Events), bucket: def.Bucket}
	if d.events == nil {
		for _, name := range ruleset.DefaultEvents {
			d.events = append(d.events, glob.Literal("ObjectCreated:"+name))
		}
	}
	if d.bucket != nil {
		// Compiled here as well, to report its mistakes even if no rule uses it.
		if t := c.compileBucket(*d.bucket, ruleset.Scope{Lenient: true}); !t.HasVariables() {
			d.fixedBucket = t
		}
	}
	if def.Notify != nil {
		d.notify = c.topic(*def.Notify)
	}
	return d
}

func (c *compiler) compileSources(list []rulefile.Scalar) []ruleset.Source {
	var all []ruleset.Source
	for _, s := range list {
		s, ok := c.expandEnv(s)
		if !ok {
			continue
		}
		if strings.HasPrefix(s.Text, "oss://") {
			c.Error(s.Node, "sources", "a source is BUCKET or BUCKET/PREFIX: leave out oss://")
			continue
		}
		bucket, prefix, _ := strings.Cut(s.Text, "/")
		if bucket == "" {
			c.Error(s.Node, "sources", "a source begins with the name of a bucket: BUCKET or BUCKET/PREFIX")
			continue
		}
		p := c.valuePattern(rulefile.Scalar{Text: bucket, Node: s.Node}, false)
		if p == nil {
			continue
		}
		source := ruleset.Source{Bucket: p, Prefix: prefix}
		if process.ValidBucket(bucket) {
			source.Name = bucket
		}
		all = append(all, source)
	}
	return all
}

// topic returns the name of an SMQ topic, "" to turn a default off.
func (c *compiler) topic(s rulefile.Scalar) string {
	s, _ = c.expandEnv(s)
	return s.Text
}

// isRuleName reports whether s can name a rule: [a-z0-9][a-z0-9._-]*.
func isRuleName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

// checkName checks the name of a rule and adds its line to lines, which has those of the rules before.
func (c *compiler) checkName(name rulefile.Scalar, lines map[string]int) {
	switch {
	case name.Node == nil || name.Text == "" && name.Node.Kind != yaml.ScalarNode:
		return // reported by the parser
	case !isRuleName(name.Text):
		c.Error(name.Node, "rule-name", "%q is no name of a rule: lower-case letters, digits, dots, hyphens and underscores, a letter or digit first", name.Text)
	case lines[name.Text] > 0:
		c.Error(name.Node, "duplicate-rule", "there are two rules %q, the first in line %d: rename one", name.Text, lines[name.Text])
		return
	}
	lines[name.Text] = name.Node.Line
}

// maxSuggestions bounds the unknown rule names that get a suggestion, because each is compared with all names.
const maxSuggestions = 50

// checkTests reports rules in tests that do not exist.
func (c *compiler) checkTests(lines map[string]int) {
	var names []string
	unknown := 0
	for _, t := range c.file.Tests {
		for _, fires := range t.Fires {
			name := fires.Rule
			if _, ok := lines[name.Text]; ok {
				continue
			}
			hint := ""
			if unknown++; unknown <= maxSuggestions {
				if names == nil {
					names = slices.Sorted(maps.Keys(lines))
				}
				if meant := text.Closest(name.Text, names); meant != "" {
					hint = fmt.Sprintf("; did you mean %q?", meant)
				}
			}
			c.Error(name.Node, "unknown-rule", "there is no rule %q%s", name.Text, hint)
		}
	}
}

// valuePattern compiles a glob that must match a whole value. It returns nil after an error.
func (c *compiler) valuePattern(s rulefile.Scalar, fold bool) *glob.Pattern {
	p, err := glob.ParseValue(s.Text, fold)
	if err != nil {
		c.reportPattern(s, err)
		return nil
	}
	return p
}

func (c *compiler) valuePatterns(list []rulefile.Scalar, fold bool) []*glob.Pattern {
	if len(list) == 0 {
		return nil
	}
	all := make([]*glob.Pattern, 0, len(list))
	for _, s := range list {
		if p := c.valuePattern(s, fold); p != nil {
			all = append(all, p)
		}
	}
	return all
}

func (c *compiler) reportPattern(s rulefile.Scalar, err error) {
	e := err.(*glob.Error)
	c.ErrorInText(s, e.Offset, e.End, "pattern", e.Message)
}

// events compiles patterns of event names, which may leave out ObjectCreated:.
func (c *compiler) events(list []rulefile.Scalar) []*glob.Pattern {
	var all []*glob.Pattern
	for _, s := range list {
		if strings.HasPrefix(s.Text, "oss:") {
			c.Error(s.Node, "event", "oss: belongs to triggers, not to events: write %s", strings.TrimPrefix(s.Text, "oss:"))
			continue
		}
		s.Text = ruleset.QualifyEvent(s.Text)
		if p := c.valuePattern(s, false); p != nil {
			all = append(all, p)
		}
	}
	return all
}
