package explanation

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"onput/internal/text"
	"onput/rules"
)

// Text prints each explanation as a text: the upload, the verdict of each rule, and totals.
type Text struct {
	w     io.Writer
	count int
}

// NewText returns a printer to w.
func NewText(w io.Writer) *Text { return &Text{w: w} }

// End does nothing: each explanation is complete.
func (*Text) End() error { return nil }

// Add prints an explanation.
func (p *Text) Add(e *rules.Explanation) {
	if p.count++; p.count > 1 {
		fmt.Fprintln(p.w)
	}
	u, size := &e.Upload, ""
	if e.Given.Has(rules.GivenSize) && u.Size >= 0 {
		size = fmt.Sprintf("%d bytes", u.Size)
	}
	location := "oss://" + u.Bucket + "/" + u.Key
	facts := append([]string{text.Printable(location), text.Printable(u.Event), size, text.Printable(u.Type)}, objectFacts(u)...)
	facts = slices.DeleteFunc(facts, func(t string) bool { return t == "" })
	p.printf("%s\n", strings.Join(facts, ", "))
	p.line("assumed: ", e.Assumed)
	fmt.Fprintln(p.w)
	if e.Skip != "" {
		p.printf("skipped: %s\n\nnothing fires\n", e.Skip)
		return
	}
	width := 0
	for i := range e.Rules {
		width = max(width, len(e.Rules[i].Rule))
	}
	fields := false // are printed
	for i := range e.Rules {
		o := &e.Rules[i]
		if o.Fired {
			p.fired(o)
			continue
		}
		p.printf("-      %-*s  %s\n", width, o.Rule, o.Reason)
		indent := fmt.Sprintf("       %*s  ", width, "")
		p.line(indent, o.Hint)
		if !fields && len(o.Fields) > 0 {
			fields = true
			p.line(indent, "the event has: "+printableList(o.Fields))
		}
	}
	p.totals(e)
}

// fired prints a rule that fired, with its tasks.
func (p *Text) fired(o *rules.RuleOutcome) {
	p.printf("fired  %s\n", o.Rule)
	for i := range o.Tasks {
		t := &o.Tasks[i]
		p.printf("         %s\n", text.Printable(t.Process))
		p.line("           ", t.Describe())
		p.line("         target:  ", text.Printable(t.Target.String()))
		p.line("         notify:  ", text.Printable(t.Notify))
		if t.Log {
			fmt.Fprintln(p.w, "         mode: log, so nothing is submitted")
		}
		if t.Err != nil {
			p.printf("         cannot be submitted: %v\n", t.Err)
		}
	}
	p.line("         assumed: ", strings.Join(o.Assumed, "; "))
}

// maxCombinations is the number of combinations that are printed.
const maxCombinations = 8

// totals prints how many rules fired, and which of them together.
func (p *Text) totals(e *rules.Explanation) {
	fired, failing := 0, 0
	for _, o := range e.Rules {
		if o.Fired {
			fired++
		}
		for _, t := range o.Tasks {
			if t.Err != nil {
				failing++
			}
		}
	}
	switch {
	case fired == 0:
		p.printf("\nno rule matches (%d checked)\n", len(e.Rules))
		return
	case e.Combinations != nil:
		p.printf("\n%d of %s fired, but not all for the same upload:\n\n",
			fired, text.Plural(len(e.Rules), "rule"))
		for i, c := range e.Combinations {
			if i == maxCombinations {
				p.printf("  and %s\n", text.Plural(len(e.Combinations)-i, "more combination"))
				break
			}
			p.printf("  %s\n", text.JoinAnd(c.Rules))
			p.line("    if ", strings.Join(c.Assumed, "; "))
		}
		return
	}
	p.printf("\n%d of %s fired: %s", fired, text.Plural(len(e.Rules), "rule"), text.Plural(len(e.Tasks()), "task"))
	if failing > 0 {
		p.printf(", %d of which cannot be submitted", failing)
	}
	fmt.Fprintln(p.w)
}

func (p *Text) printf(format string, args ...any) { text.Printf(p.w, format, args...) }

// line prints a line of a label and a text, if there is a text.
func (p *Text) line(label, line string) {
	if line != "" {
		p.printf("%s%s\n", label, line)
	}
}

// printableList joins texts from outside.
func printableList(texts []string) string {
	var printable []string
	for _, t := range texts {
		printable = append(printable, text.Printable(t))
	}
	return strings.Join(printable, ", ")
}
