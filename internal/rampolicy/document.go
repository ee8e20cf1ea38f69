package rampolicy

// Document is a policy as RAM reads it.
//
// https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax
type Document struct {
	Version   string // "1"
	Statement []Statement
}

// Statement allows or denies actions on resources. In both * is any run of characters and ? one. A statement of who may
// assume a role has a Principal and no Resource.
type Statement struct {
	Effect    string // "Allow" or "Deny"
	Action    []string
	Principal *Principal                   `json:",omitempty"`
	Resource  []string                     `json:",omitempty"`
	Condition map[string]map[string]string `json:",omitempty"` // operator, key, value
}

// Principal names the services that a role trusts.
type Principal struct{ Service []string }

// MaxLength bounds the characters of a custom policy, without white space.
//
// https://www.alibabacloud.com/help/en/ram/product-overview/limits
const MaxLength = 6144

func document(statements ...Statement) Document {
	d := Document{Version: "1", Statement: []Statement{}}
	for _, s := range statements {
		if len(s.Action) > 0 && (len(s.Resource) > 0 || s.Principal != nil) {
			d.Statement = append(d.Statement, s)
		}
	}
	return d
}

func allow(actions []string, resources ...string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: withoutCovered(resources)}
}
