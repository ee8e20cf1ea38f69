package ruleset

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"onput/process"
)

// Output makes one task of a rule. Outputs with equal targets share one.
type Output struct {
	*Action
	Target      *Target // nil if the operation writes no object
	Notify      string
	Synchronous bool // OSS carries the process out while the function waits; Target is then literal
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
	Segment int // of the request
	Param   int // index in the parameters of the segment
	Value   Template
}

// Target is the object that an output writes.
type Target struct {
	Bucket Template // empty for the bucket of the upload
	Key    Template

	BucketValid bool // Bucket does not depend on the upload and has been checked
	Literal     bool // of a synchronous process: OSS expands nothing in it and appends no extension, so its braces are not doubled
}

// ParseSent parses the bucket or key of the target as sent, whose variables are all OSS's.
func (t *Target) ParseSent(s string) Template {
	if t.Literal {
		return Template{Parts: []Part{{Kind: LiteralPart, Text: s}}}
	}
	return parseSent(s)
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
	return o.Request.Format()
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
	t.Synchronous = target.Literal
	t.Target.Bucket = e.u.Bucket
	if len(target.Bucket.Parts) > 0 {
		t.Target.Bucket = target.Bucket.expand(e, !target.Literal)
	}
	t.Target.Key = target.Key.expand(e, !target.Literal)
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
	filled.Chain = slices.Clone(o.Request.Chain)
	for segment := 1; segment < filled.Segments(); segment++ {
		params := filled.ParamsOf(segment)
		*params = slices.Clone(*params)
	}
	for _, open := range o.Open {
		p := &(*filled.ParamsOf(open.Segment))[open.Param]
		p.Value, p.Open = open.Value.expand(e, false), false
		if spec, ok := filled.Parameter(open.Segment, *p); ok {
			message := spec.CheckUntrusted(p.Value)
			if message == "" && spec.Kind == process.Mark && strings.Count(p.Value, "?") != strings.Count(open.Value.String(), "?") {
				message = fmt.Sprintf("%s cannot be %q: what follows a ? of a key would be a process", spec.Name, p.Value)
			}
			if message != "" {
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
	if !t.BucketValid && !process.ValidBucket(name.Bucket) && (t.Literal || !process.ValidBucketTemplate(name.Bucket)) {
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
	n := len(name.Key)
	if !t.Literal {
		n = len(process.UnescapeBraces(name.Key))
	}
	if n > process.MaxKey {
		return fmt.Errorf("the target's key would have %d bytes; OSS allows %d", n, process.MaxKey)
	}
	return nil
}
