package main

import (
	"fmt"
	"strings"

	"onput/handler"
	"onput/internal/text"
)

// replayReport is the output of --json.
type replayReport struct {
	Fired      bool            `json:"fired"`      // with --yes; otherwise nothing was sent
	Failures   []failureReport `json:"failures"`   // that were replayed, or would be
	Problems   []problem       `json:"problems"`   // failures that cannot be replayed
	Pending    int             `json:"pending"`    // tasks that would be fired
	Submitted  int             `json:"submitted"`  // tasks
	Duplicates int             `json:"duplicates"` // tasks that were fired before, by their claims
	Failed     int             `json:"failed"`     // tasks
	Before     int             `json:"before"`     // failures in the log of --done
	Left       int             `json:"left"`       // failures that a signal left over
}

// failureReport is the result of one failure.
type failureReport struct {
	Origin    string                 `json:"place"`
	RequestID string                 `json:"requestId,omitempty"`
	Error     string                 `json:"error"`
	Uploads   []handler.UploadAnswer `json:"uploads"`
}

// add adds a failure and counts its tasks.
func (r *replayReport) add(f *failureReport) {
	r.Failures = append(r.Failures, *f)
	for i := range f.Uploads {
		for _, t := range f.Uploads[i].Tasks {
			switch t.Status {
			case pending:
				r.Pending++
			case handler.Submitted:
				r.Submitted++
			case handler.Duplicate:
				r.Duplicates++
			case handler.Failed:
				r.Failed++
			}
		}
	}
}

// tasks returns the number of tasks.
func (f *failureReport) tasks() int {
	n := 0
	for i := range f.Uploads {
		n += len(f.Uploads[i].Tasks)
	}
	return n
}

// finished reports whether nothing is left to fire. The task of a record is finished only if OSS took it.
func (f *failureReport) finished(recorded bool) bool {
	taken := 0
	for i := range f.Uploads {
		for _, t := range f.Uploads[i].Tasks {
			switch t.Status {
			case handler.Submitted, handler.Duplicate:
				taken++
			case handler.Failed:
				return false
			}
		}
	}
	return !recorded || taken > 0
}

// print prints a failure and its tasks.
func (r *replay) print(f *failureReport) {
	fmt.Fprintf(r.out, "%s: %s\n", text.Printable(f.Origin), strings.Join(nonempty(text.Printable(f.RequestID), text.Printable(f.Error)), ", "))
	for i := range f.Uploads {
		u := &f.Uploads[i]
		source := text.Printable("oss://" + u.Bucket + "/" + u.Key)
		switch {
		case u.Skipped != "":
			fmt.Fprintf(r.out, "  %s: skipped: %s\n", source, u.Skipped)
		case len(u.Tasks) == 0:
			fmt.Fprintf(r.out, "  %s: nothing fires\n", source)
		}
		for _, t := range u.Tasks {
			fmt.Fprintf(r.out, "  %s: %s%s: %s\n", source, t.Rule, outputLabel(t.Output), strings.Join(nonempty(
				map[handler.Status]string{pending: "would fire", handler.Submitted: "fired", handler.Duplicate: "fired before",
					handler.Logged: "mode log: sends nothing", handler.Failed: "failed"}[t.Status],
				text.Printable(t.TaskID), text.Printable(t.Process), text.Printable(t.Target), text.Printable(t.Error)), "  "))
		}
	}
}

// printSummary prints the problems and the totals.
func (r *replay) printSummary() {
	r.bar.Clear()
	a := &r.report
	for _, p := range a.Problems {
		fmt.Fprintf(r.err, "%s: %s\n", text.Printable(p.Origin), p.Message)
	}
	totals := []string{text.Plural(len(a.Failures), "failure")}
	if a.Before > 0 {
		totals = append(totals, fmt.Sprintf("%d replayed before", a.Before))
	}
	if a.Fired {
		totals = append(totals, text.Plural(a.Submitted, "task")+" fired", fmt.Sprintf("%d fired before", a.Duplicates))
	} else {
		totals = append(totals, text.Plural(a.Pending, "task")+" to fire")
	}
	if a.Failed > 0 {
		totals = append(totals, fmt.Sprintf("%d failed", a.Failed))
	}
	if len(a.Problems) > 0 {
		totals = append(totals, text.Plural(len(a.Problems), "problem"))
	}
	if a.Left > 0 {
		totals = append(totals, fmt.Sprintf("interrupted with %d left", a.Left))
	}
	fmt.Fprintln(r.out, strings.Join(totals, ", "))
	switch {
	case a.Fired || a.Pending == 0:
	case r.set.Claims() != nil:
		fmt.Fprintln(r.out, "Nothing was sent: --yes fires them, but for those that their claims say were fired before.")
	default:
		fmt.Fprintln(r.out, "Nothing was sent: --yes fires them. The rules have no claims, so that tasks of an event that were fired before are fired again, which needs --again.")
	}
}
