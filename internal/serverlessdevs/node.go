package serverlessdevs

import (
	"iter"

	"go.yaml.in/yaml/v4"
)

// child returns the value of a mapping's field, nil if there is none.
func child(n *yaml.Node, name string) *yaml.Node {
	for field, value := range fields(n) {
		if field == name {
			return value
		}
	}
	return nil
}

// fields yields the fields of a mapping, then those that << merges into it. Other nodes have none.
func fields(n *yaml.Node) iter.Seq2[string, *yaml.Node] {
	return func(yield func(string, *yaml.Node) bool) {
		var merged *yaml.Node
		for _, mapping := range []**yaml.Node{&n, &merged} {
			m := resolveAlias(*mapping)
			if m == nil || m.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i+1 < len(m.Content); i += 2 {
				name, value := m.Content[i].Value, resolveAlias(m.Content[i+1])
				if name == "<<" {
					merged = value
				} else if !yield(name, value) {
					return
				}
			}
		}
	}
}

// items returns the elements of a sequence. Other nodes have none.
func items(n *yaml.Node) []*yaml.Node {
	if n = resolveAlias(n); n == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	all := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		all[i] = resolveAlias(item)
	}
	return all
}

func resolveAlias(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
