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
	Done       int             `json:"done"`       // tasks that OSS carried out at once
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
	n := countTasks(f.Uploads)
	r.Pending += n[pending]
	r.Submitted += n[handler.Submitted]
	r.Done += n[handler.Done]
	r.Duplicates += n[handler.Duplicate]
	r.Failed += n[handler.Failed]
}

// finished reports whether nothing is left to fire. The task of a record is finished only if OSS took it.
func (f *failureReport) finished(recorded bool) bool {
	n := countTasks(f.Uploads)
	return n[handler.Failed] == 0 && (!recorded || n[handler.Submitted]+n[handler.Done]+n[handler.Duplicate] > 0)
}

// countTasks returns the number of tasks with each status.
func countTasks(uploads []handler.UploadAnswer) map[handler.Status]int {
	n := map[handler.Status]int{}
	for i := range uploads {
		for _, t := range uploads[i].Tasks {
			n[t.Status]++
		}
	}
	return n
}

// print prints a failure and its tasks.
func (r *replay) print(f *failureReport) {
	printf(r.out, "%s: %s\n", text.Printable(f.Origin), strings.Join(nonempty(text.Printable(f.RequestID), text.Printable(f.Error)), ", "))
	for i := range f.Uploads {
		u := &f.Uploads[i]
		source := text.Printable("oss://" + u.Bucket + "/" + u.Key)
		switch {
		case u.Skipped != "":
			printf(r.out, "  %s: skipped: %s\n", source, u.Skipped)
		case len(u.Tasks) == 0:
			printf(r.out, "  %s: nothing fires\n", source)
		}
		for _, t := range u.Tasks {
			printf(r.out, "  %s: %s%s: %s\n", source, t.Rule, outputLabel(t.Output), strings.Join(nonempty(
				map[handler.Status]string{pending: "would fire", handler.Submitted: "fired", handler.Done: "done", handler.Duplicate: "fired before",
					handler.Logged: "mode log: nothing submitted", handler.Failed: "failed"}[t.Status],
				text.Printable(t.TaskID), text.Printable(t.Process), text.Printable(t.Target), text.Printable(t.Error)), "  "))
		}
	}
}

// printSummary prints the problems and the totals.
func (r *replay) printSummary() {
	r.bar.Clear()
	a := &r.report
	for _, p := range a.Problems {
		printf(r.err, "%s: %s\n", text.Printable(p.Origin), p.Message)
	}
	totals := []string{text.Plural(len(a.Failures), "failure")}
	add := func(applies bool, total string) {
		if applies {
			totals = append(totals, total)
		}
	}
	add(a.Before > 0, fmt.Sprintf("%d replayed before", a.Before))
	add(a.Fired, fmt.Sprintf("%s fired, %d fired before", text.Plural(a.Submitted+a.Done, "task"), a.Duplicates))
	add(!a.Fired, text.Plural(a.Pending, "task")+" to fire")
	add(a.Failed > 0, fmt.Sprintf("%d failed", a.Failed))
	add(len(a.Problems) > 0, text.Plural(len(a.Problems), "problem"))
	add(a.Left > 0, fmt.Sprintf("interrupted with %d left", a.Left))
	fmt.Fprintln(r.out, strings.Join(totals, ", "))
	switch {
	case a.Fired || a.Pending == 0:
	case r.set.Claims() != nil:
		fmt.Fprintln(r.out, "Nothing was sent. --yes fires them, except those that were fired before according to their claims.")
	default:
		fmt.Fprintln(r.out, "Nothing was sent. --yes fires them. The rules have no claims, so tasks that were fired before would be fired again; that needs --again.")
	}
}
