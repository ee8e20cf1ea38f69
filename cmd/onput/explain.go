package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"onput/internal/event"
	"onput/internal/text"
	"onput/rules"
)

// ExplainCmd shows what each rule does with an upload, and why.
type ExplainCmd struct {
	Key    string `arg:"" help:"Key of an object, oss://BUCKET/KEY, or a .json file with an event."`
	File   string `arg:"" optional:"" help:"Rule file, or - for standard input. Default: rules/rules.yaml or rules.yaml."`
	Bucket string `placeholder:"NAME" help:"The object's bucket. Default: the one in sources."`
	Event  string `placeholder:"NAME" help:"The event, such as CopyObject."`
	Size   string `placeholder:"BYTES" help:"The object's size, such as 900 or 5MiB."`
	Type   string `placeholder:"MIME" help:"The object's MIME type, such as video/mp4."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Help is shown by onput explain --help.
func (*ExplainCmd) Help() string {
	return "Shows for each rule whether it fires, with its process and target, or the first condition that does not hold. " +
		"A condition on a value that is not given counts as met and is listed as assumed."
}

// explainInput is an upload to explain.
type explainInput struct {
	rules.Upload
	given rules.Given // the facts that are known
}

// Examples end onput explain --help.
func (*ExplainCmd) Examples() []string {
	return []string{
		"onput explain incoming/documents/a.docx",
		"onput explain oss://acme-uploads/incoming/videos/b.mp4 --size 5MiB",
		"onput explain event.json  # every upload in an event",
	}
}

// Run prints an explanation of each upload. It returns exit(1) if the rules have errors.
func (c *ExplainCmd) Run(s *streams) error {
	if err := defaultRules(&c.File, ""); err != nil {
		return err
	}
	file, err := loadRules(c.File, nil, s)
	if err != nil {
		return err
	}
	uploads, uploadErr := c.uploads(s)
	var all []rules.Explanation
	for i := range uploads {
		if err := c.applyFlags(&uploads[i]); err != nil {
			return usageError{err}
		}
		all = append(all, file.Set.Explain(&uploads[i].Upload, uploads[i].given))
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
		printf(s.err, "onput: %s: %v\n", text.Printable(c.Key), uploadErr)
		return exit(exitFailed)
	}
	return err
}

// uploads returns the uploads that KEY names: an object, or those of an event. The error is about records of the event that
// are not uploads.
func (c *ExplainCmd) uploads(s *streams) ([]explainInput, error) {
	if strings.HasSuffix(c.Key, ".json") {
		if payload, err := os.ReadFile(c.Key); err == nil {
			var all []explainInput
			uploads, _, err := event.Decode(payload)
			for _, u := range uploads {
				all = append(all, explainInput{u, rules.GivenAll})
			}
			if all != nil {
				return all, err
			}
			printf(s.err, "onput: the file %s holds no event, so %[1]s is taken as a key: %[2]v\n", text.Printable(c.Key), err)
		} else {
			printf(s.err, "onput: there is no file %s, so it is taken as a key\n", text.Printable(c.Key))
		}
	}
	scheme, location, ok := strings.Cut(c.Key, "://")
	if ok && scheme != "oss" {
		return nil, errors.New("write oss://BUCKET/KEY, or the key alone")
	}
	if bucket, key, ok := strings.Cut(location, "/"); ok {
		return []explainInput{{rules.Upload{Bucket: bucket, Key: key}, rules.GivenBucket}}, nil
	}
	return []explainInput{{rules.Upload{Key: c.Key}, 0}}, nil
}

// applyFlags adds the facts on the command line to an upload.
func (c *ExplainCmd) applyFlags(u *explainInput) error {
	set := func(field *string, value string, fact rules.Given) {
		if value != "" {
			*field = value
			u.given |= fact
		}
	}
	set(&u.Bucket, c.Bucket, rules.GivenBucket)
	if c.Event != "" {
		set(&u.Event, rules.QualifyEvent(c.Event), rules.GivenEvent)
	}
	set(&u.Type, c.Type, rules.GivenType)
	if c.Size == "" {
		return nil
	}
	n, err := rules.ParseSize(c.Size)
	if err != nil {
		return fmt.Errorf("--size: %w", err)
	}
	u.Size = n
	u.given |= rules.GivenSize
	return nil
}

// printExplanation prints the verdict of each rule and the totals.
func printExplanation(w io.Writer, e *rules.Explanation) {
	u, size := &e.Upload, ""
	if e.Given.Has(rules.GivenSize) && u.Size >= 0 {
		size = fmt.Sprintf("%d bytes", u.Size)
	}
	location := "oss://" + u.Bucket + "/" + u.Key
	facts := nonempty(text.Printable(location), text.Printable(u.Event), size, text.Printable(u.Type))
	printf(w, "%s\n", strings.Join(facts, ", "))
	printUnlessEmpty(w, "assumed: ", e.Assumed)
	fmt.Fprintln(w)
	if e.Skip != "" {
		printf(w, "skipped: %s\n\nnothing fires\n", e.Skip)
		return
	}
	width, fired, failing := 0, 0, 0
	for i := range e.Rules {
		width = max(width, len(e.Rules[i].Rule))
	}
	for i := range e.Rules {
		v := &e.Rules[i]
		if !v.Fired {
			printf(w, "-      %-*s  %s\n", width, v.Rule, v.Reason)
			printUnlessEmpty(w, fmt.Sprintf("       %*s  ", width, ""), v.Hint)
			continue
		}
		fired++
		printf(w, "fired  %s\n", v.Rule)
		for j := range v.Tasks {
			t := &v.Tasks[j]
			printf(w, "         %s\n", text.Printable(t.Process))
			printUnlessEmpty(w, "           ", t.Describe())
			printUnlessEmpty(w, "         target:  ", text.Printable(t.Target.String()))
			printUnlessEmpty(w, "         notify:  ", text.Printable(t.Notify))
			if t.Log {
				fmt.Fprintln(w, "         mode: log, so nothing is submitted")
			}
			if t.Err != nil {
				failing++
				printf(w, "         cannot be submitted: %v\n", t.Err)
			}
		}
		printUnlessEmpty(w, "         assumed: ", strings.Join(v.Assumed, "; "))
	}
	if fired == 0 {
		printf(w, "\nno rule matches (%d checked)\n", len(e.Rules))
		return
	}
	printf(w, "\n%d of %s fired: %s", fired, text.Plural(len(e.Rules), "rule"), text.Plural(len(e.Tasks()), "task"))
	if failing > 0 {
		printf(w, ", %d of which cannot be submitted", failing)
	}
	fmt.Fprintln(w)
}

// printUnlessEmpty prints a line of a label and a text, if there is a text.
func printUnlessEmpty(w io.Writer, label, text string) {
	if text != "" {
		printf(w, "%s%s\n", label, text)
	}
}
