package rules

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v4"
)

// testRecord makes an event record from the map in a test. A name with dots stands for nested maps, as in where.
func testRecord(n *yaml.Node) gjson.Result {
	raw, err := json.Marshal(plainValue(n))
	if err != nil {
		return gjson.Result{} // impossible: plainValue makes nothing that JSON lacks
	}
	return gjson.ParseBytes(raw)
}

// plainValue returns a node as JSON has it. What JSON has no word for is text as written.
func plainValue(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			insert(m, n.Content[i].Value, plainValue(n.Content[i+1]))
		}
		return m
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, plainValue(c))
		}
		return list
	case n.Tag == "!!null":
		return nil
	case n.Tag == "!!bool":
		return strings.EqualFold(n.Value, "true")
	case (n.Tag == "!!int" || n.Tag == "!!float") && json.Valid([]byte(n.Value)):
		return json.Number(n.Value)
	}
	return n.Value
}

// insert puts a value at a path of names joined by dots; \ before a dot makes it part of a name.
func insert(m map[string]any, path string, value any) {
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			name.WriteByte(path[i])
		case path[i] == '.':
			inner, ok := m[name.String()].(map[string]any)
			if !ok {
				inner = map[string]any{}
				m[name.String()] = inner
			}
			m = inner
			name.Reset()
		default:
			name.WriteByte(path[i])
		}
	}
	merge(m, name.String(), value)
}

// merge sets a name of a map. Two maps become one.
func merge(m map[string]any, name string, value any) {
	old, was := m[name].(map[string]any)
	add, is := value.(map[string]any)
	if !was || !is {
		m[name] = value
		return
	}
	for name, value := range add {
		merge(old, name, value)
	}
}
