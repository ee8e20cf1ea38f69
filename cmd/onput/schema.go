package main

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"onput/process"
	"onput/rules"
)

// SchemaCmd prints the JSON Schema of the rule file.
type SchemaCmd struct{}

// Help is shown by onput schema --help.
func (*SchemaCmd) Help() string {
	return "JSON Schema 2020-12, for editors: onput schema > onput.schema.json, and as first line of a rule file: " +
		"# yaml-language-server: $schema=onput.schema.json. It knows the form of a file; what is meant by it, onput check checks."
}

// Run prints the schema.
func (*SchemaCmd) Run(s *streams) error { return printJSON(s.out, ruleFileSchema()) }

// schema is a JSON Schema, or a part of one. It is printed with its keywords in alphabetical order.
type schema map[string]any

// The schema accepts every file that package rules loads. It is therefore lenient about values with {variables} or ${env(…)},
// numbers instead of texts, and parameters that are not confirmed. Relations between values, such as captures, loops and the
// order of min and max, are left to package rules.

const (
	hasVariable = `\{` // also ${env(…)}
	hasEnv      = `\$\{`
	bucketName  = `^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`
	fieldName   = `[^@|#*?!{}\[\]()".]+` // of a plain path in where
	ignoreCase  = "Letters of key, not, prefix and suffix are compared without case."
)

// ruleFileSchema returns the schema of a rule file, made from [rules.Fields] and the catalogue.
func ruleFileSchema() schema {
	s := mapSchema("file", "The rules of onput: which processes of OSS an upload fires.", map[string]schema{
		"version": {"const": 1, "description": "Version of the language of the file: 1."},
		"sources": textListSchema(schema{"pattern": "^[^/]", "not": schema{"type": "string", "pattern": "^oss://"}},
			"What may fire: BUCKET or BUCKET/PREFIX, the bucket a glob, the prefix literal. Keep it equal to the triggers in s.yaml. "+
				"${env('NAME','default')} is replaced."),
		"defaults": mapSchema("defaults", "For rules that do not say otherwise.", map[string]schema{
			"ignore_case": booleanSchema(ignoreCase),
			"events":      eventsSchema(),
			"target": mapSchema("defaults.target", "Where results go.", map[string]schema{
				// Any text, because it is only checked if a target names no bucket.
				"bucket": textSchema(nil, "Bucket of targets that name none; without it the source's. It may hold variables and ${env('NAME','default')}."),
			}),
			"notify": notifySchema(),
		}),
		"claims": mapSchema("claims", "Each task is claimed before it is submitted, so that a repeated delivery does not fire it again.",
			map[string]schema{
				"bucket":      textSchema(schema{"pattern": bucketName + "|" + hasEnv}, "Bucket of the claims; the source's if not given. ${env('NAME','default')} is replaced."),
				"prefix":      {"type": "string", "pattern": `^[^/][\s\S]*/$|` + hasEnv, "description": "Folder of the claims, such as .onput/: it ends in / and does not begin with it."},
				"by":          enumSchema("What makes two deliveries the same: the upload, or the object's content by its eTag.", "upload", "content"),
				"unreachable": enumSchema("What happens where claims cannot be read or written: the task fails, or fires unclaimed.", "fail", "fire"),
			}),
		"failures": mapSchema("failures", "What becomes of tasks that failed.", map[string]schema{
			"permanent": enumSchema("Where no retry can help: fail the invocation, record the failure as an object, or log it.", "fail", "record", "log"),
		}),
		"rules": {"type": "array", "minItems": 1, "items": refTo("rule"),
			"description": "Every rule that matches fires, in the order of the file."},
		"tests": {"type": "array", "items": testSchema(), "description": "What onput test holds the rules to."},
	}, "version", "rules")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "onput rule file"
	s["$defs"] = schema{
		"rule":     ruleSchema(),
		"output":   outputSchema(),
		"match":    matchSchema(),
		"process":  processSchema(),
		"variable": schema{"type": "string", "pattern": hasVariable, "description": "A text with {variables}, filled in for each upload."},
	}
	return s
}

func ruleSchema() schema {
	s := mapSchema("rule", "Which uploads fire which processes.", map[string]schema{
		"name": {"type": "string", "pattern": `^[a-z0-9][a-z0-9._-]*$`,
			"description": "Unique name: lower-case letters, digits, dots, hyphens and underscores, a letter or digit first."},
		"description": textSchema(nil, "For people."),
		"enabled":     booleanSchema("false takes the rule out: it is checked, and never fires."),
		"mode":        enumSchema("log: decide and report, submit nothing.", "fire", "log"),
		"match":       refTo("match"),
		"process":     refTo("process"),
		"target":      targetSchema(),
		"notify":      notifySchema(),
		"outputs":     {"type": "array", "minItems": 1, "items": refTo("output"), "description": "Several tasks from one rule, instead of process, target and notify."},
		"stop":        booleanSchema("true: once this rule has fired, no later rule is tried for the upload."),
	}, "name", "match")
	instead := schema{}
	for _, field := range rules.Fields()["output"] {
		instead[field] = false
	}
	s["if"] = schema{"required": []string{"outputs"}}
	s["then"] = schema{"properties": instead}
	s["else"] = processAndTarget()
	return s
}

func outputSchema() schema {
	s := mapSchema("output", "One task of a rule with several.", map[string]schema{
		"process": refTo("process"), "target": targetSchema(), "notify": notifySchema(),
	})
	s["allOf"] = []schema{processAndTarget()}
	return s
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

func targetSchema() schema {
	m := mapSchema("target", "", map[string]schema{
		"bucket": textSchema(schema{"pattern": bucketName + "|" + hasVariable}, "Bucket of the result; that of defaults, else the source's, if not given. It may hold variables and ${env('NAME','default')}."),
		"key":    textSchema(targetKeySchema(), "Key of the result, with variables."),
	}, "key")
	m["type"] = []string{"string", "number", "object"}
	maps.Copy(m, targetKeySchema())
	m["description"] = "Key of the result, or {bucket, key}. Variables are {" +
		strings.Join(append(process.KeyVariables(), "etag"), "} {") + "}, the captures of the pattern, and those that OSS fills in, {" +
		strings.Join(append(process.OutputVariables(), process.ClockVariables()...), "} {") +
		"}. Where a variable is empty, a / that follows it goes with it. Literal braces are {{ and }}."
	return m
}

func targetKeySchema() schema {
	return schema{"minLength": 1, "not": schema{"type": "string", "pattern": "^oss://"}}
}

func notifySchema() schema {
	return textSchema(nil, "SMQ topic for the message that OSS sends when the task ends; '' turns a default off. ${env('NAME','default')} is replaced.")
}

func eventsSchema() schema {
	return textListSchema(schema{"not": schema{"type": "string", "pattern": "^oss:"}},
		"Names of events, with or without ObjectCreated:, or globs; "+strings.Join(rules.DefaultEvents, ", ")+" if not given.")
}

func matchSchema() schema {
	sizeBounds := mapSchema("match.size", "Bounds of the object's size, inclusive.", map[string]schema{
		"min": sizeSchema("At least so many bytes, or a number with KiB, MiB or GiB."),
		"max": sizeSchema("At most so many bytes, or a number with KiB, MiB or GiB."),
	})
	sizeBounds["minProperties"] = 1
	s := mapSchema("match", "Which objects the rule is for: a pattern of keys, a list of them, or a map of conditions, which must all hold.", map[string]schema{
		"key":    patternsSchema("Patterns of keys, of which one must match: * is a run without /, ** any folders, {a,b} alternatives, {name} and {name:**} captures. Without / it is held against the base name."),
		"not":    patternsSchema("Patterns of keys, of which none may match."),
		"prefix": textListSchema(nil, "Texts, with one of which the key begins."),
		"suffix": textListSchema(nil, "Texts, with one of which the key ends."),
		"bucket": patternsSchema("Globs, of which one matches the bucket."),
		"events": eventsSchema(),
		"size":   sizeBounds,
		"type":   patternsSchema("Globs, of which one matches the object's MIME type; case and what follows ; do not count."),
		"where": {"type": "object", "minProperties": 1, "propertyNames": schema{"pattern": "^" + fieldName + `(\.` + fieldName + ")*$"},
			"additionalProperties": patternsSchema("Globs, of which one matches the field; one that is missing does not match."),
			"description":          "Fields of the event record, such as userIdentity.principalId, and what they match."},
		"ignore_case": booleanSchema(ignoreCase),
	})
	var one []schema
	for _, field := range rules.Fields()["match"] {
		if field != "ignore_case" {
			one = append(one, schema{"required": []string{field}})
		}
	}
	maps.Copy(s, patternsSchema(s["description"].(string)))
	s["if"], s["then"] = schema{"type": "object"}, schema{"anyOf": one}
	s["type"] = []string{"string", "number", "array", "object"}
	return s
}

func testSchema() schema {
	upload := mapSchema("test.upload", "An upload: its key, or a map of what is known of it.", map[string]schema{
		"key":    textSchema(nil, "Key of the object."),
		"bucket": textSchema(nil, "Bucket of the object."),
		"event":  textSchema(nil, "Name of the event, with or without ObjectCreated:."),
		"size":   sizeSchema("Size of the object, in bytes or with KiB, MiB or GiB."),
		"type":   textSchema(nil, "MIME type of the object."),
		"record": {"type": "object", "description": "Fields of the event record, for conditions of where."},
	}, "key")
	upload["type"] = []string{"string", "number", "object"}
	fired := mapSchema("test.fires", "A rule that fires: its name, or a map of what it fires.", map[string]schema{
		"rule":    textSchema(nil, "Name of the rule."),
		"process": textSchema(nil, "The process, in OSS's notation."),
		"target":  textSchema(nil, "Where the result goes, oss://BUCKET/KEY."),
	}, "rule")
	fired["type"] = []string{"string", "number", "object"}
	return mapSchema("test", "An upload, and the rules that it fires.", map[string]schema{
		"upload": upload,
		"fires":  {"type": "array", "items": fired, "description": "The rules that fire, in the order of the file; [] for none."},
	}, "upload", "fires")
}

// mapSchema returns the schema of a map in the rule file, which has the fields that [rules.Fields] lists for its name. Each
// gets its schema from fields, and NAME.FIELD as its title. It panics if fields has another field.
func mapSchema(name, description string, fields map[string]schema, required ...string) schema {
	properties := schema{}
	for _, field := range rules.Fields()[name] {
		s, ok := fields[field]
		if !ok {
			s = schema{} // accepted as it is; a test demands a description
		}
		if s["title"] = name + "." + field; name == "file" {
			s["title"] = field
		}
		properties[field] = s
		delete(fields, field)
	}
	for field := range fields {
		panic(fmt.Sprintf("the loader has no field %s of %s", field, name))
	}
	s := schema{"type": "object", "description": description, "properties": properties, "additionalProperties": false}
	if required != nil {
		s["required"] = required
	}
	return s
}

func refTo(name string) schema { return schema{"$ref": "#/$defs/" + name} }

func booleanSchema(description string) schema {
	return schema{"type": "boolean", "description": description}
}

func enumSchema(description string, words ...string) schema {
	return schema{"enum": words, "description": description}
}

// textSchema returns the schema of a text. Numbers are texts as they are written. Keywords in further are added.
func textSchema(further schema, description string) schema {
	s := schema{"type": []string{"string", "number"}, "description": description}
	maps.Copy(s, further)
	return s
}

// textListSchema returns the schema of a text or a list of texts.
func textListSchema(further schema, description string) schema {
	s := textSchema(further, description)
	item := textSchema(further, "")
	delete(item, "description")
	s["type"], s["items"], s["minItems"] = []string{"string", "number", "array"}, item, 1
	return s
}

// patternsSchema returns the schema of a pattern or glob, or a list of them.
func patternsSchema(description string) schema {
	return textListSchema(schema{"minLength": 1}, description)
}

func sizeSchema(description string) schema {
	return schema{"type": []string{"integer", "string"}, "minimum": 0, "pattern": `^\s*[0-9]+\s*(KiB|MiB|GiB)?$`, "description": description}
}
