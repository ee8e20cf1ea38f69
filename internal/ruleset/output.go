package ruleset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"onput/process"
)

// Output makes one task of a rule. Outputs with equal targets share one.
type Output struct {
	*Action
	Target *Target // nil if the operation writes no object
	Notify string
}

// Action is an operation with its parameters.
type Action struct {
	Operation *process.Operation
	Request   process.Request // without sys directives
	Open      []OpenParam     // the parameters that hold variables
	Process   string          // Request as a string, if nothing is open
}

// OpenParam is a parameter that holds variables.
type OpenParam struct {
	Clip  int // number of the clip, from 1; 0 for the operation itself
	Param int // index in the parameters of the clip or operation
	Value Template
}

// ParamsOf returns the parameters of a clip, counted from 1, or for 0 those of the operation itself.
func ParamsOf(r *process.Request, clip int) *[]process.Param {
	if clip == 0 {
		return &r.Params
	}
	return &r.Clips[clip-1].Params
}

// Target is the object that an output writes.
type Target struct {
	Bucket Template // empty for the bucket of the upload
	Key    Template

	BucketValid bool // Bucket does not depend on the upload and has been checked
}

// templates returns all templates of the output.
func (o *Output) templates() []*Template {
	var all []*Template
	for i := range o.Open {
		all = append(all, &o.Open[i].Value)
	}
	if o.Target != nil {
		all = append(all, &o.Target.Bucket, &o.Target.Key)
	}
	return all
}

// Format returns the format of the result, such as png, "" if it is unknown or depends on the upload.
func (o *Output) Format() string {
	if o.Operation == nil || o.Operation.Format == "" {
		return ""
	}
	format, _ := o.FixedParam(o.Operation.Format)
	return format
}

// FixedParam returns the value of a parameter. It reports false if the parameter is missing or holds variables.
func (o *Output) FixedParam(name string) (string, bool) {
	for _, p := range o.Request.Params {
		if p.Name == name && !p.Open {
			return p.Value, true
		}
	}
	return "", false
}

// HasParam reports whether a parameter is given.
func (o *Output) HasParam(name string) bool {
	return slices.ContainsFunc(o.Request.Params, func(p process.Param) bool { return p.Name == name })
}

// FixedBucket returns the bucket of the target. It reports false if the bucket depends on the upload.
func (t *Target) FixedBucket() (string, bool) {
	if len(t.Bucket.Parts) == 1 && t.Bucket.Parts[0].Kind == LiteralPart {
		return t.Bucket.Parts[0].Text, true
	}
	return "", false
}

// fillTask fills in t for an upload.
func (o *Output) fillTask(rule string, number int, log bool, e *expansion, t *Task) {
	t.Rule, t.Output, t.Source = rule, number, process.Location{Bucket: e.u.Bucket, Key: e.u.Key}
	t.Process, t.Notify, t.Log = o.Process, o.Notify, log
	if len(o.Open) > 0 {
		t.Process, t.Err = o.expandProcess(e)
	}
	if o.Target != nil {
		o.Target.fillTask(e, t)
	}
}

// fillTask fills in the target of t.
func (target *Target) fillTask(e *expansion, t *Task) {
	e.err = nil
	t.Target.Bucket = e.u.Bucket
	if len(target.Bucket.Parts) > 0 {
		t.Target.Bucket = target.Bucket.expand(e, true)
	}
	t.Target.Key = target.Key.expand(e, true)
	if t.Err == nil {
		t.Err = cmp.Or(e.err, target.checkName(t.Target))
	}
}

// expandProcess returns the process with its open parameters filled in. Values are untrusted input: it is an error if one
// could end its parameter, or the catalogue does not allow it.
func (o *Output) expandProcess(e *expansion) (string, error) {
	e.err = nil
	filled := o.Request
	filled.Params = slices.Clone(o.Request.Params)
	filled.Clips = slices.Clone(o.Request.Clips)
	for i := range filled.Clips {
		filled.Clips[i].Params = slices.Clone(o.Request.Clips[i].Params)
	}
	for _, open := range o.Open {
		lookup := o.Operation.Parameter
		if open.Clip > 0 {
			lookup = o.Operation.ClipParameter
		}
		p := &(*ParamsOf(&filled, open.Clip))[open.Param]
		p.Value, p.Open = open.Value.expand(e, false), false
		if spec, ok := lookup(p.Name); ok {
			if message := spec.CheckUntrusted(p.Value); message != "" {
				return o.Request.String(), errors.New(message) // the expanded string must not be sent
			}
		}
	}
	if e.err != nil {
		return o.Request.String(), e.err
	}
	for _, problem := range filled.CheckOperation() {
		if !problem.Warning {
			return o.Request.String(), errors.New(problem.Message)
		}
	}
	return filled.String(), nil
}

// checkName returns an error if OSS cannot have an object of this name. Variables that OSS fills in count as written.
func (t *Target) checkName(name process.Location) error {
	if !t.BucketValid && !process.ValidBucket(name.Bucket) && !process.ValidBucketTemplate(name.Bucket) {
		return fmt.Errorf("the target's bucket would be %q: bucket names have 3 to 63 lower-case letters, digits and hyphens",
			process.UnescapeBraces(name.Bucket))
	}
	if name.Key == "" {
		return errors.New("the target's key would be empty")
	}
	if process.BeginsWithSlash(name.Key) {
		return fmt.Errorf("the target's key would begin with %q, which OSS does not allow", name.Key[:1])
	}
	if len(name.Key) <= process.MaxKey {
		return nil // escaping only makes it longer
	}
	if n := len(process.UnescapeBraces(name.Key)); n > process.MaxKey {
		return fmt.Errorf("the target's key would have %d bytes; OSS allows %d", n, process.MaxKey)
	}
	return nil
}
