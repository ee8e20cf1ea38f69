// Package ruleschema makes the JSON Schema of rule files, for editors, from schema.yaml and the catalogue in package process.
package ruleschema

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"onput/process"
	"onput/rules"
)

// schema is a JSON Schema, or a part of one. It is printed with its keywords in alphabetical order.
type schema = map[string]any

// schemaYAML is the schema without processes. It names lists of the catalogue as @NAME@.
//
//go:embed schema.yaml
var schemaYAML string

// New returns the schema of a rule file, made from schema.yaml and the catalogue.
func New() map[string]any {
	lists := strings.NewReplacer(
		"@WARNING_CODES@", strings.Join(rules.WarningCodes(), ", "),
		"@DEFAULT_EVENTS@", strings.Join(rules.DefaultEvents, ", "),
		"@STORAGE_CLASSES@", strings.Join(rules.StorageClasses, ", "),
		"@KEY_VARIABLES@", strings.Join(append(process.KeyVariables(), "etag"), "} {"),
		"@OUTPUT_VARIABLES@", strings.Join(append(process.OutputVariables(), process.ClockVariables()...), "} {"))
	var s schema
	if err := yaml.Load([]byte(lists.Replace(schemaYAML)), &s); err != nil {
		panic(fmt.Sprintf("schema.yaml: %v", err))
	}
	completeMaps(s)
	defs := s["$defs"].(schema)
	defs["process"] = processSchema()
	defs["rule"].(schema)["else"] = processAndTarget()
	defs["output"].(schema)["allOf"] = []schema{processAndTarget()}
	return s
}

// completeMaps replaces the keyword fields, which schema.yaml uses for the maps of a rule file, in a schema and its parts. Such
// a map has the fields that [rules.Fields] lists, no others, and NAME.FIELD as their titles.
func completeMaps(s schema) {
	for _, value := range s {
		if part, ok := value.(schema); ok {
			completeMaps(part)
		}
	}
	name, ok := s["fields"].(string)
	if !ok {
		return
	}
	delete(s, "fields")
	properties := s["properties"].(schema)
	if want := rules.Fields()[name]; !slices.Equal(slices.Sorted(maps.Keys(properties)), slices.Sorted(slices.Values(want))) {
		panic(fmt.Sprintf("schema.yaml: the loader knows other fields of %s: %s", name, strings.Join(want, ", ")))
	}
	for field, property := range properties {
		property.(schema)["title"] = strings.TrimPrefix(name+"."+field, "file.")
	}
	if s["additionalProperties"] = false; s["type"] == nil {
		s["type"] = "object"
	}
}

// processAndTarget requires a process, and a target unless the process writes no object.
func processAndTarget() schema {
	var named []string
	objects := schema{}
	for _, op := range process.Operations() {
		if op.NoOutput {
			named = append(named, regexp.QuoteMeta(op.Name))
			objects[op.Name] = true
		}
	}
	none := schema{"type": []string{"string", "object"}, "pattern": "^(" + strings.Join(named, "|") + ")", "minProperties": 1,
		"properties": objects, "additionalProperties": false}
	return schema{
		"required": []string{"process"},
		"if":       schema{"properties": schema{"process": none}},
		"then":     schema{"properties": schema{"target": false}},
		"else":     schema{"required": []string{"target"}},
	}
}
