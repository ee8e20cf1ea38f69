package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is the outcome of a storm.
type Report struct {
	*Storm
	result
	tryCounts
	faultCounts
	Kills      int      // of processes
	Pauses     int      // of processes
	GivenUp    int      // invocations that reached onFailure
	Unexpected []string // tasks that OSS took and no rule explains
	Histories  []string // of the first tasks that went wrong
	Took       time.Duration
}

// Failed describes the problems of the result. It returns "" if there are none.
func (r *Report) Failed() string {
	var problems []string
	if n := len(r.Lost); n > 0 {
		problems = append(problems, fmt.Sprintf("%d tasks are lost, such as %s", n, r.Lost[0]))
	}
	if n := len(r.Unexcused); n > 0 {
		problems = append(problems, fmt.Sprintf("%d acceptances are repeated without an excuse, such as %s", n, r.Unexcused[0]))
	}
	if n := len(r.Overdue); n > 0 {
		problems = append(problems, fmt.Sprintf("%d tasks were submitted after the time of their invocations, such as %s", n, r.Overdue[0]))
	}
	if r.Calm && r.Repeated > 0 {
		problems = append(problems, fmt.Sprintf("%d acceptances are repeated, although nothing went wrong", r.Repeated))
	}
	if n := len(r.Unexpected); n > 0 {
		problems = append(problems, fmt.Sprintf("OSS took %d tasks that no rule explains, such as %s", n, r.Unexpected[0]))
	}
	return strings.Join(problems, "; ")
}

// table prints storms, one a line. Faults are printed as SUBMISSIONS+CLAIMS+LOOKUPS.
type table struct{ w *tabwriter.Writer }

// newTable returns an empty table. end writes it, since column widths depend on all lines.
func newTable(out io.Writer) *table {
	t := &table{tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)}
	fmt.Fprintln(t.w, "runtime\tseed\tuploads\tdelivered\ttries\t429\t503\thung\treset\t500\tlate\tslow\tkills\tdied\tpauses\toverdue\tonFailure\taccepted\tlost\trepeated\t"+strings.Join(excuseNames[none+1:], "\t")+"\ttook\t")
	return t
}

func (t *table) add(r *Report) {
	seed := strconv.FormatUint(r.Seed, 10)
	if r.Calm {
		seed = "calm"
	}
	counts := func(ks ...faultKind) string {
		submissions, claims, lookUps := 0, 0, 0
		for _, k := range ks {
			submissions += r.Submissions[k]
			claims += r.Claims[k]
			lookUps += r.LookUps[k]
		}
		return fmt.Sprintf("%d+%d+%d", submissions, claims, lookUps)
	}
	fmt.Fprintf(t.w, "%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t\n",
		r.Runtime, seed, r.Uploads, r.Deliveries, r.Tries,
		counts(throttled), counts(unavailable), counts(hangsBefore, hangsAfter), counts(resetBefore, resetAfter), counts(failsAfter), counts(late), counts(slow),
		r.Kills, r.Died, r.Pauses, r.Abandoned, r.GivenUp, r.Accepted, len(r.Lost), r.Repeated, strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Excused[none+1:]), " ", "\t"), "[]"), r.Took.Round(time.Second))
}

func (t *table) end() { t.w.Flush() }
