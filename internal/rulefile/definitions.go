package rulefile

import (
	"time"

	"sort"

	"go.yaml.in/yaml/v4"
)

// File holds the definitions of a rule file, every value with its node.
type File struct {
	Sources  []Scalar
	Ignore   []Scalar
	TimeZone *Scalar
	Allow    []Scalar // codes of warnings
	Defaults Defaults
	Claims   ClaimsDefinition
	Tests    []Test

	PermanentFailures *Scalar // failures.permanent

	// Irregular is set if parts of the file turn out to be readable only with the whole of it; see [ParseWhole].
	Irregular bool

	rules   []*yaml.Node // those of the current part, if there are parts
	parts   []part
	current int
	parser  *parser
	end     *yaml.Node // the field after rules, nil if rules is the last
}

// NumRules returns the number of rules in the file.
func (f *File) NumRules() int {
	if n := len(f.parts); n > 0 {
		return (n-1)*partSize + f.parts[n-1].entries
	}
	return len(f.rules)
}

// Rule parses the definition of rule i. Definitions are parsed on demand, because all of them together take more memory than
// the compiled rules. Parsing a rule again reports its errors again.
func (f *File) Rule(i int) Rule {
	if f.parts != nil {
		if n := i / partSize; n != f.current {
			list, ok := f.parser.loadPart(f.parts[n], f.parser.Text)
			if !ok || list.Kind != yaml.SequenceNode || len(list.Content) != f.parts[n].entries {
				f.Irregular = true
				return Rule{}
			}
			f.rules, f.current = list.Content, n
		}
		i %= partSize
	}
	return f.parser.rule(f.rules[i])
}

// RuleAt returns the index of the rule that a diagnostic is in, -1 if it is in none. defs are the definitions of all rules.
func (f *File) RuleAt(d *Diagnostic, defs []Rule) int {
	begins := func(n *yaml.Node) bool { return n.Line < d.Line || n.Line == d.Line && n.Column <= d.Column }
	if f.end != nil && begins(f.end) {
		return -1
	}
	return sort.Search(len(defs), func(i int) bool { return !begins(defs[i].Node) }) - 1
}

// Defaults is the map defaults.
type Defaults struct {
	IgnoreCase bool
	Events     []Scalar
	Bucket     *Scalar
	Notify     *Scalar
}

// ClaimsDefinition is the map claims.
type ClaimsDefinition struct {
	Node        *yaml.Node // nil without claims
	Bucket      *Scalar
	Prefix      *Scalar
	By          *Scalar
	Unreachable *Scalar
}

// Rule is one entry of rules.
type Rule struct {
	Node    *yaml.Node
	Name    Scalar
	Enabled bool
	LogOnly bool // mode: log
	Stop    bool
	Match   Match
	Outputs []Output
	Allow   []Scalar // codes of warnings
}

// Match is a rule's match, in any of its forms.
type Match struct {
	Keys       []Scalar
	Not        []Scalar
	Prefixes   []Scalar
	Suffixes   []Scalar
	Buckets    []Scalar
	Events     []Scalar
	Types      []Scalar
	Where      []Where
	Meta       []Named
	Tags       []Named
	Classes    []Scalar
	Size       *Size
	IgnoreCase *bool
}

// Where is a condition on a field of the event record.
type Where struct {
	Path   Scalar
	Values []Scalar
}

// Named is a condition on the user metadata or the tag of a name.
type Named struct {
	Name   Scalar
	Values []Scalar
}

// Size is a condition on the object's size.
type Size struct {
	Node     *yaml.Node
	Min, Max *Scalar
}

// Output is one entry of outputs, or the process, target, notify and sync of the rule itself.
type Output struct {
	Node    *yaml.Node
	InList  bool       // an entry of outputs
	Process *yaml.Node // nil if missing
	Key     *Scalar    // of the target; nil if missing
	Bucket  *Scalar    // of the target; nil if not given
	Target  *yaml.Node // nil if missing
	Notify  *Scalar    // nil if not given
	Sync    *yaml.Node // nil if not given

	Synchronous bool // the value of Sync
}

// Lacks reports whether the output has neither a field nor a misspelling of it, which has been reported.
func (o *Output) Lacks(field string) bool {
	if o.InList {
		return isMissing(o.Node, field, outputFields)
	}
	return isMissing(o.Node, field, ruleFields)
}

// LacksTargetKey reports whether the map target has neither a key, nor a misspelling of it, nor is a text without quotes.
func (o *Output) LacksTargetKey() bool {
	return isMissing(o.Target, "key", targetFields) && bracedName(o.Target) == ""
}

// Test is one entry of tests.
type Test struct {
	Node   *yaml.Node
	Key    Scalar
	Bucket *Scalar
	Event  *Scalar
	Type   *Scalar
	Size   *int64
	Time   *time.Time
	Meta   *[]NamedValue // nil if the test does not give it
	Tags   *[]NamedValue
	Class  *Scalar
	Record *yaml.Node
	Fires  []Expected
}

// NamedValue is the user metadata or the tag of a test's upload.
type NamedValue struct{ Name, Value Scalar }

// Expected is one entry of a test's fires.
type Expected struct {
	Rule    Scalar
	Process *Scalar
	Target  *Scalar
}
