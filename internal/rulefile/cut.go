package rulefile

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// cutTexts returns the texts of a flow map that commas cut, such as process: doc/convert,target_pdf, by the values that are
// left of them. The rest of a text stands in the map as keys without values, which are in rest.
func cutTexts(n *yaml.Node, known []string) (texts map[*yaml.Node]string, rest map[*yaml.Node]bool) {
	if n.Style&yaml.FlowStyle == 0 {
		return nil, nil
	}
	texts, rest = map[*yaml.Node]string{}, map[*yaml.Node]bool{}
	var cut *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		isRest := value.Tag == "!!null" && value.Value == "" && key.Kind == yaml.ScalarNode && !slices.Contains(known, key.Value) &&
			strings.ContainsAny(key.Value, "_/")
		switch {
		case !isRest:
			cut = value
		case cut != nil && cut.Kind == yaml.ScalarNode && cut.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0:
			if texts[cut] == "" {
				texts[cut] = cut.Value
			}
			texts[cut] += "," + key.Value
			rest[key] = true
		}
	}
	return texts, rest
}
