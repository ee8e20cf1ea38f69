package ruleschema

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"onput/internal/opfacts"
	"onput/process"
)

// styleName matches the name after style/.
const styleName = `(::)?[A-Za-z0-9._-]+`

// processSchema returns the schema of a process in either form. The map form is checked against the catalogue, the text only
// for its operation and the form of its parameters.
func processSchema() schema {
	operations, actions := schema{}, schema{}
	for _, op := range process.Operations() {
		if op.Name != "style/" {
			operations[op.Name] = parametersSchema(op)
		}
		if op.Chained() {
			action := schema{"$ref": "#/$defs/process/properties/image~1" + op.ShortName()}
			actions[op.ShortName()] = schema{"title": op.Name, "description": op.Summary,
				"anyOf": []schema{action, {"type": "array", "minItems": 1, "items": action}}}
		}
	}
	operations["image"] = schema{"type": "object", "title": "image", "minProperties": 1, "properties": actions, "additionalProperties": false,
		"description": "Actions on an image, in the order written, such as {auto-orient: 1, resize: {w: 200}, format: webp}. " +
			"One that is repeated has a list."}
	style, _ := process.Lookup("style/NAME")
	noParameters := parametersSchema(style)
	return schema{
		"type": []string{"string", "object"},
		"description": "What OSS does with the object: OSS's own notation, such as doc/convert,target_pdf, or a map of one operation to " +
			"its parameters, sent in the order written, or of image to its actions. Parameters may contain {variables}. Leave out sys/ directives: target and notify write them.",
		"pattern":              processPattern(),
		"patternErrorMessage":  "expected OPERATION,NAME_VALUE,… with an operation that onput ops lists", // shown by editors instead of the pattern
		"minProperties":        1,
		"maxProperties":        1,
		"properties":           operations,
		"patternProperties":    schema{"^style/" + styleName + "$": noParameters},
		"additionalProperties": false,
	}
}

// processPattern returns the expression for a process in OSS's notation: an operation, its parameters, and clips if it takes
// any.
func processPattern() string {
	const parameters = `(,[a-z]+_[^,/|]*)*`
	var withClips, actions, others []string
	for _, op := range process.Operations() {
		switch {
		case op.Name == "style/":
		case op.Chained():
			actions = append(actions, regexp.QuoteMeta(op.ShortName()))
		case op.TakesClips:
			withClips = append(withClips, regexp.QuoteMeta(op.Name))
		default:
			others = append(others, regexp.QuoteMeta(op.Name))
		}
	}
	return "^((" + strings.Join(others, "|") + ")" + parameters +
		"|(" + strings.Join(withClips, "|") + ")" + parameters + "(/(pre|sur)" + parameters + ")*" +
		"|image/(" + strings.Join(actions, "|") + ")([,/][^|]*)?" + // values may hold slashes
		"|style/" + styleName + ")$"
}

// parametersSchema returns the schema of an operation's parameters in the map form.
func parametersSchema(op *process.Operation) schema {
	s := parameterMap(op.Parameters, opfacts.Name(op)+" ")
	if len(op.AnyOf) > 0 {
		var some []schema
		for _, name := range op.AnyOf {
			some = append(some, schema{"required": []string{name}})
		}
		s["anyOf"] = some
	}
	if bare := op.Positional(); bare != nil {
		delete(s["properties"].(schema), bare.Name)
		value := parameterSchema(bare)
		if len(op.Parameters) > 1 { // a map as well; what it must have does not concern other values
			types := append(value["type"].([]string), "object")
			maps.Copy(value, s)
			value["type"] = types
		}
		value["title"], value["description"] = op.Name+" "+bare.Name, operationText(op)+"\n\n"+parameterText(bare)
		return value
	}
	s["title"], s["description"] = opfacts.Name(op), operationText(op)
	if s["required"] == nil && s["anyOf"] == nil {
		s["type"] = []string{"object", "null"}
	}
	if !op.TakesClips {
		s["patternProperties"] = schema{"^(pre|sur)$": schema{"type": "array", "maxItems": 0}} // empty lists are fine
		return s
	}
	clip := parameterMap(opfacts.ClipParameters(op), "clip ")
	clip["description"] = "A clip, in the bucket of the upload."
	for where, position := range map[string]string{"pre": "before", "sur": "after"} {
		list := schema{"type": "array", "items": clip, "title": op.Name + " " + where,
			"description": "Clips that are joined " + position + " the upload."}
		if op.MaxInputs > 0 {
			list["maxItems"] = op.MaxInputs - 1
		}
		s["properties"].(schema)[where] = list
	}
	return s
}

// operationText returns the text that an editor shows for an operation.
func operationText(op *process.Operation) string {
	lines := []string{op.Summary}
	for _, f := range opfacts.Of(op) {
		lines = append(lines, f.Head+": "+strings.Join(f.Texts, "; "))
	}
	return strings.Join(append(lines, op.Doc), "\n\n")
}

// parameterMap returns the schema of a map of parameters. It accepts values of which package rules only warns.
func parameterMap(params []process.Parameter, prefix string) schema {
	properties, requires := schema{}, schema{}
	var required []string
	var excluded []schema
	for i := range params {
		p := &params[i]
		value := parameterSchema(p)
		value["title"], value["description"] = prefix+p.Name, parameterText(p)
		properties[p.Name] = value
		if isLenient(p) {
			continue
		}
		if p.Required && !p.Positional {
			required = append(required, p.Name)
		}
		if len(p.Requires) > 0 {
			requires[p.Name] = p.Requires
		}
		for _, other := range p.Excludes {
			// Of two that exclude each other, the later one decides whether package rules only warns. The schema knows no
			// order, so it has a condition only if neither is lenient.
			j := slices.IndexFunc(params, func(q process.Parameter) bool { return q.Name == other })
			mutual := j >= 0 && slices.Contains(params[j].Excludes, p.Name)
			if !mutual || j > i && !isLenient(&params[j]) {
				excluded = append(excluded, schema{"not": schema{"required": []string{p.Name, other}}})
			}
		}
	}
	s := schema{"type": "object", "properties": properties, "additionalProperties": false}
	if required != nil {
		s["required"] = required
	}
	if len(requires) > 0 {
		s["dependentRequired"] = requires
	}
	if excluded != nil {
		s["allOf"] = excluded
	}
	return s
}

// isLenient reports whether package rules only warns of values out of the parameter's bounds.
func isLenient(p *process.Parameter) bool { return p.Unconfirmed != "" || p.Doubt != "" }

// parameterText returns the text that an editor shows for a parameter.
func parameterText(p *process.Parameter) string {
	lines := []string{p.Note + ".", "Value: " + opfacts.Value(p) + "."}
	if len(p.UnconfirmedValues) > 0 {
		lines[1] += " (?: not listed on the operation's page.)"
	}
	if p.Default != "" {
		lines = append(lines, "Default: "+p.Default+".")
	}
	for _, fact := range opfacts.OfParameter(p) {
		lines = append(lines, strings.ToUpper(fact[:1])+fact[1:]+".")
	}
	if p.Source != "" {
		lines = append(lines, "Known from: "+p.Source)
	}
	return strings.Join(lines, "\n\n")
}

const (
	hasVariable = `\{`                  // also ${env(…)}
	closed      = `^[^,/|]*$`           // no character that ends a parameter
	decimals    = `^[0-9]+(\.[0-9]+)?$` // process.Float
	sides       = `^([0-9]+x[0-9]*|x[0-9]+)$`
	pageList    = `^[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*$`
)

// parameterSchema returns the schema of a parameter's value: a value of its kind, or a text with variables. A value of a
// parameter that is not confirmed may be anything that does not end the parameter.
func parameterSchema(p *process.Parameter) schema {
	orVariable := func(pattern string, types ...string) schema {
		return schema{"type": append(types, "string"), "pattern": pattern + "|" + hasVariable}
	}
	if p.Kind == process.Enum && len(p.Values) > 0 {
		others := schema{"$ref": "#/$defs/variable"}
		if isLenient(p) {
			others = orVariable(closed, "number", "boolean")
		}
		return schema{"anyOf": []schema{{"enum": asWritten(append(slices.Clone(p.Values), p.UnconfirmedValues...))}, others}}
	}
	switch {
	case isLenient(p) && p.Kind.Base64():
		return schema{"type": []string{"number", "boolean", "string"}}
	case isLenient(p), p.Kind == process.Enum:
		return orVariable(closed, "number", "boolean")
	}
	switch p.Kind {
	case process.Int, process.Float:
		s := orVariable(`^-?[0-9]+$`, "integer")
		if p.Min >= 0 {
			s = orVariable(`^[0-9]+$`, "integer")
		}
		if p.Kind == process.Float {
			s = orVariable(decimals, "number")
		}
		minimum := "minimum"
		if p.ExclusiveMin {
			minimum = "exclusiveMinimum"
		}
		s[minimum] = p.Min
		if p.Max > 0 {
			s["maximum"] = p.Max
		}
		return s
	case process.Size:
		return orVariable(sides)
	case process.Color:
		return orVariable(`^[0-9A-Fa-f]{6}$`, "number") // 000000, for example
	case process.Pages:
		s := orVariable(pageList, "integer")
		s["minimum"] = 0
		return s
	}
	return schema{"type": []string{"string", "number", "boolean"}, "minLength": 1}
}

// asWritten returns values as YAML may hold them, each once: as numbers if they look like numbers, and as texts.
func asWritten(values []string) []any {
	var numbers, texts []any
	for i, v := range values {
		if slices.Contains(values[:i], v) {
			continue
		}
		if n, err := strconv.Atoi(v); err == nil {
			numbers = append(numbers, n)
		}
		texts = append(texts, v)
	}
	return append(numbers, texts...)
}
