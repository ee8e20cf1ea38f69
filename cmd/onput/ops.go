package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onput/process"
)

// OpsCmd prints what the catalogue knows about OSS's asynchronous operations.
type OpsCmd struct {
	Operation string `arg:"" optional:"" predictor:"operation" help:"Operation to show with its parameters, such as video/convert; all in short if not given."`
	JSON      bool   `name:"json" help:"Print the entries of the catalogue as JSON."`
}

// Run prints all operations or one of them. An operation that is not asynchronous is an error that says which are.
func (c *OpsCmd) Run(s *streams) error {
	if c.Operation == "" {
		if c.JSON {
			var all []operationEntry
			for _, op := range process.Operations() {
				all = append(all, newOperationEntry(op))
			}
			return printJSON(s.out, all)
		}
		listOperations(s.out)
		return nil
	}
	op, err := findOperation(c.Operation)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, newOperationEntry(op))
	}
	showOperation(s.out, op)
	return nil
}

// findOperation returns the operation of that name. style and style/ stand for every style.
func findOperation(name string) (*process.Operation, error) {
	if strings.TrimSuffix(name, "/") == "style" {
		name = "style/NAME"
	}
	if op, ok := process.Lookup(name); ok {
		return op, nil
	}
	return nil, errors.New((&process.Request{Operation: name}).CheckOperation()[0].Message)
}

// opsWidth is how many characters a line of the text has at most.
const opsWidth = 100

// listOperations prints each operation in short.
func listOperations(w io.Writer) {
	for _, op := range process.Operations() {
		fmt.Fprintf(w, "%s\n", operationName(op))
		for _, line := range wrapWords(op.Summary, opsWidth-4) {
			fmt.Fprintf(w, "    %s\n", line)
		}
		if op.Task != "" {
			fmt.Fprintf(w, "    task %s\n", op.Task)
		}
		fmt.Fprintf(w, "    %s\n", op.Doc)
	}
	fmt.Fprint(w, "\nonput ops OPERATION shows one with its parameters.\n")
}

// operationName is the operation as it is written in a rule.
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
		fmt.Fprint(w, "\n?  not named by the operation's page; as a value accepted with a warning\n")
	}
	for i, source := range notes.sources {
		for j, line := range wrapWords(source, opsWidth-4) {
			if j == 0 {
				fmt.Fprintf(w, "\n[%d] %s\n", i+1, line)
			} else {
				fmt.Fprintln(w, line)
			}
		}
	}
}

// operationFact is what is said about an operation under one head.
type operationFact struct {
	head  string
	texts []string
}

func operationFacts(op *process.Operation) []operationFact {
	var facts []operationFact
	add := func(head string, texts ...string) {
		if len(texts) > 0 {
			facts = append(facts, operationFact{head, texts})
		}
	}
	if op.Task != "" {
		add("task", fmt.Sprintf("%s, with the permission %s", op.Task, op.Action))
	}
	if op.Sources != nil {
		add("reads", withMaybe(op.Sources, op.UnconfirmedSources))
	}
	switch {
	case op.NoOutput:
		add("writes", "no object: the result is in the message to notify")
	case op.Format != "":
		add("writes", "the format that "+op.Format+" names")
	}
	if len(op.Variables) > 0 {
		add("variables", fmt.Sprintf("{%s} in the target, beside the clock's", strings.Join(op.Variables, "} {")))
	}
	add("limits", op.Limits...)
	add("quirks", op.Quirks...)
	if op.Unconfirmed != "" {
		add("doubt", op.Unconfirmed)
	}
	return facts
}

// footnotes is what the tables of an operation refer to.
type footnotes struct {
	maybe   bool
	sources []string
}

// mark returns the number of a source in brackets.
func (n *footnotes) mark(source string) string {
	i := slices.Index(n.sources, source)
	if i < 0 {
		i = len(n.sources)
		n.sources = append(n.sources, source)
	}
	return fmt.Sprintf("[%d]", i+1)
}

// parameterRows makes a table of parameters. What is not confirmed and where it is known from goes into notes.
func parameterRows(params []process.Parameter, notes *footnotes) [][]string {
	rows := [][]string{{"PARAMETER", "VALUE", "DEFAULT", "WHAT IT IS"}}
	for i := range params {
		p := &params[i]
		note := p.Note
		if p.Source != "" {
			note += " " + notes.mark(p.Source)
		}
		notes.maybe = notes.maybe || len(p.MaybeValues) > 0
		about := strings.Join(append([]string{note}, parameterFacts(p)...), "\n")
		rows = append(rows, []string{p.Name, parameterValue(p), p.Default, about})
	}
	return rows
}

// withMaybe returns values, and behind them the others that are not confirmed, with a question mark.
func withMaybe(values, maybe []string) string {
	list := slices.Clone(values)
	for _, v := range maybe {
		if !slices.Contains(values, v) {
			list = append(list, v+"?")
		}
	}
	return strings.Join(list, ", ")
}

// parameterValue says what a value of the parameter is, with its bounds and unit.
func parameterValue(p *process.Parameter) string {
	unit := ""
	if p.Unit != "" {
		unit = " " + p.Unit
	}
	low, high := plainNumber(p.Min), plainNumber(p.Max)
	switch p.Kind {
	case process.Enum:
		if len(p.Values) == 0 {
			return "not known"
		}
		return withMaybe(p.Values, p.MaybeValues) + unit
	case process.Size:
		return fmt.Sprintf("WIDTHxHEIGHT, WIDTHx or xHEIGHT, each 1 to %s%s", high, unit)
	case process.Pages:
		return "pages such as 1,2,4-10"
	case process.Object:
		return fmt.Sprintf("key of an object, up to %d bytes", process.MaxKey)
	}
	what := "whole number"
	if p.Kind == process.Float {
		what = "number"
	}
	switch {
	case p.Max > 0 && p.ExclusiveMin:
		return fmt.Sprintf("%s above %s, up to %s%s", what, low, high, unit)
	case p.Max > 0:
		return fmt.Sprintf("%s, %s to %s%s", what, low, high, unit)
	}
	return fmt.Sprintf("%s from %s%s", what, low, unit)
}

// parameterFacts says what else is to be known of the parameter: a sentence a fact, without its source.
func parameterFacts(p *process.Parameter) []string {
	var facts []string
	if p.Required {
		facts = append(facts, "required")
	}
	if len(p.Excludes) > 0 {
		facts = append(facts, "not together with "+strings.Join(p.Excludes, " or "))
	}
	if len(p.Requires) > 0 {
		facts = append(facts, "needs "+strings.Join(p.Requires, " and "))
	}
	if len(p.OnlyWith) > 0 {
		var with []string
		for _, q := range p.OnlyWith {
			with = append(with, q.Name+"_"+q.Value)
		}
		facts = append(facts, "only with "+strings.Join(with, " or "))
	}
	for _, f := range p.PerFormat {
		if f.Values != nil {
			facts = append(facts, f.Format+": "+strings.Join(f.Values, ", "))
		}
		if f.Max > 0 {
			facts = append(facts, f.Format+": at most "+plainNumber(f.Max))
		}
	}
	if p.Kind.Base64() {
		facts = append(facts, "Base64 in OSS's notation, in clear in a map")
	}
	if p.Unconfirmed != "" {
		facts = append(facts, "not confirmed: "+p.Unconfirmed)
	}
	if p.Doubt != "" {
		facts = append(facts, "in doubt: "+p.Doubt)
	}
	return facts
}

func plainNumber(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// clipParameters returns what a clip of the operation takes.
func clipParameters(op *process.Operation) []process.Parameter {
	var list []process.Parameter
	for _, name := range []string{"o", "ss", "t"} {
		if p, ok := op.Clip(name); ok {
			list = append(list, *p)
		}
	}
	return list
}

// printTable prints rows whose cells may hold several lines. The last column takes what the others leave of the width.
func printTable(w io.Writer, rows [][]string) {
	const gap = 2
	widths := []int{0, 30, 12, 0} // of the middle columns at most
	for column := range widths {
		widest := 0
		for _, row := range rows {
			for line := range strings.Lines(row[column]) {
				widest = max(widest, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
			}
		}
		if widths[column] == 0 || widest < widths[column] {
			widths[column] = widest
		}
	}
	widths[3] = opsWidth - widths[0] - widths[1] - widths[2] - 3*gap
	for _, row := range rows {
		cells := make([][]string, len(row))
		height := 0
		for i, text := range row {
			for line := range strings.Lines(text) {
				cells[i] = append(cells[i], wrapWords(line, widths[i])...)
			}
			height = max(height, len(cells[i]))
		}
		for y := range height {
			var line strings.Builder
			for i, cell := range cells {
				text := ""
				if y < len(cell) {
					text = cell[y]
				}
				line.WriteString(text)
				line.WriteString(strings.Repeat(" ", max(0, widths[i]+gap-utf8.RuneCountInString(text))))
			}
			fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
		}
	}
}

// wrapWords breaks a text into lines of at most width characters. A longer word has a line of its own.
func wrapWords(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// operationEntry is an operation as programs read it. What an entry does not say is left out.
type operationEntry struct {
	Name        string           `json:"name"`
	Summary     string           `json:"summary"`
	Doc         string           `json:"doc"`
	Task        string           `json:"task,omitempty"`
	Action      string           `json:"action,omitempty"`
	Sources     []string         `json:"sources,omitempty"`
	MaybeReads  []string         `json:"maybeReads,omitempty"`
	Format      string           `json:"format,omitempty"`
	WritesNone  bool             `json:"writesNone,omitempty"`
	Parameters  []parameterEntry `json:"parameters"`
	Joins       bool             `json:"joins,omitempty"`
	Clips       []parameterEntry `json:"clips,omitempty"`
	MaxInputs   int              `json:"maxInputs,omitempty"`
	Variables   []string         `json:"variables,omitempty"`
	Limits      []string         `json:"limits,omitempty"`
	Quirks      []string         `json:"quirks,omitempty"`
	Unconfirmed string           `json:"unconfirmed,omitempty"`
}

// parameterEntry is a parameter as programs read it.
type parameterEntry struct {
	Name        string        `json:"name"`
	Kind        string        `json:"kind"`
	Note        string        `json:"note"`
	Unit        string        `json:"unit,omitempty"`
	Values      []string      `json:"values,omitempty"`
	MaybeValues []string      `json:"maybeValues,omitempty"`
	Min         *float64      `json:"min,omitempty"`
	Max         *float64      `json:"max,omitempty"`
	Above       bool          `json:"above,omitempty"` // min itself is out of bounds
	Default     string        `json:"default,omitempty"`
	Required    bool          `json:"required,omitempty"`
	Excludes    []string      `json:"excludes,omitempty"`
	Requires    []string      `json:"requires,omitempty"`
	OnlyWith    []string      `json:"onlyWith,omitempty"` // NAME_VALUE
	PerFormat   []formatEntry `json:"perFormat,omitempty"`
	Source      string        `json:"source,omitempty"`
	Unconfirmed string        `json:"unconfirmed,omitempty"`
	Doubt       string        `json:"doubt,omitempty"`
}

type formatEntry struct {
	Format string   `json:"format"`
	Max    float64  `json:"max,omitempty"`
	Values []string `json:"values,omitempty"`
}

func newOperationEntry(op *process.Operation) operationEntry {
	return operationEntry{
		Name: operationName(op), Summary: op.Summary, Doc: op.Doc, Task: op.Task, Action: op.Action, Sources: op.Sources,
		MaybeReads: op.UnconfirmedSources, Format: op.Format, WritesNone: op.NoOutput, Parameters: parameterEntries(op.Parameters),
		Joins: op.TakesClips, Clips: parameterEntries(clipParameters(op)), MaxInputs: op.MaxInputs, Variables: op.Variables,
		Limits: op.Limits, Quirks: op.Quirks, Unconfirmed: op.Unconfirmed,
	}
}

func parameterEntries(params []process.Parameter) []parameterEntry {
	kinds := map[process.Kind]string{
		process.Enum: "enum", process.Int: "int", process.Float: "float", process.Size: "size", process.Pages: "pages",
		process.Object: "object",
	}
	entries := []parameterEntry{}
	for i := range params {
		p := &params[i]
		e := parameterEntry{
			Name: p.Name, Kind: kinds[p.Kind], Note: p.Note, Unit: p.Unit, Values: p.Values, MaybeValues: p.MaybeValues,
			Above: p.ExclusiveMin, Default: p.Default, Required: p.Required, Excludes: p.Excludes, Requires: p.Requires,
			Source: p.Source, Unconfirmed: p.Unconfirmed, Doubt: p.Doubt,
		}
		if p.Kind == process.Int || p.Kind == process.Float {
			e.Min = &p.Min
		}
		if p.Max > 0 {
			e.Max = &p.Max
		}
		for _, q := range p.OnlyWith {
			e.OnlyWith = append(e.OnlyWith, q.Name+"_"+q.Value)
		}
		for _, f := range p.PerFormat {
			e.PerFormat = append(e.PerFormat, formatEntry{f.Format, f.Max, f.Values})
		}
		entries = append(entries, e)
	}
	return entries
}
