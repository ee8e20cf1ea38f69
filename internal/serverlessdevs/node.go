package serverlessdevs

import (
	"fmt"

	"go.yaml.in/yaml/v4"
)

// field is a field of a mapping.
type field struct {
	name  string
	value *yaml.Node
}

// fields returns the fields of a mapping, after those that << merges into it and they override. Other nodes have none.
func fields(n *yaml.Node) (all []field) {
	for range 2 { // a merged mapping merges no further one
		m := resolve(n)
		n = nil
		if m == nil || m.Kind != yaml.MappingNode {
			break
		}
		var own []field
		for i := 0; i+1 < len(m.Content); i += 2 {
			if name, value := m.Content[i].Value, resolve(m.Content[i+1]); name == "<<" {
				n = value
			} else {
				own = append(own, field{name, value})
			}
		}
		all = append(own, all...)
	}
	return all
}

// child returns the value of a mapping's field, nil if there is none.
func child(n *yaml.Node, name string) (value *yaml.Node) {
	for _, f := range fields(n) {
		if f.name == name {
			value = f.value
		}
	}
	return value
}

// items returns the elements of a sequence. Other nodes have none.
func items(n *yaml.Node) (all []*yaml.Node) {
	if n = resolve(n); n != nil && n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			all = append(all, resolve(item))
		}
	}
	return all
}

// resolve returns the content of an alias or a document, or the node itself.
func resolve(n *yaml.Node) *yaml.Node {
	switch {
	case n != nil && n.Kind == yaml.AliasNode:
		return n.Alias
	case n != nil && n.Kind == yaml.DocumentNode && len(n.Content) > 0:
		return n.Content[0]
	}
	return n
}

// maxRepeated bounds the size of all values that the aliases of a file name, because aliases of aliases multiply.
const maxRepeated = 100_000

// size returns the number of values in n, counting what an alias names each time. A long text counts as several. It ends with
// an error of r if the aliases name too much, or a value that contains them.
func (r *reader) size(n *yaml.Node) int {
	if n.Kind != yaml.AliasNode {
		size := 1 + len(n.Value)/8
		for _, inner := range n.Content {
			if size += r.size(inner); r.err != nil {
				return 0
			}
		}
		if n.Anchor != "" {
			r.sizes[n] = size
		}
		return size
	}
	size, complete := r.sizes[n.Alias]
	message := ""
	switch r.repeated += size; {
	case !complete:
		message = fmt.Sprintf("the alias *%s is in the value that it names: write out what it stands for", n.Value)
	case r.repeated > maxRepeated:
		message = fmt.Sprintf("aliases repeat more than %d values up to here: remove the ones that are not needed", maxRepeated)
	}
	if message != "" {
		r.err = fmt.Errorf("%s:%d:%d: %s", r.file, n.Line, n.Column, message)
	}
	return size
}
