package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"onput/handler"
	"onput/internal/localcloud"
	"onput/internal/text"
	"onput/rules"
)

// Rules with notify publish the end of their tasks to a topic. In a run, these topics trigger the function, as the trigger
// that is commented out in s.yaml does.

// taskDuration is how long tasks take in a run, which leaves the function the time to record the submission.
const taskDuration = 500 * time.Millisecond

// completions are the completion messages that the function understood, by task id.
type completions map[string]handler.CompletionAnswer

// topicsOf returns the topics that the rules name for uploads, sorted.
func (r *localRun) topicsOf(uploads []rules.Upload) []string {
	var topics []string
	for i := range uploads {
		tasks, _ := r.set.MatchPossible(&uploads[i])
		for _, t := range tasks {
			if t.Notify != "" && !t.Log {
				topics = append(topics, t.Notify)
			}
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// record adds the completion messages in the answer of an invocation.
func (c completions) record(r localcloud.Result) {
	var answer handler.Answer
	if json.Unmarshal(r.Answer, &answer) != nil {
		return
	}
	for _, completion := range answer.Completions {
		c[completion.TaskID] = completion
	}
}

// report prints the messages in the order in which OSS took their tasks. It returns a problem for each missing one.
func (c completions) report(s *streams, taken []localcloud.Process, topics []string) (problems []string) {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	rows := 0
	for _, p := range taken {
		topic := p.Request.Notify
		if topic == nil || !slices.Contains(topics, *topic) {
			continue
		}
		if rows++; rows == 1 {
			fmt.Fprint(s.out, "\nCompletion messages, as the function understood them:\n\n")
			fmt.Fprintln(table, "TOPIC\tSTATUS\tRULE\tTASK")
		}
		completion, ok := c[p.TaskID]
		if !ok {
			problems = append(problems, fmt.Sprintf("the function did not recognize the completion of task %s", p.TaskID))
			continue
		}
		rule := cmp.Or(completion.Rule, "-") // unknown without claims
		printf(table, "%s\t%s\t%s\t%s\n", text.Printable(*topic), completion.Status, rule, p.TaskID)
	}
	table.Flush()
	return problems
}
