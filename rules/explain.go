package rules

import (
	"fmt"
	"slices"
	"strings"

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
}

// RuleOutcome tells whether one rule fires for an upload, and why.
type RuleOutcome struct {
	Rule    string
	Fired   bool
	Tasks   []Task   // if it fired
	Reason  string   // if it did not fire: the first unmet condition and the value it compared
	Hint    string   // if it did not fire: a small change that makes it match, "would match with ignore_case"
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
// condition on another fact counts as met and is listed. A missing bucket is taken from the first source that may contain
// the key.
func (s *Set) Explain(u *Upload, given Given) Explanation {
	e := Explanation{Upload: *u, Given: given}
	s.assume(&e)
	if e.Skip = s.Skip(&e.Upload); e.Skip != "" {
		if e.Skip == ruleset.NotInSources {
			e.Skip += ", " + text.JoinFirst(quoteAll(s.Sources()), maxListed) + s.sourceHint(&e.Upload, e.Assumed != "")
		}
		return e
	}
	stoppedBy := ""
	for i := range s.compiled.Rules {
		r := &s.compiled.Rules[i]
		outcome := RuleOutcome{Rule: r.Name}
		unmet := r.FirstUnmet(&e.Upload, e.Given)
		switch {
		case unmet == ruleset.Disabled:
			outcome.Reason = "disabled"
		case stoppedBy != "":
			outcome.Reason = "stopped by an earlier rule, " + stoppedBy
		case unmet != ruleset.NoCondition:
			outcome.Reason = unmetReason(r, unmet, &e.Upload, e.Given)
			outcome.Hint = hint(r, unmet, &e.Upload, e.Given)
		default:
			outcome.Fired, outcome.Tasks = true, s.compiled.Fire(i, &e.Upload)
			outcome.Assumed = assumptions(r, &e.Upload, e.Given)
			if r.Stop {
				stoppedBy = r.Name
			}
		}
		e.Rules = append(e.Rules, outcome)
	}
	return e
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

// assumptions returns the conditions of the rule that count as met, and the values assumed in its tasks.
func assumptions(r *ruleset.Rule, u *Upload, given Given) []string {
	var list []string
	assumed := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if !given.Has(GivenBucket) && r.Buckets != nil {
		assumed("bucket matches %s", anyPattern(r.Buckets))
	}
	if names := eventNames(r); !given.Has(GivenEvent) && !slices.Equal(names, DefaultEvents) {
		assumed("event is %s", strings.Join(names, " or "))
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
	if !given.Has(GivenBucket) && r.Uses(ruleset.BucketPart) {
		assumed("bucket is %s", u.Bucket)
	}
	if !given.Has(GivenETag) && r.Uses(ruleset.ETagPart) {
		assumed("eTag is %s", assumedETag)
	}
	return list
}
