package compile

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// keyPattern is a compiled pattern of keys with its text in the file.
type keyPattern struct {
	*glob.Pattern
	written rulefile.Scalar
}

func (c *compiler) compileRule(def *rulefile.Rule, defaults *defaults) ruleset.Rule {
	m := &def.Match
	r := ruleset.Rule{Name: def.Name.Text, Enabled: def.Enabled, LogOnly: def.LogOnly, Stop: def.Stop,
		IgnoreCase: defaults.ignoreCase}
	if m.IgnoreCase != nil {
		r.IgnoreCase = *m.IgnoreCase
	}
	keys := c.keyPatterns(m.Keys, r.IgnoreCase, func(text string) string { return useNot(text) })
	not := c.keyPatterns(m.Not, r.IgnoreCase, func(string) string { return "not has no exceptions; narrow its other patterns" })
	r.Keys, r.Not = patternsOf(keys), patternsOf(not)
	for _, p := range not {
		if names := p.Names(); len(names) > 0 {
			c.errorInCapture(p.written, names[0],
				"{%s}: patterns of not cannot capture: write {a,b} for alternatives", names[0])
		}
	}
	r.PrefixesAsWritten, r.SuffixesAsWritten = c.texts("prefix", m.Prefixes), c.texts("suffix", m.Suffixes)
	r.Prefixes, r.Suffixes = r.PrefixesAsWritten, r.SuffixesAsWritten
	if r.IgnoreCase {
		r.Prefixes, r.Suffixes = glob.FoldStrings(r.Prefixes), glob.FoldStrings(r.Suffixes)
	}
	r.Buckets = c.valuePatterns(m.Buckets, "buckets", false)
	r.Types = c.valuePatterns(m.Types, "types", true)
	if r.Events = defaults.events; m.Events != nil {
		r.Events = c.events(m.Events)
	}
	for _, w := range m.Where {
		c.checkPath(w.Path)
		r.Where = append(r.Where, ruleset.Where{Path: w.Path.Text, Values: c.valuePatterns(w.Values, "values", false)})
	}
	r.Meta, r.Tags = c.meta(m.Meta), c.tags(m.Tags)
	for _, class := range m.Classes {
		c.checkClass(class)
	}
	r.Classes = c.valuePatterns(m.Classes, "classes", false)
	if m.Size != nil {
		r.Size = c.compileSize(m.Size)
	}
	r.DefaultEvents = m.Events == nil
	scope := ruleset.Scope{Captures: c.captureNames(keys), Lenient: len(keys) < len(m.Keys)}
	r.Outputs = make([]ruleset.Output, 0, len(def.Outputs))
	for i := range def.Outputs {
		r.Outputs = append(r.Outputs, c.compileOutput(&def.Outputs[i], defaults, scope))
	}
	r.UsesCaptures = r.Uses(ruleset.CapturePart)
	if len(keys) > 1 && scope.Captures != nil {
		c.checkCapturedByAll(keys, scope.Captures, r.UsedCaptures())
	}
	return r
}

// withoutParentheses returns a text without the parentheses around it, as negations of shells have them: !(raw).
func withoutParentheses(text string) string {
	if inner, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inner, ")") && !strings.Contains(inner, "|") {
		return strings.TrimSuffix(inner, ")")
	}
	return text
}

// keyPatterns compiles patterns of keys. It leaves out invalid ones. remedy is for a text after !.
func (c *compiler) keyPatterns(list []rulefile.Scalar, fold bool, remedy func(text string) string) []keyPattern {
	all := make([]keyPattern, 0, len(list))
	for _, s := range list {
		if text, ok := strings.CutPrefix(s.Text, "!"); ok && c.negates(s, remedy(withoutParentheses(text))) {
			continue
		}
		p, err := glob.Parse(s.Text, fold)
		if err != nil {
			c.reportPattern(s, err)
			continue
		}
		all = append(all, keyPattern{p, s})
	}
	return all
}

func patternsOf(keys []keyPattern) (patterns []*glob.Pattern) {
	for _, k := range keys {
		patterns = append(patterns, k.Pattern)
	}
	return patterns
}

// captureNames returns the names of all captures of the patterns. It reports names of variables.
func (c *compiler) captureNames(keys []keyPattern) []string {
	var names []string
	for _, p := range keys {
		for _, name := range p.Names() {
			if ruleset.IsVariable(name) {
				c.errorInCapture(p.written, name, "{%s} is a variable: give the capture another name", name)
			} else if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// checkCapturedByAll reports patterns that lack a capture that the rule uses.
func (c *compiler) checkCapturedByAll(keys []keyPattern, captures, used []string) {
	for _, p := range keys {
		for _, name := range used {
			if slices.Contains(captures, name) && !slices.Contains(p.Names(), name) {
				c.Error(p.written.Node, "capture", "the rule uses {%s}, but this pattern does not capture it: "+
					"capture it in every pattern of the list", name)
			}
		}
	}
}

// errorInCapture reports an error about a capture of a pattern.
func (c *compiler) errorInCapture(s rulefile.Scalar, name, format string, args ...any) {
	from, to := 0, len(s.Text)
	for _, end := range []string{"}", ":**}"} {
		if i := strings.Index(s.Text, "{"+name+end); i >= 0 {
			from, to = i, i+len(name)+len(end)+1
		}
	}
	c.ErrorInText(s, from, to, "capture", fmt.Sprintf(format, args...))
}

// checkPath reports a path of where that is not a list of field names joined by dots.
func (c *compiler) checkPath(s rulefile.Scalar) {
	if strings.ContainsAny(s.Text, ruleset.PathSpecials) || slices.Contains(strings.Split(s.Text, "."), "") {
		c.Error(s.Node, "where", "invalid path %q: join field names of the event record with dots, "+
			"as in userIdentity.principalId", s.Text)
	}
}

func (c *compiler) compileSize(def *rulefile.Size) *ruleset.SizeRange {
	size := &ruleset.SizeRange{Max: math.MaxInt64}
	if def.Min != nil {
		size.Min, _ = c.ReadSize(*def.Min)
	}
	if def.Max != nil {
		if n, ok := c.ReadSize(*def.Max); ok {
			size.Max = n
		}
	}
	if size.Min > size.Max {
		c.Error(def.Node, "size", "min is greater than max, so no object matches: swap them, or remove one")
	}
	return size
}
