package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"onput/handler"
	"onput/internal/localcloud"
	"onput/internal/text"
	"onput/rules"
)

// Completion messages in onput run: where a rule has notify, the end of its task is published to a topic, to which the
// function is subscribed, as the trigger that is commented out in s.yaml does it.

// taskTime is how long tasks take in a run: long enough for the function to write down what it submitted.
const taskTime = 500 * time.Millisecond

// messages are what the function understood of those of a run, by task id.
type messages map[string]handler.CompletionAnswer

// topics returns the topics that the rules name for uploads to be.
func (r *job) topics(uploads []upload) []localcloud.TopicTrigger {
	named := map[string]bool{}
	for _, u := range uploads {
		for _, t := range r.set.Match(&rules.Upload{Event: "ObjectCreated:PutObject", Bucket: r.place.Bucket, Key: u.key, Size: -1}) {
			if t.Notify != "" && !t.Log {
				named[t.Notify] = true
			}
		}
	}
	var all []localcloud.TopicTrigger
	for _, topic := range slices.Sorted(maps.Keys(named)) {
		all = append(all, localcloud.TopicTrigger{Topic: topic, Format: "JSON"})
	}
	return all
}

// understood takes down what the function made of a message, if that is what it was invoked with.
func (m messages) understood(r localcloud.Result) {
	var answer handler.Answer
	if json.Unmarshal(r.Answer, &answer) != nil {
		return
	}
	for _, c := range answer.Completions {
		m[c.TaskID] = c
	}
}

// report prints the messages, in the order in which OSS took their tasks, and returns what is wrong with them.
func (m messages) report(s *streams, taken []localcloud.Process, subscribed []localcloud.TopicTrigger) (problems []string) {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	rows := 0
	for _, p := range taken {
		topic := p.Request.Notify
		if topic == nil || !slices.ContainsFunc(subscribed, func(t localcloud.TopicTrigger) bool { return t.Topic == *topic }) {
			continue
		}
		if rows++; rows == 1 {
			fmt.Fprint(s.out, "\nCompletion messages, as the function understood them:\n\n")
			fmt.Fprintln(table, "TOPIC\tSTATUS\tRULE\tTASK")
		}
		c, ok := m[p.TaskID]
		if !ok {
			problems = append(problems, fmt.Sprintf("the function did not understand that task %s is finished", p.TaskID))
			continue
		}
		rule := c.Rule
		if rule == "" {
			rule = "-" // without claims nobody knows
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", text.Printable(*topic), c.Status, rule, p.TaskID)
	}
	table.Flush()
	return problems
}
