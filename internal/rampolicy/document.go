package rampolicy

// Document is a policy in RAM's JSON format.
//
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax
type Document struct {
	Version   string // "1"
	Statement []Statement
}

// Statement allows or denies actions on resources, in which * stands for any text and ? for one character. A trust policy
// has a Principal and no Resource.
type Statement struct {
	Effect    string // "Allow" or "Deny"
	Action    []string
	Principal *Principal                   `json:",omitempty"`
	Resource  []string                     `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"` // operator, key, value
}

// Principal holds the services that a role trusts.
type Principal struct{ Service []string }

// MaxLength is the maximum length of a custom policy in characters, without white space.
//
// https://www.alibabacloud.com/help/en/ram/product-overview/limits
const MaxLength = 6144

// newDocument returns a policy of the statements. It drops those without actions, or without resources and principal.
func newDocument(statements ...Statement) Document {
	d := Document{Version: "1", Statement: []Statement{}}
	for _, s := range statements {
		if len(s.Action) > 0 && (len(s.Resource) > 0 || s.Principal != nil) {
			d.Statement = append(d.Statement, s)
		}
	}
	return d
}

// allow returns a statement that allows actions on resources.
func allow(actions []string, resources ...string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: withoutCovered(resources)}
}
