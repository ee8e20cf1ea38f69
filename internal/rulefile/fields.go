package rulefile

// Fields returns the field names that the parser knows, by the map of the rule file that holds them, in the order in which
// messages name them. The lists are the parser's own: do not change them.
func Fields() map[string][]string {
	return map[string][]string{
		"file":            fileFields,
		"defaults":        defaultsFields,
		"defaults.target": targetFields[:1],
		"claims":          claimsFields,
		"failures":        failuresFields,
		"rule":            ruleFields,
		"match":           matchFields,
		"match.size":      sizeFields,
		"output":          outputFields,
		"target":          targetFields,
		"test":            testFields,
		"test.upload":     uploadFields,
		"test.fires":      firesFields,
	}
}
