package compile

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

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
	env  *Environment

	mistakes Mistakes // nil without warnings

	targets   map[string]*ruleset.Target // by their texts
	ruleLines map[string]int             // the line of each rule, by its name
}

// Mistakes finds what is valid in a process and probably not meant.
type Mistakes func(*process.Request) []process.Problem

// Set compiles the definitions of a rule file. If the reporter has errors afterwards, the set is incomplete. It reports warnings
// about processes unless mistakes is nil.
func Set(r *rulefile.Reporter, f *rulefile.File, env *Environment, mistakes Mistakes) *ruleset.Set {
	c := &compiler{Reporter: r, file: f, env: env, mistakes: mistakes, targets: map[string]*ruleset.Target{}, ruleLines: map[string]int{}}
	return c.compile()
}

// compile returns the compiled set. If the reporter has errors afterwards, the set is incomplete.
func (c *compiler) compile() *ruleset.Set {
	f := c.file
	s := &ruleset.Set{Sources: c.compileSources(f.Sources), TimeZone: c.compileTimeZone(f.TimeZone), Claims: c.compileClaims(f.Claims),
		PermanentFailurePolicy: c.compileFailures(f)}
	defaults := c.compileDefaults(&f.Defaults)
	s.Ignored = c.compileIgnore(f.Ignore, defaults.ignoreCase)
	s.Rules = make([]ruleset.Rule, 0, f.NumRules())
	for i := range f.NumRules() {
		def := f.Rule(i)
		if f.Irregular {
			return s
		}
		c.checkRuleName(def.Name)
		c.checkAllow(def.Allow)
		r := c.compileRule(&def, defaults)
		if r.Enabled && r.Stop && r.DecidedByLocation() {
			s.StopRules = append(s.StopRules, i)
		}
		s.Rules = append(s.Rules, r)
	}
	c.checkAllow(f.Allow)
	c.checkTests()
	return s
}

// defaults are the compiled defaults of the file.
type defaults struct {
	ignoreCase  bool
	events      []*glob.Pattern
	bucket      *rulefile.Scalar
	fixedBucket ruleset.Template // bucket, if it holds no variables
	notify      string
}

func (c *compiler) compileDefaults(def *rulefile.Defaults) *defaults {
	d := &defaults{ignoreCase: def.IgnoreCase, events: c.events(def.Events), bucket: def.Bucket}
	if d.events == nil {
		for _, name := range ruleset.DefaultEvents {
			d.events = append(d.events, glob.Literal("ObjectCreated:"+name))
		}
	}
	if d.bucket != nil {
		// Compiled here as well, to report its errors even if no rule uses it.
		if t := c.compileBucket(*d.bucket, ruleset.Scope{Lenient: true, Clock: true, NotHere: "OSS fills it in only in the key"}); !t.HasVariables() {
			d.fixedBucket = t
		}
	}
	if def.Notify != nil {
		d.notify = c.topic(*def.Notify)
	}
	return d
}

func (c *compiler) compileSources(list []rulefile.Scalar) []ruleset.Source {
	var sources []ruleset.Source
	for _, s := range list {
		s, ok := c.expandEnv(s)
		bucket, prefix, _ := strings.Cut(s.Text, "/")
		switch {
		case !ok:
		case strings.HasPrefix(s.Text, "oss://"):
			c.Error(s.Node, "sources", "a source must be BUCKET or BUCKET/PREFIX: remove oss://")
		case bucket == "":
			c.Error(s.Node, "sources", "a source must begin with a bucket name: write BUCKET or BUCKET/PREFIX")
		default:
			source := ruleset.Source{Bucket: c.valuePattern(rulefile.Scalar{Text: bucket, Node: s.Node}, "buckets", false)}
			var wildcard int
			if source.Prefix, wildcard = unescape(prefix); wildcard >= 0 {
				c.reportWildcard(s, len(bucket)+1+wildcard, "the prefix of a source is a text", sourceRemedy(bucket, prefix))
			}
			if process.ValidBucket(bucket) {
				source.Name = bucket
			}
			if source.Bucket != nil {
				sources = append(sources, source)
			}
		}
	}
	return sources
}

// topic returns the name of an SMQ topic, "" to turn off a default.
func (c *compiler) topic(s rulefile.Scalar) string {
	s, _ = c.expandEnv(s)
	return s.Text
}

var ruleName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`) })

// checkRuleName reports a name that is invalid or belongs to an earlier rule.
func (c *compiler) checkRuleName(name rulefile.Scalar) {
	switch line := c.ruleLines[name.Text]; {
	case name.Node == nil || name.Text == "" && name.Node.Kind != yaml.ScalarNode:
		return // reported by the parser
	case !ruleName().MatchString(name.Text):
		c.Error(name.Node, "rule-name", "invalid rule name %q: use lower-case letters, digits, dots, hyphens and underscores, "+
			"and begin with a letter or digit", name.Text)
	case line > 0:
		c.Error(name.Node, "duplicate-rule", "duplicate rule name %q (first on line %d): rename one", name.Text, line)
		return
	}
	c.ruleLines[name.Text] = name.Node.Line
}

// maxSuggestions bounds the unknown rule names that get a suggestion, because each is compared with all names.
const maxSuggestions = 50

// checkTests reports rules in tests that do not exist.
func (c *compiler) checkTests() {
	var names []string
	suggestions := 0
	for _, test := range c.file.Tests {
		c.checkObjectFacts(&test)
		for _, fires := range test.Fires {
			name, hint := fires.Rule, ""
			if c.ruleLines[name.Text] > 0 {
				continue
			}
			if suggestions++; suggestions <= maxSuggestions {
				if names == nil {
					names = slices.Sorted(maps.Keys(c.ruleLines))
				}
				if meant := text.Closest(name.Text, names); meant != "" {
					hint = fmt.Sprintf("; did you mean %q?", meant)
				}
			}
			c.Error(name.Node, "unknown-rule", "there is no rule %q%s", name.Text, hint)
		}
	}
}

// valuePattern compiles a glob that must match a whole value, one of values. It returns nil after an error.
func (c *compiler) valuePattern(s rulefile.Scalar, values string, fold bool) *glob.Pattern {
	if c.negates(s, useList(values)) {
		return nil
	}
	p, err := glob.ParseValue(s.Text, fold)
	if err != nil {
		c.reportPattern(s, err)
		return nil
	}
	return p
}

func (c *compiler) valuePatterns(list []rulefile.Scalar, values string, fold bool) []*glob.Pattern {
	var patterns []*glob.Pattern
	for _, s := range list {
		if p := c.valuePattern(s, values, fold); p != nil {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

func (c *compiler) reportPattern(s rulefile.Scalar, err error) {
	e := err.(*glob.Error)
	if c.refusesEnv(s, e.Offset, e.End) {
		return
	}
	c.ErrorInText(s, e.Offset, e.End, "pattern", e.Message)
}

// events compiles patterns of event names, which may leave out ObjectCreated:.
func (c *compiler) events(list []rulefile.Scalar) []*glob.Pattern {
	var names []rulefile.Scalar
	for _, s := range list {
		if name, ok := strings.CutPrefix(s.Text, "oss:"); ok {
			c.Error(s.Node, "event", "remove oss:, which only triggers use: write %s", cmp.Or(ruleset.MeantEvent(name), name))
			continue
		}
		if !strings.HasPrefix(s.Text, "!") { // an error that shows the text as written
			s.Text = ruleset.QualifyEvent(s.Text)
		}
		names = append(names, s)
	}
	return c.valuePatterns(names, "events", false)
}

const (
	defaultClaimsPrefix = ".onput/" // if claims has no prefix
	maxClaimsPrefix     = 512       // bytes, so that the names of claims fit into a key of 1,023
)

func (c *compiler) compileClaims(def rulefile.ClaimsDefinition) *ruleset.ClaimSettings {
	if def.Node == nil {
		return nil
	}
	claims := &ruleset.ClaimSettings{Prefix: defaultClaimsPrefix}
	if def.Bucket != nil {
		s, ok := c.expandEnv(*def.Bucket)
		if claims.Bucket = s.Text; ok && !process.ValidBucket(claims.Bucket) {
			c.Error(s.Node, "bucket-name", "%s", invalidBucket(claims.Bucket))
		}
	}
	if def.Prefix != nil {
		s, ok := c.expandEnv(*def.Prefix)
		claims.Prefix = s.Text
		switch {
		case !ok:
		case strings.HasPrefix(claims.Prefix, "/") || !strings.HasSuffix(claims.Prefix, "/"):
			c.Error(s.Node, "claims", "claims.prefix must be a folder such as .onput/, with a / at the end and none at the beginning")
		case len(claims.Prefix) > maxClaimsPrefix:
			c.Error(s.Node, "claims", "claims.prefix has %d bytes; at most %d leave room for the names of claims",
				len(claims.Prefix), maxClaimsPrefix)
		}
	}
	claims.ByContent = c.parseEnum(def.By, "claims.by", "upload", "content") == 1
	claims.Fire = c.parseEnum(def.Unreachable, "claims.unreachable", "fail", "fire") == 1
	return claims
}

func (c *compiler) compileFailures(f *rulefile.File) ruleset.PermanentFailurePolicy {
	i := c.parseEnum(f.PermanentFailures, "failures.permanent", "fail", "record", "log")
	permanent := ruleset.PermanentFailurePolicy(i)
	if permanent == ruleset.RecordPermanent && f.Claims.Node == nil {
		c.Error(f.PermanentFailures.Node, "failures", "failures.permanent: record needs claims, "+
			"because records are kept below their prefix: add claims: {bucket: …}")
	}
	return permanent
}

// parseEnum returns the index of a value in words, 0 if the value is missing. It reports a value that is not in words.
func (c *compiler) parseEnum(s *rulefile.Scalar, field string, words ...string) int {
	if s == nil {
		return 0
	}
	i := slices.Index(words, s.Text)
	if i < 0 {
		c.Error(s.Node, "type", "%s must be %s, not %q", field, text.JoinOr(words), s.Text)
	}
	return max(i, 0)
}
