package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"onput/process"
)

// OpsCmd prints the catalogue of OSS's asynchronous operations.
type OpsCmd struct {
	Operation string `arg:"" optional:"" predictor:"operation" help:"Operation to show with its parameters, such as video/convert. Default: a summary of all."`
	JSON      bool   `name:"json" help:"Print the entries of the catalogue as JSON."`
}

// Examples end onput ops --help.
func (*OpsCmd) Examples() []string {
	return []string{
		"onput ops",
		"onput ops video/convert",
	}
}

// Run prints all operations or one of them. Its error for an unknown operation lists the known ones.
func (c *OpsCmd) Run(s *streams) error {
	if c.Operation == "" {
		if c.JSON {
			var all []operationJSON
			for _, op := range process.Operations() {
				all = append(all, newOperationJSON(op))
			}
			return printJSON(s.out, all)
		}
		listOperations(s.out)
		return nil
	}
	op, err := findOperation(c.Operation)
	switch {
	case err != nil:
		return err
	case c.JSON:
		return printJSON(s.out, newOperationJSON(op))
	}
	showOperation(s.out, op)
	return nil
}

// findOperation returns the operation with a name. The names style and style/ stand for every style.
func findOperation(name string) (*process.Operation, error) {
	if strings.TrimSuffix(name, "/") == "style" {
		name = "style/NAME"
	}
	if op, ok := process.Lookup(name); ok {
		return op, nil
	}
	return nil, errors.New((&process.Request{Operation: name}).CheckOperation()[0].Message)
}

// opsWidth is the maximum number of characters in a line of the text.
const opsWidth = 100

// listOperations prints a summary of each operation.
func listOperations(w io.Writer) {
	for _, op := range process.Operations() {
		lines := append([]string{operationName(op)}, wrapWords(op.Summary, opsWidth-4)...)
		if op.Task != "" {
			lines = append(lines, "task "+op.Task)
		}
		fmt.Fprintln(w, strings.Join(append(lines, op.Doc), "\n    "))
	}
	fmt.Fprint(w, "\nonput ops OPERATION shows the parameters of one.\n")
}

// operationName returns the name of an operation as rules write it.
func operationName(op *process.Operation) string {
	if op.Name == "style/" {
		return "style/NAME"
	}
	return op.Name
}

// showOperation prints one operation with its parameters.
func showOperation(w io.Writer, op *process.Operation) {
	fmt.Fprintf(w, "%s\n%s\n%s\n\n", operationName(op), strings.Join(wrapWords(op.Summary, opsWidth), "\n"), op.Doc)
	for _, f := range operationFacts(op) {
		head := f.head
		for _, text := range f.texts {
			for _, line := range wrapWords(text, opsWidth-11) {
				fmt.Fprintf(w, "%-9s  %s\n", head, line)
				head = ""
			}
		}
	}
	notes := &footnotes{maybe: len(op.UnconfirmedSources) > 0}
	if len(op.Parameters) > 0 {
		fmt.Fprintln(w)
		printTable(w, parameterRows(op.Parameters, notes))
	}
	if op.TakesClips {
		fmt.Fprintf(w, "\nA clip of pre, joined before the upload, or of sur, joined after it:\n\n")
		printTable(w, parameterRows(clipParameters(op), notes))
	}
	if notes.maybe {
		fmt.Fprint(w, "\n?  not listed on the operation's page; as a value, accepted with a warning\n")
	}
	for i, source := range notes.sources {
		fmt.Fprintf(w, "\n[%d] %s\n", i+1, strings.Join(wrapWords(source, opsWidth-4), "\n"))
	}
}
