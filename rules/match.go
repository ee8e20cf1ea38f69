package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"onput/internal/glob"
	"onput/internal/keyindex"
	"onput/process"
)

// Match returns every task that u fires, in file order. It is safe for concurrent use.
//
// A task whose parameters or target come out wrong for this upload is among them, with Err set: it fired, and no retry can
// help it.
//
// What it costs depends on the key and on how many rules match it, not on how many there are; PATTERNS.md says where it does.
// Where none fires, nothing is allocated, unless there are more than eight rules or sources to be compared, or parts of patterns
// to be in.
func (s *Set) Match(u *Upload) []Task {
	groups := s.listening.to(u.Event)
	if groups == 0 || s.skipsObject(u) != "" {
		return nil
	}
	var buf [8]keyindex.Hit
	hits := s.index.Find(buf[:0], u.Bucket, u.Key, groups)
	fired, count := hits[:0], 0
	for _, h := range hits {
		shot := &s.shots[h.ID]
		if groups>>shot.group&1 == 0 || !(shot.simple && h.Exact) && !s.rules[h.ID].fires(u, h.Exact) {
			continue
		}
		fired = append(fired, h)
		count += int(shot.count)
		if shot.stop {
			break
		}
	}
	if count == 0 {
		return nil
	}
	tasks, room := roomFor(count)
	in, next := scene{u: u, room: room}, tasks
	for _, h := range fired {
		shot := &s.shots[h.ID]
		if shot.simple && shot.count == 1 {
			shot.first.task(shot.name, 0, shot.log, &in, &next[0])
			next = next[1:]
			continue
		}
		next = s.rules[h.ID].write(next, &in)
	}
	return tasks
}

// roomFor returns tasks to be filled in, and room for their texts. One task, nearly always, has both in one piece of memory.
func roomFor(count int) ([]Task, []byte) {
	const texts = 64 // bytes of a task
	if count == 1 {
		one := new(struct {
			tasks [1]Task
			texts [texts]byte
		})
		return one.tasks[:], one.texts[:0]
	}
	return make([]Task, count), make([]byte, 0, count*texts)
}

// fires says whether the rule fires for u, which the index found it for. Sure says that key and bucket are known to match.
func (r *rule) fires(u *Upload, sure bool) bool {
	if !sure {
		return r.fails(u, GivenAll) == holds
	}
	return r.failsBounds(u.Key) == holds && r.failsFacts(u, GivenAll) == holds
}

// Given is a set of facts about an upload: those that are known. A condition on anything else counts as met.
type Given uint8

// The facts that conditions and targets ask for. A key is always known.
const (
	GivenBucket Given = 1 << iota
	GivenEvent
	GivenSize
	GivenType
	GivenETag
	GivenRecord // all of the event record; without it, the fields that Upload.Record has

	GivenAll = GivenBucket | GivenEvent | GivenSize | GivenType | GivenETag | GivenRecord
)

func (g Given) has(fact Given) bool { return g&fact != 0 }

// condition is what can keep a rule from firing, in the order in which it is looked at.
type condition uint8

const (
	holds condition = iota // none does
	disabled
	keyCondition
	notCondition
	prefixCondition
	suffixCondition
	bucketCondition
	eventsCondition
	sizeCondition
	typeCondition
	whereCondition
)

// fails returns the first condition of the rule that does not hold for u.
func (r *rule) fails(u *Upload, given Given) condition {
	if !r.enabled {
		return disabled
	}
	if c := r.failsPlace(u.Bucket, u.Key, given); c != holds {
		return c
	}
	return r.failsFacts(u, given)
}

// failsPlace is fails for the conditions on key and bucket alone.
func (r *rule) failsPlace(bucket, key string, given Given) condition {
	if r.keys != nil && !anyMatch(r.keys, key) {
		return keyCondition
	}
	if c := r.failsBounds(key); c != holds {
		return c
	}
	if given.has(GivenBucket) && r.buckets != nil && !anyMatch(r.buckets, bucket) {
		return bucketCondition
	}
	return holds
}

// failsBounds is fails for what bounds the keys of the patterns.
func (r *rule) failsBounds(key string) condition {
	switch {
	case anyMatch(r.not, key):
		return notCondition
	case r.prefixes != nil && !slices.ContainsFunc(r.prefixes, func(p string) bool { return hasPrefix(key, p, r.fold) }):
		return prefixCondition
	case r.suffixes != nil && !slices.ContainsFunc(r.suffixes, func(p string) bool { return hasSuffix(key, p, r.fold) }):
		return suffixCondition
	}
	return holds
}

// failsFacts is fails for what is told of an upload beside its place.
func (r *rule) failsFacts(u *Upload, given Given) condition {
	switch {
	case given.has(GivenEvent) && !anyMatch(r.events, u.Event):
		return eventsCondition
	case given.has(GivenSize) && r.size != nil && (u.Size < r.size.min || u.Size > r.size.max):
		return sizeCondition
	case given.has(GivenType) && r.types != nil && (u.Type == "" || !anyMatch(r.types, mimeType(u.Type))):
		return typeCondition
	case r.failsWhere(u.Record, given) != nil:
		return whereCondition
	}
	return holds
}

// matchesPlace says whether the conditions on key and bucket hold.
func (r *rule) matchesPlace(bucket, key string) bool {
	return r.failsPlace(bucket, key, GivenAll) == holds
}

// hasPrefix says whether key begins with prefix, which is folded itself where fold is set.
func hasPrefix(key, prefix string, fold bool) bool {
	if !fold {
		return strings.HasPrefix(key, prefix)
	}
	for _, want := range prefix {
		r, size := utf8.DecodeRuneInString(key)
		if size == 0 || r == utf8.RuneError && size == 1 || glob.Fold(r) != want {
			return false
		}
		key = key[size:]
	}
	return true
}

// hasSuffix is hasPrefix for the end of the key.
func hasSuffix(key, suffix string, fold bool) bool {
	if !fold {
		return strings.HasSuffix(key, suffix)
	}
	for suffix != "" {
		want, n := utf8.DecodeLastRuneInString(suffix)
		r, size := utf8.DecodeLastRuneInString(key)
		if size == 0 || r == utf8.RuneError && size == 1 || glob.Fold(r) != want {
			return false
		}
		suffix, key = suffix[:len(suffix)-n], key[:len(key)-size]
	}
	return true
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

// failsWhere returns the first where condition that does not hold, nil if all do.
func (r *rule) failsWhere(record gjson.Result, given Given) *where {
	for i := range r.where {
		v := field(record, r.where[i].path)
		if !v.Exists() && !given.has(GivenRecord) {
			continue
		}
		if value, ok := textOf(v); !ok || !anyMatch(r.where[i].values, value) {
			return &r.where[i]
		}
	}
	return nil
}

// field returns a field of the event record. One printed form of OSS's events holds the fields that stand beside oss
// inside of it: they are found there too.
func field(record gjson.Result, path string) gjson.Result {
	v := record.Get(path)
	if !v.Exists() {
		switch first, _, _ := strings.Cut(path, "."); first {
		case "region", "requestParameters", "responseElements", "userIdentity":
			v = record.Get("oss." + path)
		}
	}
	return v
}

// textOf returns a field as text, and false where it has none: it is missing, null, a map or a list.
func textOf(v gjson.Result) (string, bool) {
	switch v.Type {
	case gjson.String, gjson.True, gjson.False:
		return v.String(), true
	case gjson.Number:
		return v.Raw, true
	}
	return "", false
}

// fire returns the tasks of the rule for an upload that it matches.
func (r *rule) fire(u *Upload) []Task {
	tasks := make([]Task, len(r.outputs))
	r.write(tasks, &scene{u: u})
	return tasks
}

// write is fire into tasks that are there. It returns what is left of them.
func (r *rule) write(tasks []Task, s *scene) []Task {
	s.matched, s.captured = nil, nil
	if r.capturing {
		for _, p := range r.keys {
			if p.Match(s.u.Key) {
				s.matched = p
				break
			}
		}
	}
	for i := range r.outputs {
		r.outputs[i].task(r.name, i, r.log, s, &tasks[i])
	}
	return tasks[len(r.outputs):]
}

// task fills the output in for an upload.
func (o *output) task(rule string, number int, log bool, s *scene, t *Task) {
	t.Rule, t.Output = rule, number
	t.Source.Bucket, t.Source.Key = s.u.Bucket, s.u.Key
	t.Process, t.Notify, t.Log = o.process, o.notify, log
	if len(o.open) > 0 {
		t.Process, t.Err = o.fill(s)
	}
	if o.target == nil {
		return
	}
	t.Target.Bucket = s.u.Bucket
	if len(o.target.bucket.parts) > 0 {
		t.Target.Bucket = o.target.bucket.expand(s, true)
	}
	t.Target.Key = o.target.key.expand(s, true)
	if t.Err == nil {
		t.Err = o.target.check(t.Target)
	}
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
		params, lookup := filled.Params, o.operation.Parameter
		if open.clip >= 0 {
			params, lookup = filled.Clips[open.clip].Params, o.operation.Clip
		}
		p := &params[open.param]
		p.Value, p.Open = open.value.expand(s, false), false
		if spec, ok := lookup(p.Name); ok {
			if message := spec.CheckUntrusted(p.Value); message != "" {
				return o.request.String(), errors.New(message) // the filled string is not one that could be sent
			}
		}
	}
	for _, problem := range filled.CheckOperation() {
		if !problem.Warning {
			return o.request.String(), errors.New(problem.Message)
		}
	}
	return filled.String(), nil
}

// check says why OSS could not have an object of that name, which the target has come to. Variables that OSS fills in are
// taken as written.
func (t *target) check(name process.Location) error {
	if !t.bucketValid && !process.ValidBucket(name.Bucket) && !process.ValidBucketName(name.Bucket) {
		return fmt.Errorf("the target's bucket would be %q: a bucket has 3 to 63 lower-case letters, digits and hyphens", process.UnescapeBraces(name.Bucket))
	}
	if name.Key == "" {
		return errors.New("the target's key would be empty")
	}
	if len(name.Key) <= process.MaxKey {
		return nil
	}
	if n := len(process.UnescapeBraces(name.Key)); n > process.MaxKey {
		return fmt.Errorf("the target's key would have %d bytes, OSS allows %d", n, process.MaxKey)
	}
	return nil
}

// Request returns the whole process string of the task, sys directives included: exactly what is sent.
func (t *Task) Request() string {
	var target *process.Location
	if t.Target != (process.Location{}) {
		target = &t.Target
	}
	var notify *string
	if t.Notify != "" {
		notify = &t.Notify
	}
	return t.Process + process.Directives(target, notify)
}
