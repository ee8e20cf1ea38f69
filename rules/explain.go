package rules

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/glob"
	"onput/process"
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
		if len(s.sources) > 0 && !s.isSource(e.Upload.Bucket, e.Upload.Key) {
			e.Skip += ", " + s.sourceList()
		}
		return e
	}
	stopped := ""
	for i := range s.rules {
		r := &s.rules[i]
		v := Verdict{Rule: r.name}
		failed := r.fails(&e.Upload, e.Given)
		switch {
		case failed == disabled:
			v.Reason = "disabled"
		case stopped != "":
			v.Reason = "an earlier rule, " + stopped + ", stopped"
		case failed != holds:
			v.Reason = r.reason(failed, &e.Upload, e.Given)
			v.Hint = r.hint(failed, &e.Upload, e.Given)
		default:
			v.Fired = true
			v.Tasks = r.fire(&e.Upload)
			v.Assumed = r.assumed(&e.Upload, e.Given)
			if r.stop {
				stopped = r.name
			}
		}
		e.Rules = append(e.Rules, v)
	}
	return e
}

// assume fills in what is not given and yet needed: the bucket, and an eTag for targets.
func (s *Set) assume(e *Explanation) {
	u := &e.Upload
	if !e.Given.has(GivenSize) {
		u.Size = -1
	}
	if !e.Given.has(GivenETag) {
		u.ETag = placeholder
	}
	if e.Given.has(GivenBucket) {
		return
	}
	u.Bucket = s.ExampleUploadLocation().Bucket
	if len(s.sources) == 0 {
		return
	}
	for i := range s.sources {
		if name := s.sources[i].example(); strings.HasPrefix(u.Key, s.sources[i].prefix) && name != "" {
			u.Bucket = name
			break
		}
	}
	e.Given |= GivenBucket
	e.Assumed = "bucket is " + u.Bucket + ", from sources"
}

func (s *Set) sourceList() string {
	var list []string
	for i := range s.sources {
		list = append(list, strconv.Quote(s.sources[i].bucket.String()+"/"+s.sources[i].prefix))
	}
	return some(list)
}

// reason says why the condition does not hold.
func (r *rule) reason(c condition, u *Upload, given Given) string {
	switch c {
	case keyCondition:
		return "key: " + strconv.Quote(u.Key) + " " + matchesNone(r.keys)
	case notCondition:
		i := slices.IndexFunc(r.not, func(p *glob.Pattern) bool { return p.Match(u.Key) })
		return "not: " + strconv.Quote(r.not[i].String()) + " matches the key"
	case prefixCondition:
		return "prefix: " + strconv.Quote(u.Key) + " does not begin with " + anyOf(r.prefixesWritten)
	case suffixCondition:
		return "suffix: " + strconv.Quote(u.Key) + " does not end with " + anyOf(r.suffixesWritten)
	case bucketCondition:
		return "bucket: " + strconv.Quote(u.Bucket) + " " + matchesNone(r.buckets)
	case eventsCondition:
		if u.Event == "" {
			return "events: the record does not name its event"
		}
		list := r.eventNames()
		if len(list) == 1 {
			return "event " + u.Event + " is not " + list[0]
		}
		return "event " + u.Event + " is none of " + some(list)
	case sizeCondition:
		switch {
		case u.Size < 0:
			return "size: the event has none"
		case u.Size < r.size.min:
			return "size " + bytesSeen(u.Size) + " is below min " + bytesWritten(r.size.min)
		}
		return "size " + bytesSeen(u.Size) + " is above max " + bytesWritten(r.size.max)
	case typeCondition:
		if u.Type == "" {
			return "type: the object has none"
		}
		return "type: " + strconv.Quote(mimeType(u.Type)) + " " + matchesNone(r.types)
	case whereCondition:
		w := r.failsWhere(u.Record, given)
		value, ok := textOf(field(u.Record, w.path))
		if !ok {
			return "where " + w.path + ": " + missing(u, w.path)
		}
		return "where " + w.path + ": " + strconv.Quote(value) + " " + matchesNone(w.values)
	}
	return ""
}

// missing says what a field without a text is.
func missing(u *Upload, path string) string {
	if v := field(u.Record, path); v.IsObject() || v.IsArray() {
		return "no single value"
	}
	return "missing"
}

// eventNames returns the events of the rule as a rule file would name them.
func (r *rule) eventNames() []string {
	var list []string
	for _, p := range r.events {
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

func some(list []string) string {
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
	return "matches none of " + some(quotedPatterns(patterns))
}

func anyOf(texts []string) string {
	var list []string
	for _, t := range texts {
		list = append(list, strconv.Quote(t))
	}
	if len(list) > 1 {
		return "any of " + some(list)
	}
	return strings.Join(list, "")
}

// bytesWritten returns a size as a rule file writes it.
func bytesWritten(n int64) string {
	for i := 2; i >= 0; i-- {
		if unit := sizeUnits[i]; n >= unit.bytes && n%unit.bytes == 0 {
			return strconv.FormatInt(n/unit.bytes, 10) + unit.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// bytesSeen returns the size of an object for people.
func bytesSeen(n int64) string {
	text := strconv.FormatInt(n, 10) + " B"
	for i := 2; i >= 0; i-- {
		if unit := sizeUnits[i]; n >= 10*unit.bytes || i > 0 && n >= unit.bytes {
			return fmt.Sprintf("%s (%.1f %s)", text, float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return text
}

// hint says what small change would make the rule match, if one would: letter case, or a pattern that reaches less far
// than it seems to.
func (r *rule) hint(c condition, u *Upload, given Given) string {
	if c != keyCondition && c != prefixCondition && c != suffixCondition {
		return ""
	}
	if !r.fold && r.folded().fails(u, given) == holds {
		return "would match with ignore_case"
	}
	if c != keyCondition {
		return ""
	}
	for _, p := range r.keys {
		for _, other := range near(p.String()) {
			pattern, err := glob.Parse(other, r.fold)
			if err != nil || !pattern.Match(u.Key) {
				continue
			}
			changed := *r
			changed.keys = []*glob.Pattern{pattern}
			if changed.fails(u, given) == holds {
				return "would match as " + strconv.Quote(other)
			}
		}
	}
	return ""
}

// folded returns the rule with ignore_case.
func (r *rule) folded() *rule {
	f := *r
	f.fold = true
	f.keys, f.not = foldAll(r.keys), foldAll(r.not)
	f.prefixes, f.suffixes = nil, nil
	for _, p := range r.prefixes {
		f.prefixes = append(f.prefixes, glob.FoldString(p))
	}
	for _, p := range r.suffixes {
		f.suffixes = append(f.suffixes, glob.FoldString(p))
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
func near(pattern string) []string {
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
func (r *rule) assumed(u *Upload, given Given) []string {
	var list []string
	if !given.has(GivenBucket) && r.buckets != nil {
		list = append(list, "bucket matches "+anyPattern(r.buckets))
	}
	if names := r.eventNames(); !given.has(GivenEvent) && !slices.Equal(names, DefaultEvents) {
		list = append(list, "event is "+strings.Join(names, " or "))
	}
	if !given.has(GivenSize) && r.size != nil {
		list = append(list, "size is "+r.size.String())
	}
	if !given.has(GivenType) && r.types != nil {
		list = append(list, "type matches "+anyPattern(r.types))
	}
	for i := range r.where {
		if w := &r.where[i]; !given.has(GivenRecord) && !field(u.Record, w.path).Exists() {
			list = append(list, w.path+" matches "+anyPattern(w.values))
		}
	}
	if !given.has(GivenBucket) && r.uses(bucketPart) {
		list = append(list, "bucket is "+u.Bucket)
	}
	if !given.has(GivenETag) && r.uses(etagPart) {
		list = append(list, "eTag is "+placeholder)
	}
	return list
}

func anyPattern(patterns []*glob.Pattern) string {
	return strings.Join(quotedPatterns(patterns), " or ")
}

// String returns the bounds in words.
func (s *size) String() string {
	switch {
	case s.max == math.MaxInt64:
		return "at least " + bytesWritten(s.min)
	case s.min == 0:
		return "at most " + bytesWritten(s.max)
	}
	return bytesWritten(s.min) + " to " + bytesWritten(s.max)
}

// uses says whether a task of the rule depends on a variable. A target without a bucket of its own depends on the source's.
func (r *rule) uses(kind partKind) bool {
	has := func(t template) bool {
		return slices.ContainsFunc(t.parts, func(p part) bool { return p.kind == kind })
	}
	return slices.ContainsFunc(r.outputs, func(o output) bool {
		return slices.ContainsFunc(o.open, func(p openParam) bool { return has(p.value) }) ||
			o.target != nil && (has(o.target.key) || has(o.target.bucket) || kind == bucketPart && len(o.target.bucket.parts) == 0)
	})
}

// ParseSize reads a number of bytes as a rule file writes it: 900, 5MiB.
func ParseSize(text string) (int64, error) {
	d := newDocument("", "")
	n, ok := d.bytes(scalar{text, &yaml.Node{Kind: yaml.ScalarNode, Value: text}})
	if !ok {
		return 0, errors.New(d.errors[0].Message)
	}
	return n, nil
}

// Words returns the operation of the task in words.
func (t *Task) Words() string {
	r, err := process.ParseTemplate(t.Process) // one that could not be filled in still has its variables
	if err != nil {
		return ""
	}
	return r.Describe()
}
