package rulefile

import "go.yaml.in/yaml/v4"

// named parses conditions on the values of names, such as match.meta.
func (p *parser) named(n *yaml.Node, field, names string) (list []Named) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.Error(n, "type", "%s must be a map from %s to globs, not %s", field, names, describeMap(n))
		return nil
	}
	p.forNames(n, field, func(name Scalar, value *yaml.Node) {
		list = append(list, Named{name, p.texts(value, field+"."+name.Text)})
	})
	return list
}

// namedValues parses the values of names that a test's upload has. The map may be empty: the upload has none then.
func (p *parser) namedValues(n *yaml.Node, field string) *[]NamedValue {
	if n.Kind != yaml.MappingNode {
		p.Error(n, "type", "%s must be a map from names to values, {} for none, not %s", field, Describe(n))
		return nil
	}
	list := []NamedValue{}
	p.forNames(n, field, func(name Scalar, value *yaml.Node) {
		if v, ok := p.ReadText(value, field+"."+name.Text); ok {
			list = append(list, NamedValue{name, v})
		}
	})
	return &list
}

// forNames calls do with each name of user metadata or of a tag in a mapping, and its value. It reports anything else.
func (p *parser) forNames(n *yaml.Node, field string, do func(name Scalar, value *yaml.Node)) {
	what := "a name in " + field
	for key, value := range p.Entries(n, func(key *yaml.Node) { p.ReadText(key, what) }) {
		switch name, ok := p.ReadText(key, what); {
		case ok && name.Text == "":
			p.Error(key, "type", "%s is empty", what)
		case ok:
			do(name, value)
		}
	}
}

// describeMap is like [Describe], but tells an empty map from another one.
func describeMap(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		return "an empty map"
	}
	return Describe(n)
}
