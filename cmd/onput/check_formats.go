package main

import (
	"fmt"
	"io"
	"strings"

	"onput/rules"
)

// The formats of findings that programs read. Both name places as the text does: lines and columns from 1, columns in
// characters. What is about a file as a whole has no line.

// finding is a diagnostic in JSON.
type finding struct {
	File      string `json:"file"`
	Line      int    `json:"line"` // 0 for the file as a whole, like both columns
	Column    int    `json:"column"`
	EndColumn int    `json:"endColumn"` // the first character that it is not about
	Severity  string `json:"severity"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// writeJSON writes findings as one JSON array, empty where there are none.
func writeJSON(w io.Writer, all rules.Diagnostics) error {
	list := []finding{}
	for i := range all {
		d := &all[i]
		f := finding{d.File, d.Line, d.Column, d.Column + d.Width, severity(d), d.Code, d.Message}
		if d.Line == 0 {
			f.Column, f.EndColumn = 0, 0
		}
		list = append(list, f)
	}
	return printJSON(w, list)
}

// writeGitHub writes findings as workflow commands, which GitHub shows beside the lines of a pull request.
//
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
func writeGitHub(w io.Writer, all rules.Diagnostics) {
	for i := range all {
		d := &all[i]
		place := "file=" + property.Replace(d.File)
		if d.Line > 0 {
			place += fmt.Sprintf(",line=%d,col=%d,endColumn=%d", d.Line, d.Column, d.Column+d.Width)
		}
		fmt.Fprintf(w, "::%s %s,title=%s::%s\n", severity(d), place, property.Replace(d.Code), data.Replace(d.Message))
	}
}

// What a workflow command's message and properties may not hold as it is.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func severity(d *rules.Diagnostic) string {
	if d.Warning {
		return "warning"
	}
	return "error"
}
