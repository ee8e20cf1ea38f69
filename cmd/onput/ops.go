package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"onput/internal/opfacts"
	"onput/process"
)

// OpsCmd prints the catalogue of OSS's operations.
type OpsCmd struct {
	Operation string `arg:"" optional:"" predictor:"operation" help:"Operation to show with its parameters, such as video/convert or image/resize; image for a summary of the actions on images. Default: a summary of all."`
	JSON      bool   `name:"json" help:"Print the entries of the catalogue as JSON."`
}

// Examples end onput ops --help.
func (*OpsCmd) Examples() []string {
	return []string{
		"onput ops",
		"onput ops video/convert",
		"onput ops image",
	}
}

// Run prints all operations or one of them. Its error for an unknown operation lists the known ones.
func (c *OpsCmd) Run(s *streams) error {
	if category := strings.TrimSuffix(c.Operation, "/"); category == "" || category == "image" {
		listed := operationsOf(category)
		if c.JSON {
			var all []operationJSON
			for _, op := range listed {
				all = append(all, newOperationJSON(op))
			}
			return printJSON(s.out, all)
		}
		listOperations(s.out, listed, category)
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

// operationsOf returns the operations of a category such as image, all for "".
func operationsOf(category string) []*process.Operation {
	return slices.DeleteFunc(process.Operations(), func(op *process.Operation) bool { return !strings.HasPrefix(op.Name, category) })
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

// listOperations prints a summary of each operation of a category.
func listOperations(w io.Writer, operations []*process.Operation, category string) {
	if category == "image" {
		fmt.Fprint(w, "image/ACTION,…/ACTION,… runs actions one after the other, in the order written:\n"+
			"image/auto-orient,1/resize,w_200/format,webp, or in a map\n"+
			"image: {auto-orient: 1, resize: {w: 200}, format: webp}\n\n")
	}
	for _, op := range operations {
		lines := append([]string{opfacts.Name(op)}, wrapWords(op.Summary, opsWidth-4)...)
		if op.Task != "" {
			lines = append(lines, "task "+op.Task)
		}
		fmt.Fprintln(w, strings.Join(append(lines, op.Doc), "\n    "))
	}
	fmt.Fprint(w, "\nonput ops OPERATION shows the parameters of one.\n")
}

// showOperation prints one operation with its parameters.
func showOperation(w io.Writer, op *process.Operation) {
	fmt.Fprintf(w, "%s\n%s\n%s\n\n", opfacts.Name(op), strings.Join(wrapWords(op.Summary, opsWidth), "\n"), op.Doc)
	for _, f := range opfacts.Of(op) {
		head := f.Head
		for _, text := range f.Texts {
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
		printTable(w, parameterRows(opfacts.ClipParameters(op), notes))
	}
	if notes.maybe {
		fmt.Fprint(w, "\n?  not listed on the operation's page; as a value, accepted with a warning\n")
	}
	for i, source := range notes.sources {
		fmt.Fprintf(w, "\n[%d] %s\n", i+1, strings.Join(wrapWords(source, opsWidth-4), "\n"))
	}
}
