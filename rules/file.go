package rules

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// The definitions of a rule file as written, each with its place. Nothing is compiled here, and what belongs together is
// not compared: that is compile.go's.

type fileDef struct {
	sources  []scalar
	defaults defaultsDef
	claims   claimsDef
	failures failuresDef
	rules    []*yaml.Node // of which d.rule makes definitions, one after the other: they are many
	tests    []testDef
}

type defaultsDef struct {
	ignoreCase bool
	events     []scalar
	bucket     *scalar
	notify     *scalar
}

type claimsDef struct {
	node        *yaml.Node // nil without claims
	bucket      *scalar
	prefix      *scalar
	by          *scalar
	unreachable *scalar
}

type failuresDef struct {
	permanent *scalar
}

type ruleDef struct {
	node     *yaml.Node
	name     scalar
	enabled  bool
	log      bool
	stop     bool
	match    matchDef
	outputs  []outputDef
	multiple bool // outputs is written as a list
}

type matchDef struct {
	node       *yaml.Node // nil if it is missing
	keys       []scalar
	not        []scalar
	prefixes   []scalar
	suffixes   []scalar
	buckets    []scalar
	events     []scalar
	types      []scalar
	where      []whereDef
	size       *sizeDef
	ignoreCase *bool
}

type whereDef struct {
	path   scalar
	values []scalar
}

type sizeDef struct {
	node     *yaml.Node
	min, max *scalar
}

type outputDef struct {
	node    *yaml.Node
	fields  []string   // that node may have
	inList  bool       // it is an item of outputs
	process *yaml.Node // nil if it is missing
	key     *scalar    // of the target; nil without one
	bucket  *scalar    // of the target; nil if it is not said
	target  *yaml.Node // nil if it is missing
	notify  *scalar    // nil if it is not said
}

type testDef struct {
	node   *yaml.Node
	key    scalar
	bucket *scalar
	event  *scalar
	mime   *scalar
	size   *int64
	record *yaml.Node
	fires  []firesDef
}

type firesDef struct {
	rule    scalar
	process *scalar
	target  *scalar
}

var (
	fileFields     = []string{"version", "sources", "defaults", "claims", "failures", "rules", "tests"}
	defaultsFields = []string{"ignore_case", "events", "target", "notify"}
	claimsFields   = []string{"bucket", "prefix", "by", "unreachable"}
	failuresFields = []string{"permanent"}
	ruleFields     = []string{"name", "description", "enabled", "mode", "match", "process", "target", "notify", "outputs", "stop"}
	matchFields    = []string{"key", "not", "prefix", "suffix", "bucket", "events", "size", "type", "where", "ignore_case"}
	sizeFields     = []string{"min", "max"}
	outputFields   = []string{"process", "target", "notify"}
	targetFields   = []string{"bucket", "key"}
	testFields     = []string{"upload", "fires"}
	uploadFields   = []string{"key", "bucket", "event", "size", "type", "record"}
	firesFields    = []string{"rule", "process", "target"}
)

// define reads the file's definitions out of its nodes.
func (d *document) define(root *yaml.Node) *fileDef {
	f := &fileDef{}
	for name, n := range d.pairs(root, "a rule file", fileFields) {
		switch name {
		case "version":
			switch {
			case n.Kind == yaml.ScalarNode && n.Value == "1" && n.Tag != "!!int":
				d.fail(n, "version", "version is the number 1: leave out the quotes")
			case n.Kind == yaml.ScalarNode && n.Tag == "!!int" && n.Value != "1":
				d.fail(n, "version", "version is %s; this program reads version 1", n.Value)
			case n.Kind != yaml.ScalarNode || n.Value != "1":
				d.fail(n, "version", "version is %s; this program reads version 1", describe(n))
			}
		case "sources":
			f.sources = d.texts(n, "sources")
		case "defaults":
			f.defaults = d.defaults(n)
		case "claims":
			f.claims = d.claims(n)
		case "failures":
			for _, v := range d.pairs(n, "failures", failuresFields) {
				f.failures.permanent = d.optional(v, "failures.permanent")
			}
		case "rules":
			if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
				d.fail(n, "type", "rules is a list of at least one rule, not %s", describe(n))
				break
			}
			f.rules = n.Content
		case "tests":
			f.tests = d.tests(n)
		}
	}
	if lacks(root, "version", fileFields) {
		d.fail(root, "missing-field", "version is missing: write version: 1")
	}
	if lacks(root, "rules", fileFields) {
		d.fail(root, "missing-field", "rules is missing: a list of rules, each with name, match, process and target")
	}
	return f
}

func (d *document) optional(n *yaml.Node, what string) *scalar {
	if s, ok := d.text(n, what); ok {
		return &s
	}
	return nil
}

func (d *document) defaults(n *yaml.Node) (def defaultsDef) {
	for name, n := range d.pairs(n, "defaults", defaultsFields) {
		switch name {
		case "ignore_case":
			def.ignoreCase = d.boolean(n, "ignore_case")
		case "events":
			def.events = d.texts(n, "events")
		case "target":
			for _, n := range d.pairs(n, "defaults.target", targetFields[:1]) {
				def.bucket = d.optional(n, "bucket")
			}
		case "notify":
			def.notify = d.optional(n, "notify")
		}
	}
	return def
}

func (d *document) claims(n *yaml.Node) claimsDef {
	def := claimsDef{node: n}
	for name, n := range d.pairs(n, "claims", claimsFields) {
		s := d.optional(n, "claims."+name)
		switch name {
		case "bucket":
			def.bucket = s
		case "prefix":
			def.prefix = s
		case "by":
			def.by = s
		case "unreachable":
			def.unreachable = s
		}
	}
	return def
}

// rule reads the definition of a rule.
func (d *document) rule(n *yaml.Node) ruleDef {
	def := ruleDef{node: n, enabled: true}
	single := outputDef{node: n, fields: ruleFields}
	var outputs *yaml.Node
	for name, v := range d.pairs(n, "a rule", ruleFields) {
		switch name {
		case "name":
			def.name, _ = d.text(v, "name")
		case "description":
			d.text(v, "description")
		case "enabled":
			def.enabled = d.boolean(v, "enabled")
		case "mode":
			if v.Value != "fire" && v.Value != "log" || v.Kind != yaml.ScalarNode {
				d.fail(v, "type", "mode is fire or log, not %s", describe(v))
			}
			def.log = v.Value == "log"
		case "stop":
			def.stop = d.boolean(v, "stop")
		case "match":
			def.match = d.match(v)
		case "outputs":
			outputs = v
		case "process", "target":
			d.output(&single, name, v)
		case "notify":
			d.output(&single, name, v)
		}
	}
	if n.Kind != yaml.MappingNode {
		return def
	}
	if lacks(n, "name", ruleFields) {
		d.fail(n, "missing-field", "the rule has no name: give it one, in lower-case letters, digits and hyphens")
	}
	if def.name.node == nil {
		def.name = scalar{node: n}
	}
	if lacks(n, "match", ruleFields) {
		d.fail(n, "missing-field", "the rule has no match: say which objects it is for, such as match: \"*.docx\"")
	}
	if outputs == nil {
		def.outputs = []outputDef{single}
		return def
	}
	def.multiple = true
	for i := 0; i+1 < len(n.Content); i += 2 {
		if field := n.Content[i]; slices.Contains(outputFields, field.Value) {
			d.fail(field, "outputs", "outputs stands instead of process, target and notify: move %s into it", field.Value)
		}
	}
	if outputs.Kind != yaml.SequenceNode || len(outputs.Content) == 0 {
		d.fail(outputs, "type", "outputs is a list of at least one {process, target}, not %s", describe(outputs))
		return def
	}
	for _, o := range outputs.Content {
		out := outputDef{node: o, fields: outputFields, inList: true}
		for name, v := range d.pairs(o, "an output", outputFields) {
			d.output(&out, name, v)
		}
		def.outputs = append(def.outputs, out)
	}
	return def
}

// nameNode returns where the name of a rule stands.
func (d *document) nameNode(f *fileDef, rule int) *yaml.Node { return d.rule(f.rules[rule]).name.node }

// targetNode returns where the target of an output stands.
func (d *document) targetNode(f *fileDef, rule, output int) *yaml.Node {
	return d.rule(f.rules[rule]).outputs[output].target
}

// output reads one of process, target and notify.
func (d *document) output(def *outputDef, name string, n *yaml.Node) {
	switch name {
	case "process":
		def.process = n
	case "notify":
		def.notify = d.optional(n, "notify")
	case "target":
		def.target = n
		if n.Kind != yaml.MappingNode {
			def.key = d.optional(n, "target")
			return
		}
		for name, n := range d.pairs(n, "target", targetFields) {
			if s := d.optional(n, "target."+name); name == "key" {
				def.key = s
			} else {
				def.bucket = s
			}
		}
	}
}

func (d *document) match(n *yaml.Node) matchDef {
	def := matchDef{node: n}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.fail(n, "match-empty", "match is an empty list: give at least one pattern; \"**\" is every object")
		return def
	}
	if n.Kind != yaml.MappingNode {
		def.keys = d.texts(n, "match")
		return def
	}
	for name, v := range d.pairs(n, "match", matchFields) {
		switch name {
		case "key":
			def.keys = d.texts(v, "match.key")
		case "not":
			def.not = d.texts(v, "match.not")
		case "prefix":
			def.prefixes = d.texts(v, "match.prefix")
		case "suffix":
			def.suffixes = d.texts(v, "match.suffix")
		case "bucket":
			def.buckets = d.texts(v, "match.bucket")
		case "events":
			def.events = d.texts(v, "match.events")
		case "type":
			def.types = d.texts(v, "match.type")
		case "size":
			def.size = d.size(v)
		case "where":
			def.where = d.where(v)
		case "ignore_case":
			fold := d.boolean(v, "match.ignore_case")
			def.ignoreCase = &fold
		}
	}
	if len(n.Content) == 0 || len(n.Content) == 2 && def.ignoreCase != nil {
		d.fail(n, "match-empty", "match has no condition: give at least a key; key: \"**\" is every object")
	}
	return def
}

func (d *document) size(n *yaml.Node) *sizeDef {
	def := &sizeDef{node: n}
	for name, v := range d.pairs(n, "match.size", sizeFields) {
		if s := d.optional(v, "match.size."+name); name == "min" {
			def.min = s
		} else {
			def.max = s
		}
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		d.fail(n, "match-empty", "match.size is empty: give min, max or both")
	}
	return def
}

func (d *document) where(n *yaml.Node) []whereDef {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		d.fail(n, "type", "match.where is a map of fields of the event record to patterns, not %s", describe(n))
		return nil
	}
	var list []whereDef
	var seen firsts
	for i := 0; i+1 < len(n.Content); i += 2 {
		path, ok := d.text(n.Content[i], "the field of a where condition")
		if !ok || d.twice(&seen, n.Content[i]) {
			continue
		}
		list = append(list, whereDef{path, d.texts(n.Content[i+1], "match.where."+path.text)})
	}
	return list
}

// tests reads the form of the file's tests.
func (d *document) tests(n *yaml.Node) []testDef {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "type", "tests is a list of {upload, fires}, not %s", describe(n))
		return nil
	}
	var list []testDef
	for _, t := range n.Content {
		def := testDef{node: t}
		for name, v := range d.pairs(t, "a test", testFields) {
			if name == "upload" {
				d.testUpload(&def, v)
			} else {
				def.fires = d.testFires(v)
			}
		}
		for _, field := range testFields {
			if lacks(t, field, testFields) {
				d.fail(t, "missing-field", "the test has no %s: a test says what an upload fires", field)
			}
		}
		list = append(list, def)
	}
	return list
}

func (d *document) testUpload(def *testDef, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		def.key, _ = d.text(n, "upload")
		return
	}
	for name, v := range d.pairs(n, "upload", uploadFields) {
		switch name {
		case "record":
			if def.record = v; v.Kind != yaml.MappingNode {
				d.fail(v, "type", "upload.record is a map of fields of the event record, not %s", describe(v))
			}
			d.testRecord(v)
		case "size":
			if s, ok := d.text(v, "upload.size"); ok {
				if n, ok := d.bytes(s); ok {
					def.size = &n
				}
			}
		case "key":
			def.key, _ = d.text(v, "upload.key")
		case "bucket":
			def.bucket = d.optional(v, "upload.bucket")
		case "event":
			def.event = d.optional(v, "upload.event")
		case "type":
			def.mime = d.optional(v, "upload.type")
		}
	}
	if lacks(n, "key", uploadFields) {
		d.fail(n, "missing-field", "the upload of a test has no key: the object's name, such as incoming/a.docx")
	}
}

// testRecord insists that the maps in a record have plain keys, each once.
func (d *document) testRecord(n *yaml.Node) {
	var seen firsts
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 {
			d.testRecord(c)
		} else if c.Kind != yaml.ScalarNode {
			d.fail(c, "type", "the name of a field is text, not %s", describe(c))
		} else {
			d.twice(&seen, c)
		}
	}
}

func (d *document) testFires(n *yaml.Node) (fires []firesDef) {
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "type", "fires is a list of rules, [] for none, not %s", describe(n))
		return nil
	}
	for _, f := range n.Content {
		if f.Kind != yaml.MappingNode {
			if s, ok := d.text(f, "fires"); ok {
				fires = append(fires, firesDef{rule: s})
			}
			continue
		}
		var def firesDef
		for name, v := range d.pairs(f, "fires", firesFields) {
			s := d.optional(v, "fires."+name)
			switch name {
			case "rule":
				if s != nil {
					def.rule = *s
				}
			case "process":
				def.process = s
			case "target":
				def.target = s
			}
		}
		if lacks(f, "rule", firesFields) {
			d.fail(f, "missing-field", "what a test expects to fire has no rule: its name")
		}
		if def.rule.node != nil {
			fires = append(fires, def)
		}
	}
	return fires
}
