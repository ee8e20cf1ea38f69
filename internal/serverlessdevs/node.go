package serverlessdevs

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// field is a field of a mapping.
type field struct {
	name  string
	value *yaml.Node
}

// fields returns the fields of a mapping. Other nodes have none.
func fields(n *yaml.Node) (all []field) {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		all = append(all, field{n.Content[i].Value, n.Content[i+1]})
	}
	return all
}

// child returns the value of a mapping's field, nil if there is none.
func child(n *yaml.Node, name string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := len(n.Content) - 2; i >= 0; i -= 2 { // of two fields of one name, the later one counts
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

// items returns the elements of a sequence. Other nodes have none.
func items(n *yaml.Node) []*yaml.Node {
	if n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	return n.Content
}

// isNull reports whether a value is null. Serverless Devs leaves such fields out.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// newMapping returns a mapping of fields, at the position of another node.
func newMapping(at *yaml.Node, all []field) *yaml.Node {
	m := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: at.Line, Column: at.Column}
	for _, f := range all {
		m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: f.name}, f.value)
	}
	return m
}

// overlay returns the fields of base and over. The value of a field of both is what combine returns.
func overlay(base, over []field, combine func(base, over *yaml.Node) *yaml.Node) []field {
	all, index := []field{}, map[string]int{}
	for _, f := range slices.Concat(base, over) {
		if i, known := index[f.name]; known {
			all[i].value = combine(all[i].value, f.value)
			continue
		}
		index[f.name] = len(all)
		all = append(all, f)
	}
	return all
}

// later returns the later one of two values.
func later(_, over *yaml.Node) *yaml.Node { return over }

// maxRepeated bounds the size of all values that the aliases of a file name, because aliases of aliases multiply.
const maxRepeated = 100_000

// aliases replaces the aliases and merged mappings of a file.
type aliases struct {
	sizes    map[*yaml.Node]int // of the values that aliases may name
	repeated int                // size of the values that aliases name
	replaced map[*yaml.Node]*yaml.Node
	err      error // without the name of the file
}

// replaceAliases returns the value of a document with each alias replaced by what it names, and << by the fields that it
// merges. It refuses aliases that name too much, or a value that contains them.
func replaceAliases(n *yaml.Node) (*yaml.Node, error) {
	a := aliases{sizes: map[*yaml.Node]int{}, replaced: map[*yaml.Node]*yaml.Node{}}
	if a.size(n); a.err != nil {
		return nil, a.err
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	return a.replace(n), nil
}

// size returns the number of values in n, counting what an alias names each time. A long text counts as several.
func (a *aliases) size(n *yaml.Node) int {
	if n.Kind != yaml.AliasNode {
		size := 1 + len(n.Value)/8
		for _, inner := range n.Content {
			if size += a.size(inner); a.err != nil {
				return 0
			}
		}
		if n.Anchor != "" {
			a.sizes[n] = size
		}
		return size
	}
	size, complete := a.sizes[n.Alias]
	switch a.repeated += size; {
	case !complete:
		a.err = fmt.Errorf("%d:%d: the alias *%s is in the value that it names: write out what it stands for", n.Line, n.Column, n.Value)
	case a.repeated > maxRepeated:
		a.err = fmt.Errorf("%d:%d: aliases repeat more than %d values up to here: remove the ones that are not needed", n.Line, n.Column, maxRepeated)
	}
	return size
}

// replace returns n without aliases. What several aliases name is one node.
func (a *aliases) replace(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if done := a.replaced[n]; done != nil || n.Kind == yaml.ScalarNode {
		if done == nil {
			done = n
		}
		return done
	}
	out := *n
	out.Content = nil
	if n.Kind != yaml.MappingNode {
		for _, item := range n.Content {
			out.Content = append(out.Content, a.replace(item))
		}
		a.replaced[n] = &out
		return &out
	}
	var own, merged []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], a.replace(n.Content[i+1])
		switch {
		case name.Value != "<<" || name.ShortTag() != "!!merge":
			own = append(own, field{name.Value, value})
		case value.Kind == yaml.SequenceNode: // the first mapping counts
			for _, m := range slices.Backward(value.Content) {
				merged = append(merged, fields(m)...)
			}
		default:
			merged = append(merged, fields(value)...)
		}
	}
	out.Content = newMapping(n, overlay(merged, own, later)).Content
	a.replaced[n] = &out
	return &out
}
