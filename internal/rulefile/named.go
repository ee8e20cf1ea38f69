package rulefile

import "go.yaml.in/yaml/v4"

// named parses conditions on the values of names, such as match.meta.
func (p *parser) named(n *yaml.Node, field, names string) []Named {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		p.Error(n, "type", "%s must be a map from %s to globs, not %s", field, names, describeMap(n))
		return nil
	}
	var list []Named
	reject := func(key *yaml.Node) { p.ReadText(key, "a name in "+field) }
	for key, value := range p.Entries(n, reject) {
		if name, ok := p.name(key, field); ok {
			list = append(list, Named{name, p.texts(value, field+"."+name.Text)})
		}
	}
	return list
}

// namedValues parses the values of names that a test's upload has. The map may be empty: the upload has none then.
func (p *parser) namedValues(n *yaml.Node, field string) *[]NamedValue {
	if n.Kind != yaml.MappingNode {
		p.Error(n, "type", "%s must be a map from names to values, {} for none, not %s", field, Describe(n))
		return nil
	}
	list := []NamedValue{}
	reject := func(key *yaml.Node) { p.ReadText(key, "a name in "+field) }
	for key, value := range p.Entries(n, reject) {
		name, ok := p.name(key, field)
		if v := p.text(value, field+"."+name.Text); ok && v != nil {
			list = append(list, NamedValue{name, *v})
		}
	}
	return &list
}

// name parses the name of user metadata or of a tag.
func (p *parser) name(n *yaml.Node, field string) (Scalar, bool) {
	name, ok := p.ReadText(n, "a name in "+field)
	if ok && name.Text == "" {
		p.Error(n, "type", "a name in %s is empty", field)
		return name, false
	}
	return name, ok
}

// describeMap is like [Describe], but tells an empty map from another one.
func describeMap(n *yaml.Node) string {
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		return "an empty map"
	}
	return Describe(n)
}
