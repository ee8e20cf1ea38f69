package main

import "onput/internal/ruleschema"

// SchemaCmd prints the JSON Schema of the rule file.
type SchemaCmd struct{}

// Help is shown by onput schema --help.
func (*SchemaCmd) Help() string {
	return "JSON Schema 2020-12. For editors: onput schema > onput.schema.json, and as the first line of a rule file: " +
		"# yaml-language-server: $schema=onput.schema.json. It checks the form of a file; onput check checks its meaning."
}

// Examples end onput schema --help.
func (*SchemaCmd) Examples() []string {
	return []string{
		"onput schema > onput.schema.json",
	}
}

// Run prints the schema.
func (*SchemaCmd) Run(s *streams) error { return printJSON(s.out, ruleschema.New()) }
