package explanation

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"onput/internal/text"
	"onput/rules"
)

// Table prints explanations as one table: a row for each task, or for an upload that makes none, with the reason. Totals and
// what is assumed stand below it.
type Table struct {
	w       io.Writer
	rows    []tableRow
	buckets map[string]bool
	assumed []string // of all uploads, without repetition
	more    int      // assumptions beyond maxAssumed

	uploads, firing, tasks, failing, unmatched, skipped, contradicting int
}

type tableRow struct {
	bucket, key             string // "" for a further task of the upload
	rule, operation, target string
}

// Bounds of a table.
const (
	maxCell    = 70 // columns of a cell but the last, whose text is as long
	maxAssumed = 10
)

// NewTable returns a printer to w.
func NewTable(w io.Writer) *Table { return &Table{w: w, buckets: map[string]bool{}} }

// Add adds the rows of an upload.
func (t *Table) Add(e *rules.Explanation) {
	t.uploads++
	t.buckets[e.Upload.Bucket] = true
	t.assume(e.Assumed)
	bucket, key := e.Upload.Bucket, e.Upload.Key
	row := func(rule, operation, target string) {
		t.rows = append(t.rows, tableRow{bucket, key, rule, operation, target})
		bucket, key = "", ""
	}
	if e.Skip != "" {
		t.skipped++
		row("-", "", "skipped: "+e.Skip)
		return
	}
	tasks := 0
	for i := range e.Rules {
		o := &e.Rules[i]
		for k := range o.Tasks {
			tasks++
			row(o.Rule, operation(&o.Tasks[k]), t.target(&o.Tasks[k]))
		}
		for _, a := range o.Assumed {
			t.assume(a)
		}
	}
	if e.Combinations != nil {
		t.contradicting++
	}
	if t.tasks += tasks; tasks > 0 {
		t.firing++
		return
	}
	t.unmatched++
	row("-", "", "no rule matches"+nearest(e))
}

// nearest returns the first hint of a rule, "" if there is none.
func nearest(e *rules.Explanation) string {
	for i := range e.Rules {
		if o := &e.Rules[i]; o.Hint != "" {
			return "; " + o.Rule + " " + o.Hint
		}
	}
	return ""
}

// target returns where a task writes, and what keeps it from being submitted.
func (t *Table) target(task *rules.Task) string {
	target := task.Target.String()
	if target == "" {
		target = "message to " + task.Notify
	}
	switch {
	case task.Err != nil:
		t.failing++
		return "cannot be submitted: " + task.Err.Error()
	case task.Log:
		return target + " (mode: log)"
	}
	return target
}

// assume adds an assumption.
func (t *Table) assume(assumption string) {
	switch {
	case assumption == "" || slices.Contains(t.assumed, assumption):
	case len(t.assumed) < maxAssumed:
		t.assumed = append(t.assumed, assumption)
	default:
		t.more++
	}
}

// End prints the table.
func (t *Table) End() error {
	rows := [][]string{{"KEY", "RULE", "OPERATION", "TARGET"}}
	for _, r := range t.rows {
		location := r.key
		if len(t.buckets) > 1 && r.key != "" {
			location = "oss://" + r.bucket + "/" + r.key
		}
		rows = append(rows, []string{text.Middle(text.Printable(location), maxCell), r.rule, r.operation, text.Printable(r.target)})
	}
	widths := make([]int, 3)
	for _, row := range rows {
		for i := range widths {
			widths[i] = max(widths[i], text.Columns(row[i]))
		}
	}
	for _, row := range rows {
		line := ""
		for i, width := range widths {
			line += text.Pad(row[i], width+2)
		}
		text.Printf(t.w, "%s\n", line+row[3])
	}
	t.totals()
	return nil
}

// totals prints the sums over all uploads, and what is assumed.
func (t *Table) totals() {
	parts := []string{fmt.Sprintf("%d with %s", t.firing, text.Plural(t.tasks, "task"))}
	if t.failing > 0 {
		parts[0] += fmt.Sprintf(", %d of which cannot be submitted", t.failing)
	}
	for _, p := range []struct {
		n    int
		what string
	}{{t.unmatched, "without a rule"}, {t.skipped, "skipped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	text.Printf(t.w, "\n%s: %s\n", text.Plural(t.uploads, "key"), strings.Join(parts, "; "))
	for _, a := range t.assumed {
		text.Printf(t.w, "assumed: %s\n", a)
	}
	if t.more > 0 {
		text.Printf(t.w, "and more assumptions\n")
	}
	if t.contradicting > 0 {
		text.Printf(t.w, "%s: not all rules fire for the same upload; explain such a key alone\n",
			text.Plural(t.contradicting, "key"))
	}
}

// operation returns the operation of a task, "doc/convert".
func operation(t *rules.Task) string {
	name, _, _ := strings.Cut(t.Process, ",")
	return text.Middle(text.Printable(name), maxCell)
}
