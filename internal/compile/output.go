package compile

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/process"
)

// unknownAction is the action of an output whose process is missing or invalid.
var unknownAction ruleset.Action

func (c *compiler) compileOutput(def *rulefile.Output, defaults *defaults, scope ruleset.Scope) ruleset.Output {
	o := ruleset.Output{Action: &unknownAction, Notify: defaults.notify}
	if def.Notify != nil {
		o.Notify = c.topic(*def.Notify)
	}
	if def.Process == nil {
		if def.Lacks("process") && (def.InList || def.Lacks("outputs")) {
			c.Error(def.Node, "missing-field", "process is missing: add one, such as process: doc/convert,target_pdf")
		}
	} else if p := c.compileProcess(def.Process, scope); p != nil {
		o.Action = p.Action
		if c.mistakes != nil {
			for _, mistake := range c.mistakes(&p.Request) {
				c.reportProblem(def.Process, p, mistake)
			}
		}
	}
	if o.Operation != nil && c.isSynchronous(def, o.Action) {
		o.Synchronous = true
		if def.Notify != nil && o.Notify != "" {
			c.Error(def.Notify.Node, "notify", "%s is synchronous, and its result is there when OSS answers: remove notify",
				o.Request.Operation)
		}
		o.Notify = "" // a default does not reach it
	}
	switch {
	case o.Operation == nil && def.Target != nil:
		c.compileTarget(def, defaults, nil, false, scope) // to report its errors
	case o.Operation == nil:
	case o.Operation.NoOutput && def.Target != nil:
		c.Error(def.Target, "target", "%s writes no object, and its result comes in the message to notify: remove target",
			o.Operation.Name)
	case o.Operation.NoOutput && o.Notify == "":
		c.Error(def.Process, "notify", "%s needs notify, the name of an SMQ topic: its result comes only in the completion message",
			o.Operation.Name)
	case o.Operation.NoOutput:
	case def.Target == nil:
		if def.Lacks("target") {
			c.Error(def.Process, "missing-field", "target is missing: say where the result of %s goes, "+
				"such as target: \"{dirname}/{barename}.%s\"", o.Request.Operation, cmp.Or(o.Format(), "EXT"))
		}
	default:
		o.Target = c.shareTarget(c.compileTarget(def, defaults, o.Operation, o.Synchronous, scope))
	}
	return o
}

// isSynchronous reports whether OSS carries out an action while the function waits. Of a style only sync tells.
func (c *compiler) isSynchronous(def *rulefile.Output, a *ruleset.Action) bool {
	switch operation := a.Request.Operation; {
	case def.Sync == nil:
	case strings.HasPrefix(operation, "style/"):
		if def.Synchronous && strings.HasPrefix(operation, "style/::") {
			c.Warn(def.Sync, "unconfirmed", "%s is unconfirmed with sync: built-in styles are only documented for tasks", operation)
		}
		return def.Synchronous
	case def.Synchronous && !a.Operation.Synchronous:
		c.Error(def.Sync, "sync", "OSS carries out %s as a task only: remove sync, which is for styles", operation)
	case !def.Synchronous && a.Operation.Synchronous:
		c.Error(def.Sync, "sync", "%s is always synchronous: remove sync, which is for styles", operation)
	}
	return a.Operation.Synchronous
}

// shareTarget returns the first target that is equal to t, because the loop check examines each target once.
func (c *compiler) shareTarget(t *ruleset.Target) *ruleset.Target {
	text := fmt.Sprintf("%s/%s %v", t.Bucket, t.Key, t.Literal)
	if equal, ok := c.targets[text]; ok {
		return equal
	}
	c.targets[text] = t
	return t
}

// compileTarget compiles the target of an output. op is nil if the operation is unknown. In the target of a synchronous one
// OSS fills in no variables.
func (c *compiler) compileTarget(
	def *rulefile.Output, defaults *defaults, op *process.Operation, synchronous bool, scope ruleset.Scope,
) *ruleset.Target {
	t := &ruleset.Target{Literal: synchronous}
	scope.Clock = !synchronous
	if scope.NotHere = "OSS fills it in only in the key"; synchronous {
		scope.NotHere = strings.TrimSuffix(op.Name, "/") + " is synchronous, and OSS fills in no variables for it"
	}
	switch {
	case def.Bucket != nil:
		t.Bucket = c.compileBucket(*def.Bucket, scope)
	case defaults.fixedBucket.Parts != nil:
		t.Bucket = defaults.fixedBucket
	case defaults.bucket != nil:
		t.Bucket = c.compileBucket(*defaults.bucket, scope)
	}
	if t.Bucket.Parts != nil && !t.Bucket.DependsOnUpload() {
		t.BucketValid = process.ValidBucketTemplate(t.Bucket.SentText())
	}
	if def.Key == nil {
		if def.LacksTargetKey() {
			c.Error(def.Target, "missing-field", "target has no key: write {bucket: …, key: …}")
		}
		return t
	}
	switch key := def.Key.Text; {
	case key == "":
		c.Error(def.Key.Node, "target", "the target's key is empty: give the result a name, such as {dirname}/{barename}.pdf")
	case strings.HasPrefix(key, "oss://"):
		c.Error(def.Key.Node, "target", "a target must be a key: name its bucket separately, {bucket: …, key: …}")
	case process.BeginsWithSlash(key):
		c.Error(def.Key.Node, "target", "the target's key begins with %q, which OSS does not allow: %s", key[:1], withoutSlash(key))
	default:
		scope.Tags = !synchronous
		switch {
		case synchronous:
		case op == nil:
			scope.OSS, scope.NotHere = ruleset.OutputVariables, ""
		default:
			scope.OSS, scope.Operation, scope.NotHere = op.Variables, op.Name, ""
		}
		t.Key, _ = c.compileTemplate(*def.Key, scope)
		if !t.Key.HasVariables() && len(process.UnescapeBraces(t.Key.SentText())) > process.MaxKey {
			c.Error(def.Key.Node, "target", "the target's key is longer than the %d bytes that OSS allows", process.MaxKey)
		}
	}
	return t
}

// withoutSlash returns the advice for the key of a target that begins with a slash.
func withoutSlash(key string) string {
	rest := strings.TrimLeft(key, `/\`)
	if key[0] == '\\' {
		rest = strings.ReplaceAll(rest, `\`, "/")
	}
	if rest == "" {
		return "give the result a name, such as {dirname}/{barename}.pdf"
	}
	return "write " + strconv.Quote(rest)
}

// compileBucket compiles the bucket of a target.
func (c *compiler) compileBucket(s rulefile.Scalar, scope ruleset.Scope) ruleset.Template {
	s, envOK := c.expandEnv(s)
	t, ok := c.compileTemplate(s, scope)
	if envOK && ok && !t.DependsOnUpload() && !process.ValidBucketTemplate(t.SentText()) {
		c.Error(s.Node, "bucket-name", "%s", invalidBucket(s.Text))
	}
	return t
}

func invalidBucket(name string) string {
	return fmt.Sprintf("invalid bucket name %q: use 3 to 63 lower-case letters, digits and hyphens, with no hyphen first or last",
		name)
}

func (c *compiler) compileTemplate(s rulefile.Scalar, scope ruleset.Scope) (_ ruleset.Template, ok bool) {
	t, errs := ruleset.ParseTemplate(s.Text, scope)
	for _, e := range errs {
		if !c.refusesEnv(s, e.Offset, e.End) {
			c.ErrorInText(s, e.Offset, e.End, e.Code, e.Message)
		}
	}
	return t, errs == nil
}
