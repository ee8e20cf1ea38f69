package ruleset

import (
	"slices"

	"onput/internal/glob"
)

// Rule is a compiled rule: its conditions and its outputs.
type Rule struct {
	Name       string
	Enabled    bool
	LogOnly    bool // mode: log
	Stop       bool
	IgnoreCase bool            // Keys, Not, Prefixes and Suffixes compare letters folded
	Keys       []*glob.Pattern // one of them must match; nil for any key
	Not        []*glob.Pattern
	Prefixes   []string // folded if IgnoreCase is set, like Suffixes
	Suffixes   []string
	Buckets    []*glob.Pattern
	Events     []*glob.Pattern
	Types      []*glob.Pattern
	Where      []Where
	Meta       []Named // user metadata, by lower-case names without x-oss-meta-
	Tags       []Named
	Classes    []*glob.Pattern
	Size       *SizeRange
	Outputs    []Output

	DefaultEvents bool // Events are the defaults of the file
	UsesCaptures  bool // tasks depend on captures

	PrefixesAsWritten, SuffixesAsWritten []string // not folded, for messages
}

// Where is a condition on a field of the event record.
type Where struct {
	Path   string // a gjson path
	Values []*glob.Pattern
}

// SizeRange bounds the object's size in bytes, both ends inclusive.
type SizeRange struct{ Min, Max int64 }

// CaptureNames returns the names of all captures in the patterns of the rule, in the order of their first use.
func (r *Rule) CaptureNames() []string {
	var names []string
	for _, p := range r.Keys {
		for _, name := range p.Names() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// UsedCaptures returns the names of the captures that the outputs of the rule use.
func (r *Rule) UsedCaptures() (names []string) {
	for i := range r.Outputs {
		for _, t := range r.Outputs[i].templates() {
			names = append(names, t.CaptureNames()...)
		}
	}
	return names
}

// CapturesSlashes reports whether a capture of the rule can hold slashes.
func (r *Rule) CapturesSlashes(name string) bool {
	return slices.ContainsFunc(r.Keys, func(p *glob.Pattern) bool { return p.CapturesSlashes(name) })
}

// Uses reports whether a task of the rule depends on a variable. A target without a bucket depends on the source's.
func (r *Rule) Uses(kind PartKind) bool {
	for i := range r.Outputs {
		o := &r.Outputs[i]
		if kind == BucketPart && o.Target != nil && len(o.Target.Bucket.Parts) == 0 {
			return true
		}
		for _, t := range o.templates() {
			if slices.ContainsFunc(t.Parts, func(p Part) bool { return p.Variable().Kind == kind }) {
				return true
			}
		}
	}
	return false
}

// MatchesTargetBucket reports whether the rule may fire in a target's bucket. If that depends on the upload, it may.
func (r *Rule) MatchesTargetBucket(t *Target) bool {
	bucket, ok := t.FixedBucket()
	return !ok || r.Buckets == nil || AnyMatch(r.Buckets, bucket)
}

// fireInto fills in tasks, one for each output.
func (r *Rule) fireInto(tasks []Task, e *expansion) {
	e.matchedPattern, e.captureValues = nil, nil
	if r.UsesCaptures {
		if i := slices.IndexFunc(r.Keys, func(p *glob.Pattern) bool { return p.Match(e.u.Key) }); i >= 0 {
			e.matchedPattern = r.Keys[i]
		}
	}
	for i := range r.Outputs {
		r.Outputs[i].fillTask(r.Name, i, r.LogOnly, e, &tasks[i])
	}
}
