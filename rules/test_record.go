package rules

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v4"
)

// testRecord returns the event record that a map of a test describes. A name with dots stands for nested maps, as in where.
func testRecord(n *yaml.Node) gjson.Result {
	raw, _ := json.Marshal(jsonValue(n)) // never fails: jsonValue returns nothing that JSON lacks
	return gjson.ParseBytes(raw)
}

// jsonValue returns a node as [json.Marshal] takes it. A scalar without an equivalent in JSON, such as .inf, becomes text.
func jsonValue(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			insert(m, n.Content[i].Value, jsonValue(n.Content[i+1]))
		}
		return m
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, jsonValue(c))
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

// insert sets the value at a path of names joined by dots. A dot after \ is part of a name.
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

// merge sets m[name] to value. If both are maps, it adds the values of one to the other.
func merge(m map[string]any, name string, value any) {
	old, oldIsMap := m[name].(map[string]any)
	added, addedIsMap := value.(map[string]any)
	if !oldIsMap || !addedIsMap {
		m[name] = value
		return
	}
	for name, value := range added {
		merge(old, name, value)
	}
}
