package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"onput/internal/event"
	"onput/internal/text"
	"onput/rules"
)

// ExplainCmd shows what each rule does with an upload, and why.
type ExplainCmd struct {
	Key    string `arg:"" help:"Key of an object, oss://BUCKET/KEY, or a .json file with an event."`
	File   string `arg:"" default:"rules/rules.yaml" help:"Rule file; - for standard input."`
	Bucket string `placeholder:"NAME" help:"The object's bucket; the one in sources if not given."`
	Event  string `placeholder:"NAME" help:"The event, such as CopyObject."`
	Size   string `placeholder:"BYTES" help:"The object's size, such as 900 or 5MiB."`
	Type   string `placeholder:"MIME" help:"The object's MIME type, such as video/mp4."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help is shown by onput explain --help.
func (*ExplainCmd) Help() string {
	return "Of each rule: whether it fires, with process and target, or the first condition that failed. " +
		"A condition on something that is not given counts as met, and is listed as assumed."
}

// explainInput is an upload to explain.
type explainInput struct {
	rules.Upload
	given rules.Given // the facts that are known
}

// Run prints an explanation of each upload. It returns exit(1) if the rules have errors.
func (c *ExplainCmd) Run(s *streams) error {
	set, err := loadSet(c.File, nil, s)
	if err != nil {
		return err
	}
	uploads, uploadErr := c.uploads(s)
	var all []rules.Explanation
	for i := range uploads {
		if err := c.applyFlags(&uploads[i]); err != nil {
			fmt.Fprintf(s.err, "onput: %v\n", err)
			return exit(exitUsage)
		}
		all = append(all, set.Explain(&uploads[i].Upload, uploads[i].given))
	}
	if c.JSON {
		err = printJSON(s.out, newExplanationsJSON(all))
	} else {
		for i := range all {
			if i > 0 {
				fmt.Fprintln(s.out)
			}
			printExplanation(s.out, &all[i])
		}
	}
	if uploadErr != nil {
		fmt.Fprintf(s.err, "onput: %s: %v\n", text.Printable(c.Key), uploadErr)
		return exit(exitFailed)
	}
	return err
}

// uploads returns the uploads that KEY names: an object, or those of an event. The error is about records of the event that
// are not uploads.
func (c *ExplainCmd) uploads(s *streams) ([]explainInput, error) {
	if strings.HasSuffix(c.Key, ".json") {
		if payload, err := os.ReadFile(c.Key); err == nil {
			uploads, _, err := event.Decode(payload)
			if len(uploads) > 0 {
				var all []explainInput
				for _, u := range uploads {
					all = append(all, explainInput{u, rules.GivenAll})
				}
				return all, err
			}
			fmt.Fprintf(s.err, "onput: the file %s holds no event, so this is about a key of that name: %v\n", text.Printable(c.Key), err)
		} else {
			fmt.Fprintf(s.err, "onput: there is no file %s, so this is about a key of that name\n", text.Printable(c.Key))
		}
	}
	if scheme, _, ok := strings.Cut(c.Key, "://"); ok && scheme != "oss" {
		return nil, errors.New("write oss://BUCKET/KEY, or the key alone")
	}
	if location, ok := strings.CutPrefix(c.Key, "oss://"); ok {
		if bucket, key, ok := strings.Cut(location, "/"); ok {
			return []explainInput{{rules.Upload{Bucket: bucket, Key: key}, rules.GivenBucket}}, nil
		}
	}
	return []explainInput{{rules.Upload{Key: c.Key}, 0}}, nil
}

// applyFlags adds the facts on the command line to an upload.
func (c *ExplainCmd) applyFlags(u *explainInput) error {
	if c.Bucket != "" {
		u.Bucket = c.Bucket
		u.given |= rules.GivenBucket
	}
	if c.Event != "" {
		u.Event = rules.QualifyEvent(c.Event)
		u.given |= rules.GivenEvent
	}
	if c.Type != "" {
		u.Type = c.Type
		u.given |= rules.GivenType
	}
	if c.Size != "" {
		n, err := rules.ParseSize(c.Size)
		if err != nil {
			return fmt.Errorf("--size: %w", err)
		}
		u.Size = n
		u.given |= rules.GivenSize
	}
	return nil
}

// printExplanation prints the verdict of each rule and the totals.
func printExplanation(w io.Writer, e *rules.Explanation) {
	u := &e.Upload
	fmt.Fprint(w, text.Printable("oss://"+u.Bucket+"/"+u.Key))
	for _, fact := range []struct {
		given rules.Given
		value string
	}{{rules.GivenEvent, u.Event}, {rules.GivenSize, formatSize(u)}, {rules.GivenType, u.Type}} {
		if e.Given&fact.given != 0 && fact.value != "" {
			fmt.Fprint(w, ", ", text.Printable(fact.value))
		}
	}
	fmt.Fprintln(w)
	if e.Assumed != "" {
		fmt.Fprintf(w, "assumed: %s\n", e.Assumed)
	}
	fmt.Fprintln(w)
	if e.Skip != "" {
		fmt.Fprintf(w, "skipped: %s\n\nnothing fires\n", e.Skip)
		return
	}
	width, fired := 0, 0
	for i := range e.Rules {
		width = max(width, len(e.Rules[i].Rule))
	}
	for i := range e.Rules {
		v := &e.Rules[i]
		if !v.Fired {
			fmt.Fprintf(w, "-      %-*s  %s\n", width, v.Rule, v.Reason)
			if v.Hint != "" {
				fmt.Fprintf(w, "       %-*s  %s\n", width, "", v.Hint)
			}
			continue
		}
		fired++
		fmt.Fprintf(w, "fired  %s\n", v.Rule)
		for j := range v.Tasks {
			printTask(w, &v.Tasks[j])
		}
		if len(v.Assumed) > 0 {
			fmt.Fprintf(w, "         assumed: %s\n", strings.Join(v.Assumed, "; "))
		}
	}
	fmt.Fprintln(w)
	tasks := e.Tasks()
	failing := 0
	for i := range tasks {
		if tasks[i].Err != nil {
			failing++
		}
	}
	switch {
	case fired == 0:
		fmt.Fprintf(w, "nothing fires: %s looked at\n", text.Plural(len(e.Rules), "rule"))
	case failing > 0:
		fmt.Fprintf(w, "%d of %s fired: %s, %d of which cannot be sent\n", fired, text.Plural(len(e.Rules), "rule"), text.Plural(len(tasks), "task"), failing)
	default:
		fmt.Fprintf(w, "%d of %s fired: %s\n", fired, text.Plural(len(e.Rules), "rule"), text.Plural(len(tasks), "task"))
	}
}

// formatSize returns the size of an upload, "" if it is unknown.
func formatSize(u *rules.Upload) string {
	if u.Size < 0 {
		return ""
	}
	return strconv.FormatInt(u.Size, 10) + " bytes"
}

// printTask prints a task that a rule fired.
func printTask(w io.Writer, t *rules.Task) {
	fmt.Fprintf(w, "         %s\n", text.Printable(t.Process))
	if words := t.Describe(); words != "" {
		fmt.Fprintf(w, "           %s\n", words)
	}
	if target := t.Target.String(); target != "" {
		fmt.Fprintf(w, "         target:  %s\n", text.Printable(target))
	}
	if t.Notify != "" {
		fmt.Fprintf(w, "         notify:  %s\n", text.Printable(t.Notify))
	}
	if t.Log {
		fmt.Fprintf(w, "         mode: log, nothing is sent\n")
	}
	if t.Err != nil {
		fmt.Fprintf(w, "         cannot be sent: %v\n", t.Err)
	}
}
