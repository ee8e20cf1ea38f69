package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
)

// Explanation is what the rules make of an upload, and why.
type Explanation struct {
	Upload  Upload // as it was taken: a bucket that is not given is filled in
	Given   Given  // what of it is known: the bucket too, where sources tell it
	Assumed string // what was assumed of the upload itself, "" for nothing
	Skip    string // why it fires nothing whatever the rules are; "" if they decide
	Rules   []Verdict
}

// Verdict is what one rule makes of an upload.
type Verdict struct {
	Rule    string
	Fired   bool
	Tasks   []Task   // what it fired
	Reason  string   // where it did not fire: the first condition that failed, and what it saw
	Hint    string   // how the rule would match, where little is amiss: "would match with ignore_case"
	Assumed []string // where it fired: conditions on what is not given, and values that targets took
}

// Tasks returns what all rules fired, in file order.
func (e *Explanation) Tasks() []Task {
	var tasks []Task
	for i := range e.Rules {
		tasks = append(tasks, e.Rules[i].Tasks...)
	}
	return tasks
}

// placeholder stands in targets for an eTag that is not given.
const placeholder = "ETAG"

// Explain says for each rule whether u fires it, and why not. Where all facts are given the tasks are those of Match. A
// condition on a fact that is not counts as met, and the verdict lists it; a bucket that is not given is the one of the
// first source that lets the key fire.
func (s *Set) Explain(u *Upload, given Given) Explanation {
	e := Explanation{Upload: *u, Given: given}
	s.assume(&e)
	if e.Skip = s.Skip(&e.Upload); e.Skip != "" {
		if len(s.compiled.Sources) > 0 && !s.compiled.IsSource(e.Upload.Bucket, e.Upload.Key) {
			e.Skip += ", " + s.sourceList()
		}
		return e
	}
	stopped := ""
	for i := range s.compiled.Rules {
		r := &s.compiled.Rules[i]
		v := Verdict{Rule: r.Name}
		failed := r.FirstUnmet(&e.Upload, e.Given)
		switch {
		case failed == ruleset.Disabled:
			v.Reason = "disabled"
		case stopped != "":
			v.Reason = "an earlier rule, " + stopped + ", stopped"
		case failed != ruleset.NoCondition:
			v.Reason = reason(r, failed, &e.Upload, e.Given)
			v.Hint = hint(r, failed, &e.Upload, e.Given)
		default:
			v.Fired = true
			v.Tasks = r.Fire(&e.Upload)
			v.Assumed = assumed(r, &e.Upload, e.Given)
			if r.Stop {
				stopped = r.Name
			}
		}
		e.Rules = append(e.Rules, v)
	}
	return e
}

// assume fills in what is not given and yet needed: the bucket, and an eTag for targets.
func (s *Set) assume(e *Explanation) {
	u := &e.Upload
	if !e.Given.Has(GivenSize) {
		u.Size = -1
	}
	if !e.Given.Has(GivenETag) {
		u.ETag = placeholder
	}
	if e.Given.Has(GivenBucket) {
		return
	}
	u.Bucket = s.ExampleUploadLocation().Bucket
	if len(s.compiled.Sources) == 0 {
		return
	}
	for i := range s.compiled.Sources {
		if name := s.compiled.Sources[i].ExampleBucket(); strings.HasPrefix(u.Key, s.compiled.Sources[i].Prefix) && name != "" {
			u.Bucket = name
			break
		}
	}
	e.Given |= GivenBucket
	e.Assumed = "bucket is " + u.Bucket + ", from sources"
}

func (s *Set) sourceList() string {
	var list []string
	for i := range s.compiled.Sources {
		list = append(list, strconv.Quote(s.compiled.Sources[i].Bucket.String()+"/"+s.compiled.Sources[i].Prefix))
	}
	return joinTruncated(list)
}

// reason says why the condition does not hold.
func reason(r *ruleset.Rule, c ruleset.Condition, u *Upload, given Given) string {
	switch c {
	case ruleset.KeyCondition:
		return "key: " + strconv.Quote(u.Key) + " " + matchesNone(r.Keys)
	case ruleset.NotCondition:
		i := slices.IndexFunc(r.Not, func(p *glob.Pattern) bool { return p.Match(u.Key) })
		return "not: " + strconv.Quote(r.Not[i].String()) + " matches the key"
	case ruleset.PrefixCondition:
		return "prefix: " + strconv.Quote(u.Key) + " does not begin with " + anyOf(r.PrefixesAsWritten)
	case ruleset.SuffixCondition:
		return "suffix: " + strconv.Quote(u.Key) + " does not end with " + anyOf(r.SuffixesAsWritten)
	case ruleset.BucketCondition:
		return "bucket: " + strconv.Quote(u.Bucket) + " " + matchesNone(r.Buckets)
	case ruleset.EventsCondition:
		if u.Event == "" {
			return "events: the record does not name its event"
		}
		list := eventNames(r)
		if len(list) == 1 {
			return "event " + u.Event + " is not " + list[0]
		}
		return "event " + u.Event + " is none of " + joinTruncated(list)
	case ruleset.SizeCondition:
		switch {
		case u.Size < 0:
			return "size: the event has none"
		case u.Size < r.Size.Min:
			return "size " + bytesSeen(u.Size) + " is below min " + bytesWritten(r.Size.Min)
		}
		return "size " + bytesSeen(u.Size) + " is above max " + bytesWritten(r.Size.Max)
	case ruleset.TypeCondition:
		if u.Type == "" {
			return "type: the object has none"
		}
		return "type: " + strconv.Quote(ruleset.MediaType(u.Type)) + " " + matchesNone(r.Types)
	case ruleset.WhereCondition:
		w := r.FirstUnmetWhere(u.Record, given)
		value, ok := ruleset.FieldText(ruleset.RecordField(u.Record, w.Path))
		if !ok {
			return "where " + w.Path + ": " + missing(u, w.Path)
		}
		return "where " + w.Path + ": " + strconv.Quote(value) + " " + matchesNone(w.Values)
	}
	return ""
}

// missing says what a field without a text is.
func missing(u *Upload, path string) string {
	if v := ruleset.RecordField(u.Record, path); v.IsObject() || v.IsArray() {
		return "no single value"
	}
	return "missing"
}

// eventNames returns the events of the rule as a rule file would name them.
func eventNames(r *ruleset.Rule) []string {
	var list []string
	for _, p := range r.Events {
		name := p.String()
		if short, ok := strings.CutPrefix(name, "ObjectCreated:"); ok && short != "*" {
			name = short
		}
		list = append(list, name)
	}
	return list
}

// listed is how many patterns a sentence names.
const listed = 8

func joinTruncated(list []string) string {
	if more := len(list) - listed; more > 1 {
		return strings.Join(list[:listed], ", ") + " and " + strconv.Itoa(more) + " more"
	}
	return strings.Join(list, ", ")
}

func quotedPatterns(patterns []*glob.Pattern) []string {
	var list []string
	for _, p := range patterns {
		list = append(list, strconv.Quote(p.String()))
	}
	return list
}

func matchesNone(patterns []*glob.Pattern) string {
	if len(patterns) == 1 {
		return "does not match " + strconv.Quote(patterns[0].String())
	}
	return "matches none of " + joinTruncated(quotedPatterns(patterns))
}

func anyOf(texts []string) string {
	var list []string
	for _, t := range texts {
		list = append(list, strconv.Quote(t))
	}
	if len(list) > 1 {
		return "any of " + joinTruncated(list)
	}
	return strings.Join(list, "")
}

// bytesWritten returns a size as a rule file writes it.
func bytesWritten(n int64) string {
	for i := 2; i >= 0; i-- {
		if unit := rulefile.SizeUnits[i]; n >= unit.Bytes && n%unit.Bytes == 0 {
			return strconv.FormatInt(n/unit.Bytes, 10) + unit.Name
		}
	}
	return strconv.FormatInt(n, 10)
}

// bytesSeen returns the size of an object for people.
func bytesSeen(n int64) string {
	text := strconv.FormatInt(n, 10) + " B"
	for i := 2; i >= 0; i-- {
		if unit := rulefile.SizeUnits[i]; n >= 10*unit.Bytes || i > 0 && n >= unit.Bytes {
			return fmt.Sprintf("%s (%.1f %s)", text, float64(n)/float64(unit.Bytes), unit.Name)
		}
	}
	return text
}

// hint says what small change would make the rule match, if one would: letter case, or a pattern that reaches less far
// than it seems to.
func hint(r *ruleset.Rule, c ruleset.Condition, u *Upload, given Given) string {
	if c != ruleset.KeyCondition && c != ruleset.PrefixCondition && c != ruleset.SuffixCondition {
		return ""
	}
	if !r.IgnoreCase && folded(r).FirstUnmet(u, given) == ruleset.NoCondition {
		return "would match with ignore_case"
	}
	if c != ruleset.KeyCondition {
		return ""
	}
	for _, p := range r.Keys {
		for _, other := range similarPatterns(p.String()) {
			pattern, err := glob.Parse(other, r.IgnoreCase)
			if err != nil || !pattern.Match(u.Key) {
				continue
			}
			changed := *r
			changed.Keys = []*glob.Pattern{pattern}
			if changed.FirstUnmet(u, given) == ruleset.NoCondition {
				return "would match as " + strconv.Quote(other)
			}
		}
	}
	return ""
}

// folded returns the rule with ignore_case.
func folded(r *ruleset.Rule) *ruleset.Rule {
	f := *r
	f.IgnoreCase = true
	f.Keys, f.Not = foldAll(r.Keys), foldAll(r.Not)
	f.Prefixes, f.Suffixes = nil, nil
	for _, p := range r.Prefixes {
		f.Prefixes = append(f.Prefixes, glob.FoldString(p))
	}
	for _, p := range r.Suffixes {
		f.Suffixes = append(f.Suffixes, glob.FoldString(p))
	}
	return &f
}

func foldAll(patterns []*glob.Pattern) []*glob.Pattern {
	var all []*glob.Pattern
	for _, p := range patterns {
		if folded, err := glob.Parse(p.String(), true); err == nil {
			all = append(all, folded)
		}
	}
	return all
}

// near returns what the author of a pattern with a slash may have meant: the name at any depth, any folder below the one
// that is named, everything in a folder.
func similarPatterns(pattern string) []string {
	slash := strings.LastIndexByte(pattern, '/')
	if slash < 0 {
		return nil
	}
	folder, name := pattern[:slash+1], pattern[slash+1:]
	switch {
	case slash == 0:
		return []string{name}
	case name == "":
		return []string{pattern + "**"}
	}
	return []string{folder + "**/" + name, "**/" + strings.TrimPrefix(pattern, "/")}
}

// assumed lists the conditions of the rule on what is not given, and what its tasks took for it.
func assumed(r *ruleset.Rule, u *Upload, given Given) []string {
	var list []string
	if !given.Has(GivenBucket) && r.Buckets != nil {
		list = append(list, "bucket matches "+anyPattern(r.Buckets))
	}
	if names := eventNames(r); !given.Has(GivenEvent) && !slices.Equal(names, DefaultEvents) {
		list = append(list, "event is "+strings.Join(names, " or "))
	}
	if !given.Has(GivenSize) && r.Size != nil {
		list = append(list, "size is "+sizeWords(r.Size))
	}
	if !given.Has(GivenType) && r.Types != nil {
		list = append(list, "type matches "+anyPattern(r.Types))
	}
	for i := range r.Where {
		if w := &r.Where[i]; !given.Has(GivenRecord) && !ruleset.RecordField(u.Record, w.Path).Exists() {
			list = append(list, w.Path+" matches "+anyPattern(w.Values))
		}
	}
	if !given.Has(GivenBucket) && r.Uses(ruleset.BucketPart) {
		list = append(list, "bucket is "+u.Bucket)
	}
	if !given.Has(GivenETag) && r.Uses(ruleset.ETagPart) {
		list = append(list, "eTag is "+placeholder)
	}
	return list
}

func anyPattern(patterns []*glob.Pattern) string {
	return strings.Join(quotedPatterns(patterns), " or ")
}

// sizeWords returns the bounds of a size in words.
func sizeWords(s *ruleset.SizeRange) string {
	switch {
	case s.Max == math.MaxInt64:
		return "at least " + bytesWritten(s.Min)
	case s.Min == 0:
		return "at most " + bytesWritten(s.Max)
	}
	return bytesWritten(s.Min) + " to " + bytesWritten(s.Max)
}
