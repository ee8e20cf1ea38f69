package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"onput/process"
	"onput/rules/glob"
)

// Match returns every task that u fires, in file order. It is safe for concurrent use.
//
// A task whose parameters or target come out wrong for this upload is among them, with Err set: it fired, and no retry can
// help it.
func (s *Set) Match(u *Upload) []Task {
	if s.Skip(u) != "" {
		return nil
	}
	var tasks []Task
	for i := range s.rules {
		r := &s.rules[i]
		if !r.enabled || !r.matches(u) {
			continue
		}
		tasks = r.fire(u, tasks)
		if r.stop {
			break
		}
	}
	return tasks
}

// matches says whether all conditions of the rule hold.
func (r *rule) matches(u *Upload) bool {
	return r.matchesPlace(u.Bucket, u.Key) &&
		anyMatch(r.events, u.Event) &&
		(r.size == nil || u.Size >= r.size.min && u.Size <= r.size.max) &&
		(r.types == nil || u.Type != "" && anyMatch(r.types, mimeType(u.Type))) &&
		r.matchesWhere(u.Record)
}

// matchesPlace says whether the conditions on key and bucket hold.
func (r *rule) matchesPlace(bucket, key string) bool {
	if r.buckets != nil && !anyMatch(r.buckets, bucket) || r.keys != nil && !anyMatch(r.keys, key) || anyMatch(r.not, key) {
		return false
	}
	if r.prefixes == nil && r.suffixes == nil {
		return true
	}
	if r.fold {
		key = glob.FoldString(key)
	}
	return (r.prefixes == nil || slices.ContainsFunc(r.prefixes, func(p string) bool { return strings.HasPrefix(key, p) })) &&
		(r.suffixes == nil || slices.ContainsFunc(r.suffixes, func(p string) bool { return strings.HasSuffix(key, p) }))
}

func anyMatch(patterns []*glob.Pattern, value string) bool {
	for _, p := range patterns {
		if p.Match(value) {
			return true
		}
	}
	return false
}

// mimeType drops the parameters behind ; from a MIME type.
func mimeType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.TrimSpace(s)
}

func (r *rule) matchesWhere(record gjson.Result) bool {
	for i := range r.where {
		value, ok := field(record, r.where[i].path)
		if !ok || !anyMatch(r.where[i].values, value) {
			return false
		}
	}
	return true
}

// field returns a field of the event record as text. One printed form of OSS's events holds the fields that stand beside
// oss inside of it: they are found there too.
func field(record gjson.Result, path string) (string, bool) {
	v := record.Get(path)
	if !v.Exists() {
		switch first, _, _ := strings.Cut(path, "."); first {
		case "region", "requestParameters", "responseElements", "userIdentity":
			v = record.Get("oss." + path)
		}
	}
	switch v.Type {
	case gjson.String, gjson.True, gjson.False:
		return v.String(), true
	case gjson.Number:
		return v.Raw, true
	}
	return "", false
}

// fire appends the tasks of the rule for an upload that it matches.
func (r *rule) fire(u *Upload, tasks []Task) []Task {
	s := scene{u: u}
	for _, p := range r.keys {
		if p.Match(u.Key) {
			s.matched = p
			break
		}
	}
	for i := range r.outputs {
		tasks = append(tasks, r.outputs[i].task(r, i, &s))
	}
	return tasks
}

// task fills the output in for an upload.
func (o *output) task(r *rule, number int, s *scene) Task {
	t := Task{
		Rule:    r.name,
		Output:  number,
		Source:  process.Location{Bucket: s.u.Bucket, Key: s.u.Key},
		Process: o.process,
		Notify:  o.notify,
		Log:     r.log,
	}
	var err error
	if len(o.open) > 0 {
		t.Process, err = o.fill(s)
	}
	t.Err = err
	if o.target == nil {
		return t
	}
	t.Target.Bucket = s.u.Bucket
	if len(o.target.bucket.parts) > 0 {
		t.Target.Bucket = o.target.bucket.expand(s, true)
	}
	t.Target.Key = o.target.key.expand(s, true)
	if t.Err == nil {
		t.Err = checkTarget(t.Target)
	}
	return t
}

// fill returns the operation with its open parameters filled in. Whatever the values are, they never become more than the
// value of their parameter: what could end it is refused, and so is what the catalogue does not allow.
func (o *output) fill(s *scene) (string, error) {
	filled := o.request
	filled.Params = slices.Clone(o.request.Params)
	filled.Clips = slices.Clone(o.request.Clips)
	for i := range filled.Clips {
		filled.Clips[i].Params = slices.Clone(o.request.Clips[i].Params)
	}
	for _, open := range o.open {
		params := filled.Params
		if open.clip >= 0 {
			params = filled.Clips[open.clip].Params
		}
		p := &params[open.param]
		p.Value, p.Open = open.value.expand(s, false), false
	}
	for _, problem := range filled.CheckOperation() {
		if !problem.Warning {
			return o.request.String(), errors.New(problem.Message) // the filled string is not one that could be sent
		}
	}
	return filled.String(), nil
}

// checkTarget says why OSS could not have an object of that name. Variables that OSS fills in are taken as written.
func checkTarget(t process.Location) error {
	if !strings.Contains(t.Bucket, "{") && !process.ValidBucket(t.Bucket) {
		return fmt.Errorf("the target's bucket would be %q: a bucket has 3 to 63 lower-case letters, digits and hyphens", t.Bucket)
	}
	if strings.Contains(t.Bucket, "{{") {
		return fmt.Errorf("the target's bucket would be %q: a bucket has no braces in its name", process.Single(t.Bucket))
	}
	if t.Key == "" {
		return errors.New("the target's key would be empty")
	}
	if n := len(process.Single(t.Key)); n > process.MaxKey {
		return fmt.Errorf("the target's key would have %d bytes, OSS allows %d", n, process.MaxKey)
	}
	return nil
}

// Request returns the whole process string of the task, sys directives included: exactly what is sent.
func (t *Task) Request() string {
	var b strings.Builder
	b.WriteString(t.Process)
	if t.Target != (process.Location{}) {
		b.WriteString("|sys/saveas,b_")
		b.WriteString(process.EncodeBase64(t.Target.Bucket))
		b.WriteString(",o_")
		b.WriteString(process.EncodeBase64(t.Target.Key))
		if t.Notify != "" {
			b.WriteString("/notify,topic_")
			b.WriteString(process.EncodeBase64(t.Notify))
		}
	} else if t.Notify != "" {
		b.WriteString("|sys/notify,topic_")
		b.WriteString(process.EncodeBase64(t.Notify))
	}
	return b.String()
}
