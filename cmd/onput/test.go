package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"onput/internal/deployment"
	"onput/internal/explanation"
	"onput/internal/text"
	"onput/rules"
)

// TestCmd runs the tests of a rule file.
type TestCmd struct {
	File string `arg:"" optional:"" help:"Rule file, or - for standard input. Default: rules/rules.yaml or rules.yaml."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Help is shown by onput test --help.
func (*TestCmd) Help() string {
	return "A test gives an upload and what it fires: tests: [{upload: incoming/a.docx, fires: [docx-to-png]}]. " +
		"A name stands for all tasks of the rule, {rule, process, target} for one of them. " +
		"A condition on a value that a test does not give counts as met and is listed as assumed."
}

// Examples end onput test --help.
func (*TestCmd) Examples() []string {
	return []string{
		"onput test",
		"onput test --json",
	}
}

// Run prints the failed tests. It returns exit(1) if a test fails or the rules have errors.
func (c *TestCmd) Run(s *streams) error {
	if err := defaultRules(&c.File, ""); err != nil {
		return err
	}
	file, err := loadRules(context.Background(), c.File, deployment.CallersEnvironment(nil), s)
	if err != nil {
		return err
	}
	results := file.RunTests()
	failed := 0
	for i := range results {
		if !results[i].Passed() {
			failed++
		}
	}
	switch {
	case c.JSON:
		err = printJSON(s.out, newTestRunJSON(c.File, results, failed))
	case len(results) == 0:
		printf(s.out, "%s has no tests; add some: tests: [{upload: KEY, fires: [RULE]}]\n", c.File)
	default:
		for i := range results {
			printResult(s.out, c.File, &results[i])
		}
		printf(s.out, "%s: %s, %d failed\n", c.File, text.Plural(len(results), "test"), failed)
	}
	return cmp.Or(err, exitIf(failed > 0))
}

// printResult prints a failed test, or the assumptions of a passed one.
func printResult(w io.Writer, file string, r *rules.Result) {
	at := fmt.Sprintf("%s:%d: %s", file, r.Test.Line, text.Printable(r.Test.Upload.Key))
	e := &r.Explanation
	if r.Passed() {
		printAssumed(w, at+": ", e)
		return
	}
	printf(w, "%s: failed (- expected, + got)\n", at)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	missing := map[string]bool{}
	if len(r.Test.Fires) == 0 {
		fmt.Fprintln(table, "  - nothing")
	}
	for i := range r.Diff {
		d := &r.Diff[i]
		if d.Ok() {
			printf(table, "    %s\n", formatExpected(d.Expected))
			continue
		}
		if d.Expected != nil {
			printf(table, "  - %s\n", formatExpected(d.Expected))
			missing[d.Expected.Rule] = true
		}
		for j := range d.Tasks {
			t := &d.Tasks[j]
			printf(table, "  + %s\t%s\t%s", t.Rule, text.Printable(t.Process), text.Printable(t.Target.String()))
			if t.Err != nil {
				printf(table, "\tcannot be submitted: %v", t.Err)
			}
			fmt.Fprintln(table)
		}
	}
	if len(e.Tasks()) == 0 {
		fmt.Fprintln(table, "  + nothing")
	}
	table.Flush()
	if e.Skip != "" {
		printf(w, "  skipped: %s\n", e.Skip)
	}
	for _, v := range e.Rules {
		if missing[v.Rule] && !v.Fired {
			printf(w, "  %s: %s\n", v.Rule, strings.Join(nonempty(v.Reason, v.Hint), "; "))
		}
	}
	printAssumed(w, "  ", e)
}

// printAssumed prints the assumptions of each rule, with a prefix.
func printAssumed(w io.Writer, prefix string, e *rules.Explanation) {
	for _, v := range e.Rules {
		if len(v.Assumed) > 0 {
			printf(w, "%sassumed for %s: %s\n", prefix, v.Rule, strings.Join(v.Assumed, "; "))
		}
	}
}

// formatExpected returns the columns of an expectation.
func formatExpected(e *rules.Expected) string {
	if e.Process == nil && e.Target == nil {
		return e.Rule
	}
	process, target := "any process", "any target"
	if e.Process != nil {
		process = text.Printable(*e.Process)
	}
	if e.Target != nil {
		target = cmp.Or(text.Printable(*e.Target), "no target")
	}
	return e.Rule + "\t" + process + "\t" + target
}

// testRunJSON is the output of onput test --json.
type testRunJSON struct {
	File    string           `json:"file"`
	Tests   int              `json:"tests"`
	Failed  int              `json:"failed"`
	Results []testResultJSON `json:"results"`
}

type testResultJSON struct {
	Line     int                       `json:"line"`
	Upload   explanation.UploadJSON    `json:"upload"`
	Passed   bool                      `json:"passed"`
	Expected []rules.Expected          `json:"expected"`
	Got      []explanation.TaskJSON    `json:"got"`
	Skipped  string                    `json:"skipped,omitempty"`
	Rules    []explanation.OutcomeJSON `json:"rules,omitempty"` // of a failed test
}

func newTestRunJSON(file string, results []rules.Result, failed int) testRunJSON {
	out := testRunJSON{File: file, Tests: len(results), Failed: failed, Results: []testResultJSON{}}
	for i := range results {
		r := &results[i]
		explained := explanation.NewExplanationJSON(&r.Explanation)
		j := testResultJSON{
			Line: r.Test.Line, Upload: explained.UploadJSON, Passed: r.Passed(), Expected: append([]rules.Expected{}, r.Test.Fires...),
			Got: append([]explanation.TaskJSON{}, explanation.NewTasksJSON(r.Explanation.Tasks())...), Skipped: r.Explanation.Skip,
		}
		if !j.Passed {
			j.Rules = explained.Rules
		}
		out.Results = append(out.Results, j)
	}
	return out
}
