package deployment

import (
	"strings"

	"onput/internal/serverlessdevs"
	"onput/rules"
)

// UnknownTriggers warns about triggers that cannot be compared with the rules, because only Serverless Devs knows what they
// listen to.
func UnknownTriggers(src []byte, functions []serverlessdevs.Function) (found rules.Diagnostics) {
	lines := strings.Split(string(src), "\n")
	for _, f := range functions {
		if e := f.Unknown["triggers"]; e != nil {
			found = append(found, rules.Diagnostic{
				File: e.File, Line: e.Pos.Line, Column: e.Pos.Column, Width: e.Pos.Width, Warning: true, Code: "sources-differ",
				Message: "triggers cannot be compared with sources: " + e.Reason, SourceLine: lines[e.Pos.Line-1],
			})
		}
	}
	return found
}
