package rulefile

import (
	"slices"

	"go.yaml.in/yaml/v4"
)

// parser parses YAML nodes into definitions.
type parser struct{ *Reporter }

// Parse parses the file that r reports about. It returns nil if the text is not YAML or holds aliases. Other errors leave
// gaps in the definitions.
//
// It may leave the rules to [File.Rule]. If Irregular is set then, what was reported does not count.
func Parse(r *Reporter) *File {
	p := &parser{r}
	if !p.checkText() {
		return nil
	}
	if parts, rest := split(p.Text); parts != nil {
		return p.parseInParts(parts, rest)
	}
	return ParseWhole(r)
}

// ParseWhole is like [Parse] for a file that Parse has tried, and parses all YAML at once.
func ParseWhole(r *Reporter) *File {
	p := &parser{r}
	root := p.loadRoot()
	if root == nil {
		return nil
	}
	before := len(r.Errors)
	if p.refuseAliases(root); len(r.Errors) > before {
		return nil // anything after an alias could be misread
	}
	return p.file(root)
}

// file parses the root node.
func (p *parser) file(root *yaml.Node) *File {
	f := &File{parser: p}
	for name, n := range p.fields(root, "a rule file", fileFields) {
		switch name {
		case "version":
			p.checkVersion(n)
		case "sources":
			f.Sources = p.texts(n, "sources")
		case "ignore":
			f.Ignore = p.texts(n, "ignore")
		case "timezone":
			f.TimeZone = p.text(n, "timezone")
		case "allow":
			f.Allow = p.texts(n, "allow")
		case "defaults":
			f.Defaults = p.defaults(n)
		case "claims":
			f.Claims = p.claims(n)
		case "failures":
			p.textFields(n, "failures", failuresFields, &f.PermanentFailures)
		case "rules":
			if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
				p.Error(n, "type", "rules must be a list of at least one rule, not %s", Describe(n))
				break
			}
			f.rules = n.Content
			if i := slices.Index(root.Content, n); i+1 < len(root.Content) {
				f.end = root.Content[i+1]
			}
		case "tests":
			f.Tests = p.tests(n)
		}
	}
	if isMissing(root, "version", fileFields) {
		p.Error(root, "missing-field", "version is missing: write version: 1")
	}
	if isMissing(root, "rules", fileFields) {
		p.Error(root, "missing-field", "rules is missing: add a list of rules, each with name, match, process and target")
	}
	return f
}

func (p *parser) checkVersion(n *yaml.Node) {
	found := Describe(n)
	if n.Tag == "!!int" {
		found = n.Value
	}
	if n.Kind == yaml.ScalarNode && n.Value == "1" && found != "1" {
		p.Error(n, "version", "version must be the number 1: remove the quotes")
	} else if found != "1" {
		p.Error(n, "version", "version is %s; this program reads version 1", found)
	}
}

// text returns a text, nil after an error.
func (p *parser) text(n *yaml.Node, what string) *Scalar {
	if s, ok := p.ReadText(n, what); ok {
		return &s
	}
	return nil
}

// textFields parses a mapping whose fields are all texts. It sets values in the order of known.
func (p *parser) textFields(n *yaml.Node, what string, known []string, values ...**Scalar) {
	for name, value := range p.fields(n, what, known) {
		*values[slices.Index(known, name)] = p.text(value, what+"."+name)
	}
}

func (p *parser) defaults(n *yaml.Node) (def Defaults) {
	for name, n := range p.fields(n, "defaults", defaultsFields) {
		switch name {
		case "ignore_case":
			def.IgnoreCase = p.boolean(n, "ignore_case")
		case "events":
			def.Events = p.texts(n, "events")
		case "target":
			for _, n := range p.fields(n, "defaults.target", targetFields[:1]) {
				def.Bucket = p.text(n, "bucket")
			}
		case "notify":
			def.Notify = p.text(n, "notify")
		}
	}
	return def
}

func (p *parser) claims(n *yaml.Node) ClaimsDefinition {
	def := ClaimsDefinition{Node: n}
	p.textFields(n, "claims", claimsFields, &def.Bucket, &def.Prefix, &def.By, &def.Unreachable)
	return def
}

// rule parses the definition of a rule.
func (p *parser) rule(n *yaml.Node) Rule {
	def := Rule{Node: n, Enabled: true}
	single := Output{Node: n}
	var outputs *yaml.Node
	for name, v := range p.fields(n, "a rule", ruleFields) {
		switch name {
		case "name":
			def.Name, _ = p.ReadText(v, "name")
		case "description":
			p.ReadText(v, "description")
		case "enabled":
			def.Enabled = p.boolean(v, "enabled")
		case "mode":
			if v.Value != "fire" && v.Value != "log" || v.Kind != yaml.ScalarNode {
				p.Error(v, "type", "mode must be fire or log, not %s", Describe(v))
			}
			def.LogOnly = v.Value == "log"
		case "stop":
			def.Stop = p.boolean(v, "stop")
		case "allow":
			def.Allow = p.texts(v, "allow")
		case "match":
			def.Match = p.match(v)
		case "outputs":
			outputs = v
		case "process", "target", "notify", "sync":
			p.output(&single, name, v)
		}
	}
	if n.Kind != yaml.MappingNode {
		return def
	}
	if isMissing(n, "name", ruleFields) {
		p.Error(n, "missing-field", "the rule has no name: give it one, in lower-case letters, digits and hyphens")
	}
	if def.Name.Node == nil {
		def.Name = Scalar{Node: n}
	}
	if isMissing(n, "match", ruleFields) {
		p.Error(n, "missing-field", "the rule has no match: say which objects it is for, such as match: \"*.docx\"")
	}
	if outputs == nil {
		def.Outputs = []Output{single}
		return def
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if field := n.Content[i]; slices.Contains(outputFields, field.Value) {
			p.Error(field, "outputs", "outputs replaces process, target and notify: move %s into it", field.Value)
		}
	}
	if outputs.Kind != yaml.SequenceNode || len(outputs.Content) == 0 {
		p.Error(outputs, "type", "outputs must be a list of at least one {process, target}, not %s", Describe(outputs))
		return def
	}
	for _, o := range outputs.Content {
		out := Output{Node: o, InList: true}
		for name, v := range p.fields(o, "an output", outputFields) {
			p.output(&out, name, v)
		}
		def.Outputs = append(def.Outputs, out)
	}
	return def
}

// output parses the field process, target, notify or sync.
func (p *parser) output(def *Output, name string, n *yaml.Node) {
	switch name {
	case "process":
		def.Process = n
	case "notify":
		def.Notify = p.text(n, "notify")
	case "sync":
		def.Sync, def.Synchronous = n, p.boolean(n, "sync")
	case "target":
		def.Target = n
		if n.Kind != yaml.MappingNode {
			def.Key = p.text(n, "target")
			return
		}
		p.textFields(n, "target", targetFields, &def.Bucket, &def.Key)
	}
}

func (p *parser) match(n *yaml.Node) Match {
	def := Match{}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		p.Error(n, "match-empty", "match is an empty list: give at least one pattern; \"**\" is every object")
		return def
	}
	if n.Kind != yaml.MappingNode {
		def.Keys = p.texts(n, "match")
		return def
	}
	for name, v := range p.fields(n, "match", matchFields) {
		texts := func() []Scalar { return p.texts(v, "match."+name) }
		switch name {
		case "key":
			def.Keys = texts()
		case "not":
			def.Not = texts()
		case "prefix":
			def.Prefixes = texts()
		case "suffix":
			def.Suffixes = texts()
		case "bucket":
			def.Buckets = texts()
		case "events":
			def.Events = texts()
		case "type":
			def.Types = texts()
		case "size":
			def.Size = p.size(v)
		case "meta":
			def.Meta = p.named(v, "match.meta", "names of user metadata")
		case "tags":
			def.Tags = p.named(v, "match.tags", "names of tags")
		case "class":
			def.Classes = texts()
		case "where":
			def.Where = p.where(v)
		case "ignore_case":
			fold := p.boolean(v, "match.ignore_case")
			def.IgnoreCase = &fold
		}
	}
	if len(n.Content) == 0 || len(n.Content) == 2 && def.IgnoreCase != nil {
		p.Error(n, "match-empty", "match has no condition: give at least a key; key: \"**\" is every object")
	}
	return def
}

func (p *parser) size(n *yaml.Node) *Size {
	def := &Size{Node: n}
	p.textFields(n, "match.size", sizeFields, &def.Min, &def.Max)
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		p.Error(n, "match-empty", "match.size is empty: give min, max or both")
	}
	return def
}

func (p *parser) where(n *yaml.Node) []Where {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.Error(n, "type", "match.where must be a map from fields of the event record to patterns, not %s", Describe(n))
		return nil
	}
	var list []Where
	reject := func(key *yaml.Node) { p.ReadText(key, "the field of a where condition") }
	for key, value := range p.Entries(n, reject) {
		if path, ok := p.ReadText(key, "the field of a where condition"); ok {
			list = append(list, Where{path, p.texts(value, "match.where."+path.Text)})
		}
	}
	return list
}

func (p *parser) tests(n *yaml.Node) []Test {
	if n.Kind != yaml.SequenceNode {
		p.Error(n, "type", "tests must be a list of {upload, fires}, not %s", Describe(n))
		return nil
	}
	var list []Test
	for _, t := range n.Content {
		def := Test{Node: t}
		for name, v := range p.fields(t, "a test", testFields) {
			if name == "upload" {
				p.testUpload(&def, v)
			} else {
				def.Fires = p.testFires(v)
			}
		}
		for _, field := range testFields {
			if isMissing(t, field, testFields) {
				p.Error(t, "missing-field", "the test has no %s: a test needs both upload and fires", field)
			}
		}
		list = append(list, def)
	}
	return list
}

func (p *parser) testUpload(def *Test, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		def.Key, _ = p.ReadText(n, "upload")
		return
	}
	for name, v := range p.fields(n, "upload", uploadFields) {
		switch name {
		case "bucket":
			def.Bucket = p.text(v, "upload.bucket")
		case "event":
			def.Event = p.text(v, "upload.event")
		case "type":
			def.Type = p.text(v, "upload.type")
		case "meta":
			def.Meta = p.namedValues(v, "upload.meta")
		case "tags":
			def.Tags = p.namedValues(v, "upload.tags")
		case "class":
			def.Class = p.text(v, "upload.class")
		case "record":
			if def.Record = v; v.Kind != yaml.MappingNode {
				p.Error(v, "type", "upload.record must be a map of fields of the event record, not %s", Describe(v))
			}
			p.checkRecord(v)
		case "size":
			if s, ok := p.ReadText(v, "upload.size"); ok {
				if n, ok := p.ReadSize(s); ok {
					def.Size = &n
				}
			}
		case "time":
			if s, ok := p.ReadText(v, "upload.time"); ok {
				at, err := ParseTime(s.Text)
				if err != nil {
					p.Error(v, "type", "%s", err)
				}
				def.Time = &at
			}
		case "key":
			def.Key, _ = p.ReadText(v, "upload.key")
		}
	}
	if isMissing(n, "key", uploadFields) {
		p.Error(n, "missing-field", "the test's upload has no key: add the object's key, such as incoming/a.docx")
	}
}

// checkRecord reports maps in a record whose keys are not scalars, or occur twice.
func (p *parser) checkRecord(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		for _, item := range n.Content {
			p.checkRecord(item)
		}
		return
	}
	reject := func(key *yaml.Node) { p.Error(key, "type", "a field name must be text, not %s", Describe(key)) }
	for _, value := range p.Entries(n, reject) {
		p.checkRecord(value)
	}
}

func (p *parser) testFires(n *yaml.Node) (fires []Expected) {
	if n.Kind != yaml.SequenceNode {
		p.Error(n, "type", "fires must be a list of rules, [] for none, not %s", Describe(n))
		return nil
	}
	for _, f := range n.Content {
		if f.Kind != yaml.MappingNode {
			if s, ok := p.ReadText(f, "fires"); ok {
				fires = append(fires, Expected{Rule: s})
			}
			continue
		}
		var def Expected
		var rule *Scalar
		p.textFields(f, "fires", firesFields, &rule, &def.Process, &def.Target)
		if isMissing(f, "rule", firesFields) {
			p.Error(f, "missing-field", "the entry of fires has no rule: add the rule's name")
		}
		if rule != nil {
			def.Rule = *rule
			fires = append(fires, def)
		}
	}
	return fires
}
