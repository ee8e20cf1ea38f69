package main

import (
	"fmt"
	"io"
	"strings"

	"onput/internal/text"
	"onput/rules"
)

// diagnosticJSON is a finding of onput check --json. Lines and columns count from 1, columns in characters.
type diagnosticJSON struct {
	File      string `json:"file"`
	Line      int    `json:"line"` // 0 for the whole file, like both columns
	Column    int    `json:"column"`
	EndColumn int    `json:"endColumn"` // exclusive
	Severity  string `json:"severity"`
	Code      string `json:"code"`
	Message   string `json:"message"`
}

// printDiagnosticsJSON prints findings as a JSON array.
func printDiagnosticsJSON(w io.Writer, all rules.Diagnostics) error {
	list := []diagnosticJSON{}
	for i := range all {
		d := &all[i]
		f := diagnosticJSON{File: d.File, Severity: severity(d), Code: d.Code, Message: d.Message}
		if d.Line > 0 {
			f.Line, f.Column, f.EndColumn = d.Line, d.Column, d.Column+d.Width
		}
		list = append(list, f)
	}
	return printJSON(w, list)
}

// printWorkflowCommands prints findings as workflow commands of GitHub, which shows them next to the lines of a pull request:
// https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
func printWorkflowCommands(w io.Writer, all rules.Diagnostics) {
	for i := range all {
		d := &all[i]
		position := "file=" + workflowProperty.Replace(text.Escape(d.File))
		if d.Line > 0 {
			position += fmt.Sprintf(",line=%d,col=%d,endColumn=%d", d.Line, d.Column, d.Column+d.Width)
		}
		fmt.Fprintf(raw(w), "::%s %s,title=%s::%s\n", severity(d), position, workflowProperty.Replace(d.Code), workflowData.Replace(d.Message))
	}
}

// workflowData and workflowProperty escape the message and the properties of a workflow command.
var (
	workflowData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	workflowProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func severity(d *rules.Diagnostic) string {
	if d.Warning {
		return "warning"
	}
	return "error"
}
