package rules

// Fields returns the names of the fields that the loader knows, by the map of the rule file that they stand in. They are
// the loader's own lists, in the order in which its messages name them, and not to be changed.
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
