package rules

import (
	"fmt"
	"strings"

	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// Needs returns the facts about u that decide what it fires, that u lacks, and that OSS can be asked for: a subset of GivenByOSS.
// A rule needs a fact if all its conditions on known facts hold. If it has stop, Needs leaves out what later rules need until it
// is decided.
//
// Ask for these facts, add them to u, and call Needs again until it returns none. Then call [Set.Match].
func (s *Set) Needs(u *Upload) Given { return s.compiled.Needs(u) }

// MatchPossible returns the tasks that u may fire if facts that it needs are unknown, in file order. Undecided reports for each
// task whether these facts decide if it fires.
func (s *Set) MatchPossible(u *Upload) (tasks []Task, undecided []bool) {
	return s.compiled.MatchPossible(u)
}

// Asks returns the facts that enabled rules may need from OSS.
func (s *Set) Asks() Given { return s.compiled.Asks() }

// StorageClasses are the storage classes of objects.
var StorageClasses = ruleset.StorageClasses

// MetaName returns a name of user metadata as Upload.Meta has it: in lower case, without x-oss-meta-.
func MetaName(name string) string {
	return strings.TrimPrefix(strings.ToLower(name), ruleset.MetaPrefix)
}

// addObjectFacts adds the user metadata, tags and storage class that a test gives.
func addObjectFacts(t *Test, def *rulefile.Test) {
	if def.Meta != nil {
		t.Upload.Meta = map[string]string{}
		for _, m := range *def.Meta {
			t.Upload.Meta[MetaName(m.Name.Text)] = m.Value.Text
		}
		t.Upload.Known |= GivenMeta
	}
	if def.Tags != nil {
		t.Upload.Tags = map[string]string{}
		for _, m := range *def.Tags {
			t.Upload.Tags[m.Name.Text] = m.Value.Text
		}
		t.Upload.Known |= GivenTags
	}
	if def.Class != nil {
		t.Upload.Class = def.Class.Text
		t.Upload.Known |= GivenClass
	}
	t.Given |= t.Upload.Known
}

// LookUpAccess is what a rule may ask OSS about uploads.
type LookUpAccess struct {
	Rule    string
	Facts   Given              // a subset of GivenByOSS
	Sources []BucketKeyPattern // the uploads
}

// addLookUp adds what a rule may ask about uploads in the areas.
func (a *Access) addLookUp(r *ruleset.Rule, areas []uploadArea) {
	facts := r.Asks()
	if !r.Enabled || facts == 0 || len(areas) == 0 {
		return
	}
	l := LookUpAccess{Rule: r.Name, Facts: facts}
	for _, area := range areas {
		l.Sources = append(l.Sources, BucketKeyPattern{area.bucket, area.prefix + "*"})
	}
	a.LookUps = append(a.LookUps, l)
}

// namedReason returns why a condition on user metadata or a tag does not hold.
func namedReason(field string, c *ruleset.Named, value string, ok bool) string {
	if !ok {
		return fmt.Sprintf("%s %s: the object has none", field, c.Name)
	}
	return fmt.Sprintf("%s %s: %q %s", field, c.Name, value, matchesNone(c.Values))
}

// assumedByOSS returns the conditions of the rule on user metadata, tags and storage class that count as met.
func assumedByOSS(r *ruleset.Rule, u *Upload, given Given) (list []string) {
	for i := range r.Meta {
		if _, ok := u.MetaValue(r.Meta[i].Name); !ok && !given.Has(GivenMeta) {
			list = append(list, fmt.Sprintf("meta %s matches %s", r.Meta[i].Name, anyPattern(r.Meta[i].Values)))
		}
	}
	for i := range r.Tags {
		if _, ok := u.Tags[r.Tags[i].Name]; !ok && !given.Has(GivenTags) {
			list = append(list, fmt.Sprintf("tag %s matches %s", r.Tags[i].Name, anyPattern(r.Tags[i].Values)))
		}
	}
	if r.Classes != nil && !given.Has(GivenClass) {
		list = append(list, "class matches "+anyPattern(r.Classes))
	}
	return list
}
