package rules

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/internal/glob"
	"onput/internal/text"
	"onput/process"
)

// DefaultEvents are the events that a rule listens to if it does not say. CopyObject is not among them: it comes again with
// every rename and change of metadata.
var DefaultEvents = []string{"PutObject", "PostObject", "CompleteMultipartUpload"}

// compile reads the document into a Set. What is wrong is in d.errors then, and the Set is of no use.
func (d *document) compile() *Set {
	if root := d.read(); root != nil {
		return d.compileRoot(root)
	}
	return &Set{filename: d.name, src: d.src}
}

// compileRoot is compile behind the YAML library.
func (d *document) compileRoot(root *yaml.Node) *Set {
	s := &Set{filename: d.name, src: d.src}
	before := len(d.errors)
	d.refuseAliases(root)
	if len(d.errors) > before {
		return s // what an alias stands for is not read: everything after it would be misunderstood
	}
	f := d.define(root)
	s.sources = d.sources(f.sources)
	s.indexSources()
	s.claims = d.claimsOf(f.claims)
	s.failures = d.failuresOf(f)
	var defaults defaults
	defaults.ignoreCase = f.defaults.ignoreCase
	defaults.events = d.events(f.defaults.events)
	if defaults.events == nil {
		for _, name := range DefaultEvents {
			defaults.events = append(defaults.events, glob.Literal("ObjectCreated:"+name))
		}
	}
	if defaults.bucket = f.defaults.bucket; defaults.bucket != nil {
		// Its own mistakes are said also where no rule uses it.
		if t := d.bucketOf(*defaults.bucket, scope{lenient: true}); !t.open() {
			defaults.fixed = t
		}
	}
	if f.defaults.notify != nil {
		defaults.notify = d.topic(*f.defaults.notify)
	}
	names := make(map[string]int, len(f.rules))
	s.rules = make([]rule, 0, len(f.rules))
	for i, n := range f.rules {
		def := d.rule(n)
		d.ruleName(def.name, names)
		r := d.compileRule(&def, &defaults)
		r.capturing = r.uses(capturePart)
		if r.enabled && r.stop && r.placeOnly {
			s.stopping = append(s.stopping, i)
		}
		s.rules = append(s.rules, r)
	}
	d.knownRules(f, names)
	if d.warn && len(d.errors) == 0 {
		d.doubtRules(s, f)
	}
	s.digest = d.digest()
	if len(d.errors) == 0 && s.digest != d.seal {
		p := newProver(s)
		if !d.warn { // a file whose warnings are asked for has passed
			d.refuseLoops(s, f, p)
		}
		d.refuseSameTargets(s, f, p)
		if d.warn {
			d.doubtFiring(s, f, p)
			d.doubtClaims(s, f, p)
		}
	}
	return s
}

// maxSuggestions is for how many wrong names of rules a right one is looked for: each costs a look at all of them.
const maxSuggestions = 50

// knownRules reports names in tests that no rule has.
func (d *document) knownRules(f *fileDef, names map[string]int) {
	var list []string
	wrong := 0
	for _, t := range f.tests {
		for _, fires := range t.fires {
			name := fires.rule
			if _, ok := names[name.text]; ok {
				continue
			}
			hint := ""
			if wrong++; wrong <= maxSuggestions {
				if list == nil {
					list = slices.Sorted(maps.Keys(names))
				}
				if meant := text.Closest(name.text, list); meant != "" {
					hint = fmt.Sprintf("; did you mean %q?", meant)
				}
			}
			d.fail(name.node, "unknown-rule", "there is no rule %q%s", name.text, hint)
		}
	}
}

// defaults is what rules have that do not say otherwise.
type defaults struct {
	ignoreCase bool
	events     []*glob.Pattern
	bucket     *scalar
	fixed      template // the bucket, where it holds no variables
	notify     string
}

// isName says whether s can name a rule: [a-z0-9][a-z0-9._-]*.
func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

func (d *document) ruleName(name scalar, seen map[string]int) {
	switch {
	case name.node == nil || name.text == "" && name.node.Kind != yaml.ScalarNode:
		return // reported already
	case !isName(name.text):
		d.fail(name.node, "rule-name", "%q is no name of a rule: lower-case letters, digits, dots, hyphens and underscores, a letter or digit first", name.text)
	case seen[name.text] > 0:
		d.fail(name.node, "duplicate-rule", "there are two rules %q, the first in line %d: rename one", name.text, seen[name.text])
		return
	}
	seen[name.text] = name.node.Line
}

func (d *document) sources(list []scalar) []source {
	var all []source
	for _, s := range list {
		s, ok := d.env(s)
		if !ok {
			continue
		}
		if strings.HasPrefix(s.text, "oss://") {
			d.fail(s.node, "sources", "a source is BUCKET or BUCKET/PREFIX: leave out oss://")
			continue
		}
		bucket, prefix, _ := strings.Cut(s.text, "/")
		if bucket == "" {
			d.fail(s.node, "sources", "a source begins with the name of a bucket: BUCKET or BUCKET/PREFIX")
			continue
		}
		p := d.value(scalar{bucket, s.node}, false)
		if p == nil {
			continue
		}
		src := source{bucket: p, prefix: prefix}
		if process.ValidBucket(bucket) {
			src.plain = bucket
		}
		all = append(all, src)
	}
	return all
}

// topic checks the name of an SMQ topic; "" turns a default off.
func (d *document) topic(s scalar) string {
	s, ok := d.env(s)
	if ok && s.text != "" && !process.ValidTopic(s.text) {
		d.warning(s.node, "topic-name", "%q does not look like the name of an SMQ topic: letters, digits, hyphens and underscores", s.text)
	}
	return s.text
}

func badBucket(name string) string {
	return fmt.Sprintf("%q is no name of a bucket: 3 to 63 lower-case letters, digits and hyphens, no hyphen first or last", name)
}

// maxShared is how many different patterns, targets and processes are kept for later rules that have the same: what rules
// share comes early.
const maxShared = 256

func share[K comparable, V any](shared map[K]V, key K, value V) {
	if len(shared) < maxShared {
		shared[key] = value
	}
}

// patternText is a pattern as it is written, and how it is meant.
type patternText struct {
	text        string
	fold, value bool
}

// parse is glob.Parse, or glob.ParseValue, for patterns that other rules are likely to have as well.
func (d *document) parse(text string, fold, value bool) (*glob.Pattern, error) {
	id := patternText{text, fold, value}
	if p, ok := d.patterns[id]; ok {
		return p, nil
	}
	parse := glob.Parse
	if value {
		parse = glob.ParseValue
	}
	p, err := parse(text, fold)
	if err == nil {
		share(d.patterns, id, p)
	}
	return p, err
}

// value compiles a glob that is held against a whole value, nil if it is wrong.
func (d *document) value(s scalar, fold bool) *glob.Pattern {
	p, err := d.parse(s.text, fold, true)
	if err != nil {
		d.badPattern(s, err)
		return nil
	}
	return p
}

func (d *document) values(list []scalar, fold bool) []*glob.Pattern {
	if len(list) == 0 {
		return nil
	}
	all := make([]*glob.Pattern, 0, len(list))
	for _, s := range list {
		if p := d.value(s, fold); p != nil {
			all = append(all, p)
		}
	}
	return all
}

func (d *document) badPattern(s scalar, err error) {
	e := err.(*glob.Error)
	d.failPart(s, e.Offset, e.End, "pattern", e.Message)
}

// keys compiles patterns of keys; not says that they are those of not. It returns them with their places; wrong ones are
// left out.
func (d *document) keys(list []scalar, fold, not bool) (all []*glob.Pattern, places []scalar) {
	if len(list) == 0 {
		return nil, nil
	}
	all, places = make([]*glob.Pattern, 0, len(list)), make([]scalar, 0, len(list))
	for _, s := range list {
		var p *glob.Pattern
		var err error
		if not {
			p, err = d.parse(s.text, fold, false)
		} else {
			p, err = glob.Parse(s.text, fold)
		}
		if err != nil {
			d.badPattern(s, err)
			continue
		}
		all, places = append(all, p), append(places, s)
	}
	return all, places
}

// events compiles patterns of event names, which may leave out ObjectCreated:.
func (d *document) events(list []scalar) []*glob.Pattern {
	var all []*glob.Pattern
	for _, s := range list {
		written := s
		if strings.HasPrefix(s.text, "oss:") {
			d.fail(s.node, "event", "oss: belongs to triggers, not to events: write %s", strings.TrimPrefix(s.text, "oss:"))
			continue
		}
		if !strings.Contains(s.text, ":") {
			s.text = "ObjectCreated:" + s.text
		}
		if p := d.value(s, false); p != nil {
			all = append(all, p)
			d.checkEvent(written, p)
		}
	}
	return all
}

// knownEvents are those of https://help.aliyun.com/zh/functioncompute/fc-3-0/user-guide/overview-of-oss-trigger.
var knownEvents = []string{
	"ObjectCreated:PutObject", "ObjectCreated:PostObject", "ObjectCreated:CopyObject", "ObjectCreated:AppendObject",
	"ObjectCreated:PutSymlink", "ObjectCreated:CompleteMultipartUpload", "ObjectCreated:InitiateMultipartUpload",
	"ObjectCreated:UploadPart", "ObjectCreated:UploadPartCopy", "ObjectRemoved:DeleteObject", "ObjectRemoved:DeleteObjects",
	"ObjectRemoved:AbortMultipartUpload", "ObjectModified:UpdateObjectMeta", "ObjectModified:ChangeStorageClass",
	"ObjectReplication:ObjectCreated", "ObjectReplication:ObjectModified", "ObjectReplication:ObjectRemoved",
	"ObjectRestore:FinishRestore",
}

func (d *document) checkEvent(s scalar, p *glob.Pattern) {
	if !d.warn {
		return
	}
	if !slices.ContainsFunc(knownEvents, p.Match) {
		hint := ""
		meant := text.Closest(s.text, knownEvents)
		if meant == "" {
			meant = text.Closest("ObjectCreated:"+s.text, knownEvents)
		}
		if meant != "" {
			hint = fmt.Sprintf("; did you mean %s?", strings.TrimPrefix(meant, "ObjectCreated:"))
		}
		d.warning(s.node, "event", "no documented event matches %s%s", s.text, hint)
		return
	}
	if i := slices.IndexFunc(knownEvents, func(e string) bool { return p.Match(e) && objectless(e) == "" }); i < 0 {
		i = slices.IndexFunc(knownEvents, p.Match)
		d.warning(s.node, "event", "%s %s: take it out", s.text, objectless(knownEvents[i]))
	}
}

// objectless says why nothing can be done with the object of an event, "" if something can.
func objectless(event string) string {
	switch {
	case partial(event):
		return "comes before the object exists and never fires"
	case strings.HasPrefix(event, "ObjectRemoved:"), event == "ObjectReplication:ObjectRemoved":
		return "comes when the object is gone, so that there is nothing to process"
	}
	return ""
}

// partial says whether an event is one of the steps before a multipart upload is complete.
func partial(event string) bool {
	switch event {
	case "ObjectCreated:InitiateMultipartUpload", "ObjectCreated:UploadPart", "ObjectCreated:UploadPartCopy":
		return true
	}
	return false
}

func (d *document) compileRule(def *ruleDef, defaults *defaults) rule {
	m := &def.match
	r := rule{name: def.name.text, enabled: def.enabled, log: def.log, stop: def.stop, fold: defaults.ignoreCase}
	if m.ignoreCase != nil {
		r.fold = *m.ignoreCase
	}
	keys, places := d.keys(m.keys, r.fold, false)
	r.keys = keys
	not, notPlaces := d.keys(m.not, r.fold, true)
	r.not = not
	for i, p := range not {
		if names := p.Names(); len(names) > 0 {
			d.failCapture(notPlaces[i], names[0], "{%s}: a pattern of not captures nothing; alternatives are written {a,b}", names[0])
		}
	}
	r.prefixes, r.prefixesWritten = literals(m.prefixes, r.fold), literals(m.prefixes, false)
	r.suffixes, r.suffixesWritten = literals(m.suffixes, r.fold), literals(m.suffixes, false)
	r.buckets = d.values(m.buckets, false)
	r.types = d.values(m.types, true)
	if r.events = defaults.events; m.events != nil {
		r.events = d.events(m.events)
	}
	for _, w := range m.where {
		d.checkPath(w.path)
		r.where = append(r.where, where{w.path.text, d.values(w.values, false)})
	}
	if m.size != nil {
		r.size = d.sizeOf(m.size)
	}
	r.defaultEvents = m.events == nil
	r.placeOnly = r.defaultEvents && r.types == nil && r.where == nil && r.size == nil
	captures := scope{captures: d.captureNames(keys, places), lenient: len(keys) < len(m.keys)}
	r.outputs = make([]output, 0, len(def.outputs))
	for i := range def.outputs {
		r.outputs = append(r.outputs, d.compileOutput(&def.outputs[i], defaults, captures))
	}
	if len(keys) < 2 || captures.captures == nil {
		return r
	}
	used := r.usedCaptures()
	for i, p := range keys {
		for _, name := range used {
			if slices.Contains(captures.captures, name) && !slices.Contains(p.Names(), name) {
				d.fail(places[i].node, "capture", "the rule uses {%s}, but this pattern does not capture it: every pattern of the list must", name)
			}
		}
	}
	return r
}

// usedCaptures returns the captures that the outputs of the rule use.
func (r *rule) usedCaptures() (names []string) {
	for i := range r.outputs {
		o := &r.outputs[i]
		for _, p := range o.open {
			names = append(names, p.value.captures()...)
		}
		if o.target != nil {
			names = append(append(names, o.target.bucket.captures()...), o.target.key.captures()...)
		}
	}
	return names
}

// captureNames returns the captures of all patterns of a rule.
func (d *document) captureNames(keys []*glob.Pattern, places []scalar) []string {
	var names []string
	for i, p := range keys {
		for _, name := range p.Names() {
			if reserved(name) {
				d.failCapture(places[i], name, "{%s} is a variable: give the capture another name", name)
				continue
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// failCapture reports an error about a capture of a pattern.
func (d *document) failCapture(s scalar, name, format string, args ...any) {
	from, to := 0, len(s.text)
	for _, end := range []string{"}", ":**}"} {
		if i := strings.Index(s.text, "{"+name+end); i >= 0 {
			from, to = i, i+len(name)+len(end)+1
		}
	}
	d.failPart(s, from, to, "capture", fmt.Sprintf(format, args...))
}

func literals(list []scalar, fold bool) []string {
	var all []string
	for _, s := range list {
		if fold {
			s.text = glob.FoldString(s.text)
		}
		all = append(all, s.text)
	}
	return all
}

// checkPath insists on a plain path: names of fields, joined by dots.
func (d *document) checkPath(s scalar) {
	if s.text == "" || strings.ContainsAny(s.text, "@|#*?!{}[]()\"") || strings.HasPrefix(s.text, ".") || strings.HasSuffix(s.text, ".") || strings.Contains(s.text, "..") {
		d.fail(s.node, "where", "%q is no plain path: names of fields of the event record joined by dots, such as userIdentity.principalId", s.text)
	}
}

func (d *document) sizeOf(def *sizeDef) *size {
	s := &size{max: math.MaxInt64}
	if def.min != nil {
		s.min, _ = d.bytes(*def.min)
	}
	if def.max != nil {
		if n, ok := d.bytes(*def.max); ok {
			s.max = n
		}
	}
	if s.min > s.max {
		d.fail(def.node, "size", "min is above max, so no object has such a size: swap them, or leave one out")
	}
	return s
}

// noAction is what an output does whose process could not be read.
var noAction action

func (d *document) compileOutput(def *outputDef, defaults *defaults, captures scope) output {
	o := output{action: &noAction}
	if def.notify != nil {
		o.notify = d.topic(*def.notify)
	} else {
		o.notify = defaults.notify
	}
	if def.process == nil {
		if lacks(def.node, "process", def.fields) && (def.inList || lacks(def.node, "outputs", def.fields)) {
			d.fail(def.node, "missing-field", "process is missing: say what is to be done, such as process: doc/convert,target_pdf")
		}
	} else if p := d.processOf(def.process, captures); p != nil {
		o.action = p.action
		if d.warn {
			for _, ignored := range p.request.Ignored() {
				d.problem(def.process, p, ignored)
			}
		}
	}
	switch {
	case o.operation == nil && def.target != nil:
		d.targetOf(def, defaults, nil, captures) // for its own mistakes
	case o.operation == nil:
	case o.operation.NoOutput && def.target != nil:
		d.fail(def.target, "target", "%s writes no object: its result comes in the message to notify, so a target does not belong", o.operation.Name)
	case o.operation.NoOutput && o.notify == "":
		d.fail(def.process, "notify", "%s needs notify, the name of an SMQ topic: its result comes in the completion message only", o.operation.Name)
	case o.operation.NoOutput:
	case def.target == nil:
		if lacks(def.node, "target", def.fields) {
			d.fail(def.process, "missing-field", "target is missing: say where the result of %s goes, such as target: \"{dirname}/{barename}.%s\"", o.request.Operation, cmp.Or(formatOf(&o), "EXT"))
		}
	default:
		o.target = d.targetOf(def, defaults, o.operation, captures)
	}
	return o
}

// targetText is a target as it is written, for an operation.
type targetText struct {
	op          *process.Operation
	bucket, key string
	own         bool // the bucket is not that of the defaults
}

// targetOf compiles the target of an output. Outputs without captures often have the same.
func (d *document) targetOf(def *outputDef, defaults *defaults, op *process.Operation, captures scope) *target {
	if def.key == nil || captures.captures != nil || captures.lenient {
		return d.compileTarget(def, defaults, op, captures)
	}
	id := targetText{op: op, key: def.key.text}
	if def.bucket != nil {
		id.bucket, id.own = def.bucket.text, true
	}
	if t, ok := d.targets[id]; ok {
		return t
	}
	before := len(d.errors)
	t := d.compileTarget(def, defaults, op, captures)
	if len(d.errors) == before {
		share(d.targets, id, t)
	}
	return t
}

func (d *document) compileTarget(def *outputDef, defaults *defaults, op *process.Operation, captures scope) *target {
	t := &target{}
	switch {
	case def.bucket != nil:
		t.bucket = d.bucketOf(*def.bucket, captures)
	case defaults.fixed.parts != nil:
		t.bucket = defaults.fixed
	case defaults.bucket != nil:
		t.bucket = d.bucketOf(*defaults.bucket, captures)
	}
	if t.bucket.parts != nil && !t.bucket.needsUpload() {
		t.bucketValid = process.ValidBucketTemplate(t.bucket.expand(&scene{}, true))
	}
	if def.key == nil {
		if lacks(def.target, "key", targetFields) {
			d.fail(def.target, "missing-field", "target has no key: {bucket: …, key: …}")
		}
		return t
	}
	switch key := def.key.text; {
	case key == "":
		d.fail(def.key.node, "target", "the target's key is empty: give the result a name, such as {dirname}/{barename}.pdf")
	case strings.HasPrefix(key, "oss://"):
		d.fail(def.key.node, "target", "a target is a key: write its bucket apart, {bucket: …, key: …}")
	default:
		in := captures
		in.clock, in.tags = true, true
		if op == nil {
			in.oss = outputVariables
		} else {
			in.oss, in.op = op.Variables, op.Name
		}
		t.key, _ = d.template(*def.key, in)
		if !t.key.open() && len(process.UnescapeBraces(t.key.expand(&scene{}, true))) > process.MaxKey {
			d.fail(def.key.node, "target", "the target's key is longer than the %d bytes that OSS allows", process.MaxKey)
		}
	}
	return t
}

// bucketOf compiles the bucket of a target.
func (d *document) bucketOf(s scalar, in scope) template {
	s, set := d.env(s)
	in.clock, in.instead = true, "OSS fills it in only in the key"
	t, ok := d.template(s, in)
	if set && ok && !t.needsUpload() && !process.ValidBucketTemplate(t.expand(&scene{}, true)) {
		d.fail(s.node, "bucket-name", "%s", badBucket(s.text))
	}
	return t
}

func (d *document) template(s scalar, in scope) (template, bool) {
	t, wrong := parseTemplate(s.text, in)
	for _, w := range wrong {
		d.failPart(s, w.offset, w.end, w.code, w.message)
	}
	return t, wrong == nil
}

// failPart reports an error about the bytes from to to of a text, or about all of it where it is not what the file holds.
func (d *document) failPart(s scalar, from, to int, code, message string) {
	if !strings.HasPrefix(s.node.Value, s.text) {
		d.fail(s.node, code, "%s", message)
		return
	}
	d.failIn(s.node, from, to, code, "%s", message)
}
