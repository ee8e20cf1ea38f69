package triggers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/internal/loopcheck"
	"onput/internal/ruleset"
	"onput/internal/serverlessdevs"
)

// Finding is a mistake in the triggers of a file.
type Finding struct {
	Pos     serverlessdevs.Pos
	Code    string // "sources-differ"; "trigger" or "event-pattern" where the trigger itself is wrong
	Message string
}

// Compare returns what is wrong with the triggers of functions that run the rules of a set, by position. It reports false if
// the rules are too many, or too intricate, to find everything.
func Compare(functions []serverlessdevs.Function, set *ruleset.Set) (found []Finding, complete bool) {
	analysis := loopcheck.New(set, loopcheck.MaxTime)
	c := &comparison{set: set, analysis: analysis, languages: languages{budget: analysis.Budget()}}
	for _, event := range objectEvents() {
		if slices.ContainsFunc(set.Rules, func(r ruleset.Rule) bool { return listensByName(&r, event) }) {
			c.wanted = append(c.wanted, event)
		}
	}
	for i := range functions {
		f := &functions[i]
		for k := range f.Triggers {
			if t := &f.Triggers[k]; len(t.Uploads) > 0 || t.Pattern != nil {
				c.triggers = append(c.triggers, &trigger{Trigger: t, region: f.Region})
			}
		}
	}
	err := c.run()
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Column, b.Pos.Column))
	})
	return c.found, err == nil
}

// comparison is one run of [Compare].
type comparison struct {
	languages
	set      *ruleset.Set
	analysis *loopcheck.Analysis
	wanted   []string // events that rules listen to by name
	triggers []*trigger
	found    []Finding
}

// wholeFile is the position of a finding that is about no value of the file.
var wholeFile = serverlessdevs.Pos{Line: 1, Column: 1}

func (c *comparison) report(p serverlessdevs.Pos, code, format string, args ...any) {
	c.found = append(c.found, Finding{p, code, fmt.Sprintf(format, args...)})
}

// run looks for all mistakes. The error is [automaton.ErrTooLarge].
func (c *comparison) run() error {
	if len(c.triggers) == 0 {
		c.report(wholeFile, "sources-differ", "the file has no trigger for uploads, so nothing starts the function: add one of type oss or eventbridge")
		return nil
	}
	for _, t := range c.triggers {
		if t.Problem != "" {
			c.report(t.Pos, "event-pattern", "eventRuleFilterPattern cannot be compared with the rules: %s", t.Problem)
			continue
		}
		c.checkEvents(t)
		c.checkRegion(t)
		if err := c.checkPattern(t); err != nil {
			return err
		}
		c.checkLocations(t)
	}
	overlapErr := c.checkOverlaps()
	if slices.ContainsFunc(c.triggers, func(t *trigger) bool { return t.Problem != "" || t.dead }) {
		return overlapErr // that trigger may be meant to deliver what the others do not
	}
	for _, t := range c.triggers {
		if err := c.addLanguages(t); err != nil {
			return err
		}
	}
	return cmp.Or(c.checkObjects(), c.checkMissingEvents(), overlapErr)
}

// checkRegion reports a bucket in another region than the function. A trigger takes none.
func (c *comparison) checkRegion(t *trigger) {
	known := func(region string) bool { return region != "" && !strings.Contains(region, "$") }
	if known(t.Region) && known(t.region) && t.Region != t.region {
		c.report(t.Pos, "trigger", "the bucket is in %s and the function in %s: a trigger takes a bucket of the function's region alone", t.Region, t.region)
	}
}

// checkLocations reports buckets and prefixes that are in no source.
func (c *comparison) checkLocations(t *trigger) {
	if c.set.Sources == nil || t.alternatives {
		return
	}
	for _, at := range t.Uploads {
		if !slices.ContainsFunc(c.set.Sources, func(s ruleset.Source) bool { return meets(at, &s) }) {
			place := at.Bucket + "/" + at.Prefix
			if at.Bucket == "*" {
				place = "every bucket"
			}
			c.report(t.Pos, "sources-differ", "the trigger listens to %s, which is not in sources of the rules: %s",
				place, strings.Join(c.set.SourceNames(), ", "))
		}
	}
}

// meets reports whether a location and a source may have uploads in common. A location of all buckets is in a source of all
// buckets alone, because most of its uploads are in no other one.
func meets(at serverlessdevs.UploadLocation, s *ruleset.Source) bool {
	names, open := strings.CutSuffix(at.Bucket, "*")
	inBucket := s.Bucket.Match(at.Bucket)
	if open && names != "" {
		inBucket = s.Name == "" || strings.HasPrefix(s.Name, names)
	}
	return inBucket && (strings.HasPrefix(at.Prefix, s.Prefix) || strings.HasPrefix(s.Prefix, at.Prefix))
}

// listensByName reports whether a rule listens to an event by name.
func listensByName(r *ruleset.Rule, event string) bool {
	byDefault := slices.Contains(ruleset.DefaultEvents, strings.TrimPrefix(event, "ObjectCreated:"))
	return r.Enabled && slices.ContainsFunc(r.Events, func(p *glob.Pattern) bool { return p.Match(event) && (byDefault || p.String() == event) })
}
