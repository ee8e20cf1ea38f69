package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"onput/internal/ruleset"
	"onput/internal/text"
)

// Explanation tells which rules an upload fires, and why the others do not fire.
type Explanation struct {
	Upload  Upload // with the assumed bucket if none was given
	Given   Given  // the known facts, including an assumed bucket
	Assumed string // the assumption about the upload itself; "" for none
	Skip    string // why the upload fires nothing whatever the rules are; "" if the rules decide
	Rules   []RuleOutcome

	// Combinations are the rules that one upload can fire together, if what is assumed for some of the rules that fire
	// contradicts what is assumed for others. Each of these rules is in at least one combination.
	Combinations []Combination
}

// Combination is a set of rules that one upload can fire together.
type Combination struct {
	Rules   []string
	Assumed []string // the conditions that count as met for all of them
}

// RuleOutcome tells whether one rule fires for an upload, and why.
type RuleOutcome struct {
	Rule    string
	Fired   bool
	Tasks   []Task   // if it fired
	Reason  string   // if it did not fire: the first unmet condition and the value it compared
	Hint    string   // if it did not fire: a small change that makes it match, "would match with ignore_case"
	Fields  []string // if it did not fire because of where: the fields of the event as paths of where, the nearest ones first
	Assumed []string // if it fired: the conditions that count as met, and the values assumed in targets
}

// Tasks returns the tasks of all rules, in file order.
func (e *Explanation) Tasks() []Task {
	var tasks []Task
	for i := range e.Rules {
		tasks = append(tasks, e.Rules[i].Tasks...)
	}
	return tasks
}

// assumedETag stands in targets for an eTag that is not given.
const assumedETag = "ETAG"

// Explain tells for each rule whether u fires it, and why not. If all facts are given, the tasks are those of [Set.Match]. A
// condition on another fact counts as met and is listed; a rule with stop stops only rules whose conditions one upload can
// meet as well. A missing bucket is taken from the first source that may contain the key.
func (s *Set) Explain(u *Upload, given Given) Explanation { return s.explain(u, given, excludes) }

// explain is like [Set.Explain], but excludes tells which rules exclude each other.
func (s *Set) explain(u *Upload, given Given, excludes exclusion) Explanation {
	e := Explanation{Upload: *u, Given: given}
	s.assume(&e)
	if e.Skip = s.Skip(&e.Upload); e.Skip != "" {
		if e.Skip == ruleset.NotInSources {
			e.Skip += ", " + text.JoinFirst(text.QuoteAll(s.Sources()), maxListed) + s.sourceHint(&e.Upload, e.Assumed != "")
		}
		return e
	}
	var fired []*ruleset.Rule
	for i := range s.compiled.Rules {
		r := &s.compiled.Rules[i]
		outcome := RuleOutcome{Rule: r.Name}
		unmet := r.FirstUnmet(&e.Upload, e.Given)
		stoppedBy := stoppedBy(fired, r, &e, excludes)
		switch {
		case unmet == ruleset.Disabled:
			outcome.Reason = "disabled"
		case stoppedBy != "":
			outcome.Reason = "stopped by an earlier rule, " + stoppedBy
		case unmet != ruleset.NoCondition:
			outcome.Reason = unmetReason(r, unmet, &e.Upload, e.Given)
			outcome.Hint = hint(r, unmet, &e.Upload, e.Given)
			if unmet == ruleset.WhereCondition {
				outcome.Fields = ruleset.FieldsNear(r.FirstUnmetWhere(e.Upload.Record, e.Given).Path, e.Upload.Record)
			}
		default:
			outcome.Fired, outcome.Tasks = true, s.compiled.Fire(i, &e.Upload)
			outcome.Assumed = assumptions(r, &e.Upload, e.Given)
			fired = append(fired, r)
		}
		e.Rules = append(e.Rules, outcome)
	}
	e.Combinations = combinations(fired, &e, excludes)
	return e
}

// stoppedBy returns the name of the first rule of fired that stops r, "" if none does.
func stoppedBy(fired []*ruleset.Rule, r *ruleset.Rule, e *Explanation, excludes exclusion) string {
	for _, earlier := range fired {
		if earlier.Stop && excludes(earlier, r, e) == "" {
			return earlier.Name
		}
	}
	return ""
}

// assume fills in the facts that are needed but not given: the bucket, and an eTag for targets.
func (s *Set) assume(e *Explanation) {
	u := &e.Upload
	if !e.Given.Has(GivenSize) {
		u.Size = -1
	}
	if !e.Given.Has(GivenETag) {
		u.ETag = assumedETag
	}
	if !e.Given.Has(GivenTime) {
		u.Time = assumedTime
	}
	if e.Given.Has(GivenBucket) {
		return
	}
	u.Bucket = s.ExampleUploadLocation().Bucket
	if len(s.compiled.Sources) == 0 {
		return
	}
	for i := range s.compiled.Sources {
		source := &s.compiled.Sources[i]
		if name := source.ExampleBucket(); name != "" && strings.HasPrefix(u.Key, source.Prefix) {
			u.Bucket = name
			break
		}
	}
	e.Given |= GivenBucket
	e.Assumed = "bucket is " + u.Bucket + ", from sources"
}

// assumedTime is the time of an upload for which none is given. Its parts differ, so that a target shows which is which.
var assumedTime = time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)

// assumptions returns the conditions of the rule that count as met, and the values assumed in its tasks.
func assumptions(r *ruleset.Rule, u *Upload, given Given) []string {
	list := conditionsAssumed(r, u, given)
	if !given.Has(GivenBucket) && r.Uses(ruleset.BucketPart) {
		list = append(list, "bucket is "+u.Bucket)
	}
	if !given.Has(GivenETag) && r.Uses(ruleset.ETagPart) {
		list = append(list, "eTag is "+assumedETag)
	}
	if !given.Has(GivenTime) && r.Uses(ruleset.TimePart) {
		list = append(list, "time is "+assumedTime.Format(time.RFC3339))
	}
	return list
}

// conditionsAssumed returns the conditions of the rule that count as met.
func conditionsAssumed(r *ruleset.Rule, u *Upload, given Given) []string {
	var list []string
	assumed := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if !given.Has(GivenBucket) && r.Buckets != nil {
		assumed("bucket matches %s", anyPattern(r.Buckets))
	}
	if !given.Has(GivenEvent) && !slices.Equal(eventNames(r), DefaultEvents) {
		assumed("%s", eventAssumption(r))
	}
	if !given.Has(GivenSize) && r.Size != nil {
		assumed("size is %s", sizeWords(r.Size))
	}
	if !given.Has(GivenType) && r.Types != nil {
		assumed("type matches %s", anyPattern(r.Types))
	}
	for i := range r.Where {
		if w := &r.Where[i]; !given.Has(GivenRecord) && !ruleset.RecordField(u.Record, w.Path).Exists() {
			assumed("%s matches %s", w.Path, anyPattern(w.Values))
		}
	}
	return append(list, assumedByOSS(r, u, given)...)
}

// eventAssumption returns that the event of an upload is one of those of the rule.
func eventAssumption(r *ruleset.Rule) string {
	return "event is " + strings.Join(eventNames(r), " or ")
}
