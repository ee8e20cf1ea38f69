package main

import (
	"strings"

	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/internal/triggers"
	"onput/rules"
)

// compareTriggers warns where the triggers of a Serverless Devs file and the rules differ. An upload that only one of them
// names does nothing. It reports false if the comparison gave up.
func compareTriggers(
	file string, src []byte, functions []serverlessdevs.Function, set *rules.Set,
) (found rules.Diagnostics, complete bool) {
	lines := strings.Split(string(src), "\n")
	differences, complete := triggers.Compare(functions, set.Compiled())
	for _, d := range differences {
		found = append(found, rules.Diagnostic{
			File: file, Line: d.Pos.Line, Column: d.Pos.Column, Width: d.Pos.Width, Warning: true,
			Code: d.Code, Message: text.Escape(d.Message), SourceLine: lines[d.Pos.Line-1],
		})
	}
	return found, complete
}
