// Package opfacts puts what the catalogue knows of operations and their parameters into words, for onput ops and the schema.
package opfacts

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"onput/process"
)

// Fact is a heading with the texts below it.
type Fact struct {
	Head  string
	Texts []string
}

// Name returns the name of an operation as rules write it.
func Name(op *process.Operation) string {
	if op.Name == "style/" {
		return "style/NAME"
	}
	return op.Name
}

// Of returns the facts about an operation apart from its parameters.
func Of(op *process.Operation) []Fact {
	var facts []Fact
	add := func(head string, texts ...string) {
		if len(texts) > 0 {
			facts = append(facts, Fact{head, texts})
		}
	}
	switch {
	case op.Synchronous && op.Action != "":
		add("runs", "while the function waits, without a task; it needs the permission "+op.Action)
	case op.Synchronous:
		add("runs", "while the function waits, without a task")
	case op.Task != "":
		add("task", fmt.Sprintf("%s, with the permission %s", op.Task, op.Action))
	}
	if op.Sources != nil || op.UnconfirmedSources != nil {
		add("reads", withMaybe(op.Sources, op.UnconfirmedSources))
	}
	switch {
	case op.NoOutput:
		add("writes", "no object: the result comes in the message to notify")
	case op.Positional() != nil && op.Format == op.Positional().Name:
		add("writes", "the format that its value names")
	case op.Format != "":
		add("writes", "the format that "+op.Format+" names")
	case op.Chained():
		add("writes", "the format of the source, unless format follows")
	}
	if len(op.AnyOf) > 0 {
		add("needs", "one of "+strings.Join(op.AnyOf, ", "))
	}
	if len(op.Variables) > 0 {
		add("variables", fmt.Sprintf("{%s} in the target, besides {year} to {sec}", strings.Join(op.Variables, "} {")))
	}
	var unpaired []string
	for _, format := range slices.Sorted(maps.Keys(op.Unpaired)) {
		unpaired = append(unpaired, format+" from "+strings.Join(op.Unpaired[format], ", ")+" is undocumented")
	}
	add("unpaired", unpaired...)
	add("limits", op.Limits...)
	add("quirks", op.Quirks...)
	if op.Unconfirmed != "" {
		add("doubt", op.Unconfirmed)
	}
	return facts
}

// withMaybe returns a list of values, with a question mark after those that are not confirmed.
func withMaybe(values, maybe []string) string {
	list := slices.Clone(values)
	for _, v := range maybe {
		if !slices.Contains(values, v) {
			list = append(list, v+"?")
		}
	}
	return strings.Join(list, ", ")
}

// Value describes the values that a parameter takes, with bounds and unit.
func Value(p *process.Parameter) string {
	unit := ""
	if p.Unit != "" {
		unit = " " + p.Unit
	}
	low, high := plainNumber(p.Min), plainNumber(p.Max)
	switch p.Kind {
	case process.Enum:
		if len(p.Values) == 0 {
			return "not known"
		}
		return withMaybe(p.Values, p.UnconfirmedValues) + unit
	case process.Size:
		return fmt.Sprintf("WIDTHxHEIGHT, WIDTHx or xHEIGHT, each 1 to %s%s", high, unit)
	case process.Pages:
		return "pages such as 1,2,4-10"
	case process.Color:
		return "six hexadecimal digits, such as FF8800"
	case process.Text:
		return fmt.Sprintf("text of up to %s characters", high)
	case process.Font:
		return strings.Join(p.Values, ", ")
	case process.Mark:
		return fmt.Sprintf("key of an image, up to %d bytes", process.MaxKey)
	case process.Object:
		return fmt.Sprintf("key of an object, up to %d bytes", process.MaxKey)
	}
	kind := "whole number"
	if p.Kind == process.Float {
		kind = "number"
	}
	switch {
	case p.Max == 0:
		return fmt.Sprintf("%s from %s%s", kind, low, unit)
	case p.ExclusiveMin:
		return fmt.Sprintf("%s above %s, up to %s%s", kind, low, high, unit)
	}
	bounds := fmt.Sprintf("%s, %s to %s%s", kind, low, high, unit)
	if len(p.UnconfirmedValues) > 0 {
		bounds += ", " + withMaybe(nil, p.UnconfirmedValues)
	}
	return bounds
}

// OfParameter returns further facts about a parameter, a sentence each, without its source.
func OfParameter(p *process.Parameter) []string {
	var facts []string
	add := func(applies bool, fact string) {
		if applies {
			facts = append(facts, fact)
		}
	}
	add(p.Positional, "written without a name, as in "+p.Name+",VALUE")
	add(p.Required, "required")
	add(p.Excludes != nil, "not together with "+strings.Join(p.Excludes, " or "))
	add(p.IgnoredWith != nil, "ignored where "+strings.Join(p.IgnoredWith, " or ")+" is given")
	add(p.Requires != nil, "needs "+strings.Join(p.Requires, " and "))
	add(p.OnlyWith != nil, "only with "+strings.Join(NameValues(p.OnlyWith), " or "))
	for _, f := range p.FormatLimits {
		add(f.Values != nil, f.Format+": "+strings.Join(f.Values, ", "))
		add(f.Max > 0, f.Format+": at most "+plainNumber(f.Max))
	}
	add(p.Kind.Base64(), "Base64 in OSS's notation, plain text in a map")
	switch {
	case p.Permission != "" && p.PermissionValues != nil:
		add(true, strings.Join(p.PermissionValues, " and ")+" need the permission "+p.Permission)
	case p.Permission != "":
		add(true, "needs the permission "+p.Permission)
	}
	add(p.Unconfirmed != "", "unconfirmed: "+p.Unconfirmed)
	add(p.Instead != "", "use "+p.Instead+" instead")
	add(p.Doubt != "", "in doubt: "+p.Doubt)
	return facts
}

// NameValues returns parameters as NAME_VALUE.
func NameValues(params []process.Param) []string {
	var all []string
	for _, p := range params {
		all = append(all, p.Name+"_"+p.Value)
	}
	return all
}

// plainNumber formats a number without an exponent.
func plainNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// ClipParameters returns the parameters of a clip of the operation.
func ClipParameters(op *process.Operation) []process.Parameter {
	var list []process.Parameter
	for _, name := range []string{"o", "ss", "t"} {
		if p, ok := op.ClipParameter(name); ok {
			list = append(list, *p)
		}
	}
	return list
}
