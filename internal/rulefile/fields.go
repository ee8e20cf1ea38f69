package rulefile

var (
	fileFields     = []string{"version", "sources", "ignore", "timezone", "allow", "defaults", "claims", "failures", "rules", "tests"}
	defaultsFields = []string{"ignore_case", "events", "target", "notify"}
	claimsFields   = []string{"bucket", "prefix", "by", "unreachable"}
	failuresFields = []string{"permanent"}
	ruleFields     = []string{"name", "description", "enabled", "mode", "match", "process", "target", "notify", "sync", "outputs", "stop", "allow"}
	matchFields    = []string{"key", "not", "prefix", "suffix", "bucket", "events", "size", "type", "meta", "tags", "class", "where", "ignore_case"}
	sizeFields     = []string{"min", "max"}
	outputFields   = []string{"process", "target", "notify", "sync"}
	targetFields   = []string{"bucket", "key"}
	testFields     = []string{"upload", "fires"}
	uploadFields   = []string{"key", "bucket", "event", "size", "type", "time", "meta", "tags", "class", "record"}
	firesFields    = []string{"rule", "process", "target"}
)

// Fields returns the field names that the parser knows, by the map of the rule file that contains them, in the order in
// which messages list them. Do not change the lists.
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
