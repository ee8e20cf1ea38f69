// Package eventpattern reads the event patterns of EventBridge, with which a trigger selects events.
//
// A pattern is a JSON object of the structure of an event. It matches an event that meets it in every field. A field has a
// list of conditions, of which one is enough. Texts are compared as they are, with their letter case:
// https://www.alibabacloud.com/help/en/doc-detail/181432.htm
package eventpattern

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"onput/internal/safejson"
	"onput/internal/text"
)

// Pattern is an event pattern.
type Pattern struct {
	fields []Field
}

// Field is a field of a pattern and its conditions, one of which must hold.
type Field struct {
	Path       string // names with dots between them: data.oss.object.key
	Conditions []Condition
}

// Condition is a condition on the value of a field.
type Condition struct {
	Operator Operator
	Text     string      // that Equal, Prefix, Suffix and Contains compare with
	Not      []Condition // that AnythingBut excludes, with these four operators
}

// Operator says how a [Condition] compares.
type Operator uint8

const (
	Equal Operator = iota
	Prefix
	Suffix
	Contains
	AnythingBut
	Exists  // true of every value
	Missing // true of no value
	Other   // about numbers, addresses, true, false and null: true of no text
)

// operatorNames are the names of operators in patterns.
var operatorNames = map[string]Operator{
	"prefix": Prefix, "suffix": Suffix, "contains": Contains, "anything-but": AnythingBut, "exists": Exists,
	"numeric": Other, "cidr": Other,
}

// Parse reads a pattern. Its error names the field that is not understood.
func Parse(src string) (*Pattern, error) {
	root, ok := safejson.Parse(src)
	switch {
	case !ok:
		return nil, errors.New("it is not JSON")
	case !root.IsObject():
		return nil, errors.New("it is no JSON object")
	}
	p := &Pattern{}
	if err := p.addFields("", root); err != nil {
		return nil, err
	}
	return p, nil
}

// addFields adds the fields of an object at a path, "" for the root.
func (p *Pattern) addFields(path string, object gjson.Result) error {
	var failure error
	seen := map[string]bool{}
	object.ForEach(func(name, value gjson.Result) bool {
		at := name.Str
		if path != "" {
			at = path + "." + at
		}
		switch {
		case seen[name.Str]:
			failure = fmt.Errorf("%s is there twice", text.Excerpt(at))
		case path == "" && strings.HasPrefix(name.Str, "data."):
			failure = fmt.Errorf("%s is not the name of a field: nest objects, as in {\"data\": {\"oss\": …}}", text.Excerpt(at))
		case value.IsObject():
			failure = p.addFields(at, value)
		case value.IsArray():
			var f Field
			if f, failure = parseField(at, value); failure == nil {
				p.fields = append(p.fields, f)
			}
		default:
			failure = fmt.Errorf("%s is not a list of conditions: write [%s]", text.Excerpt(at), text.Truncate(value.Raw, 80))
		}
		seen[name.Str] = true
		return failure == nil
	})
	return failure
}

func parseField(path string, list gjson.Result) (f Field, err error) {
	f.Path = path
	list.ForEach(func(_, value gjson.Result) bool {
		var c Condition
		if c, err = parseCondition(value); err != nil {
			err = fmt.Errorf("%s: %w", text.Excerpt(path), err)
		}
		f.Conditions = append(f.Conditions, c)
		return err == nil
	})
	return f, err
}

// parseCondition reads an entry of a field's list: a value, or an object of an operator and what it compares with.
func parseCondition(value gjson.Result) (c Condition, err error) {
	if !value.IsObject() {
		return parseValue(value)
	}
	count := 0
	value.ForEach(func(name, operand gjson.Result) bool {
		count++
		operator, known := operatorNames[name.Str]
		switch {
		case !known:
			err = fmt.Errorf("EventBridge documents no operator %s", text.Excerpt(name.Str))
		case count > 1:
			err = errors.New("an object holds one operator: write one object for each")
		default:
			c, err = parseOperand(operator, name.Str, operand)
		}
		return err == nil
	})
	if count == 0 {
		err = errors.New("{} has no operator")
	}
	return c, err
}

// parseValue reads a value that the field must have.
func parseValue(value gjson.Result) (Condition, error) {
	switch {
	case value.IsArray():
		return Condition{}, errors.New("a list holds another list")
	case value.Type == gjson.String:
		return Condition{Operator: Equal, Text: value.Str}, nil
	}
	return Condition{Operator: Other}, nil
}

// parseOperand reads what an operator compares with.
func parseOperand(operator Operator, name string, operand gjson.Result) (c Condition, err error) {
	c.Operator = operator
	switch operator {
	case Prefix, Suffix, Contains:
		if c.Text = operand.Str; operand.Type != gjson.String {
			err = fmt.Errorf("%s takes a text", name)
		}
	case Exists:
		if !operand.IsBool() {
			err = errors.New("exists takes true or false")
		} else if !operand.Bool() {
			c.Operator = Missing
		}
	case AnythingBut:
		entries := []gjson.Result{operand}
		if operand.IsArray() {
			entries = operand.Array()
		}
		for _, entry := range entries {
			not, failure := parseCondition(entry)
			if failure == nil && not.Operator > Contains && not.Operator != Other {
				failure = errors.New("anything-but excludes values and prefixes")
			}
			if failure != nil {
				return c, failure
			}
			c.Not = append(c.Not, not)
		}
	}
	return c, err
}

// Fields returns the fields in their order. Do not change them.
func (p *Pattern) Fields() []Field { return p.fields }

// Conditions returns the conditions of a field. It reports false if the pattern does not have the field, and matches any value.
func (p *Pattern) Conditions(path string) (conditions []Condition, ok bool) {
	i := slices.IndexFunc(p.fields, func(f Field) bool { return f.Path == path })
	if i < 0 {
		return nil, false
	}
	return p.fields[i].Conditions, true
}

// Matches reports whether an event may have a text in a field.
func (p *Pattern) Matches(path, value string) bool {
	conditions, ok := p.Conditions(path)
	return !ok || slices.ContainsFunc(conditions, func(c Condition) bool { return c.Matches(value) })
}

// Matches reports whether a text meets the condition.
func (c *Condition) Matches(value string) bool {
	switch c.Operator {
	case Equal:
		return value == c.Text
	case Prefix:
		return strings.HasPrefix(value, c.Text)
	case Suffix:
		return strings.HasSuffix(value, c.Text)
	case Contains:
		return strings.Contains(value, c.Text)
	case AnythingBut:
		return !slices.ContainsFunc(c.Not, func(not Condition) bool { return not.Matches(value) })
	case Exists:
		return true
	}
	return false
}

// String returns the condition as patterns write it, shortened.
func (c *Condition) String() string {
	switch value := text.Truncate(strconv.Quote(c.Text), 120); c.Operator {
	case Prefix:
		return `{"prefix": ` + value + "}"
	case Suffix:
		return `{"suffix": ` + value + "}"
	case Contains:
		return `{"contains": ` + value + "}"
	case AnythingBut:
		return `{"anything-but": …}`
	case Exists:
		return `{"exists": true}`
	case Missing:
		return `{"exists": false}`
	case Other:
		return "a condition on what is no text"
	default:
		return value
	}
}
