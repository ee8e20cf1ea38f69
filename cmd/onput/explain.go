package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"onput/internal/event"
	"onput/rules"
)

// ExplainCmd says what the rules make of an upload, and why.
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

// known is an upload that is explained, and what is known of it.
type known struct {
	rules.Upload
	given rules.Given
}

// Run prints an explanation of each upload. It returns exit(1) where the rules are broken.
func (c *ExplainCmd) Run(s *streams) error {
	set, err := loadRules(c.File, s)
	if err != nil {
		return err
	}
	uploads, bad := c.uploads(s)
	var all []rules.Explanation
	for i := range uploads {
		if err := c.flags(&uploads[i]); err != nil {
			fmt.Fprintf(s.err, "onput: %v\n", err)
			return exit(exitUsage)
		}
		all = append(all, set.Explain(&uploads[i].Upload, uploads[i].given))
	}
	if c.JSON {
		err = printJSON(s.out, explanationsJSON(all))
	} else {
		for i := range all {
			if i > 0 {
				fmt.Fprintln(s.out)
			}
			printExplanation(s.out, &all[i])
		}
	}
	if bad != nil {
		fmt.Fprintf(s.err, "onput: %s: %v\n", printable(c.Key), bad)
		return exit(exitFailed)
	}
	return err
}

// uploads returns what KEY names: an object, or the uploads of an event. The error is about records of the event that are
// no uploads.
func (c *ExplainCmd) uploads(s *streams) ([]known, error) {
	if strings.HasSuffix(c.Key, ".json") {
		if payload, err := os.ReadFile(c.Key); err == nil {
			uploads, _, err := event.Decode(payload)
			if len(uploads) > 0 {
				var all []known
				for _, u := range uploads {
					all = append(all, known{u, rules.GivenAll})
				}
				return all, err
			}
			fmt.Fprintf(s.err, "onput: the file %s holds no event, so this is about a key of that name: %v\n", printable(c.Key), err)
		} else {
			fmt.Fprintf(s.err, "onput: there is no file %s, so this is about a key of that name\n", printable(c.Key))
		}
	}
	if scheme, _, ok := strings.Cut(c.Key, "://"); ok && scheme != "oss" {
		return nil, errors.New("write oss://BUCKET/KEY, or the key alone")
	}
	if place, ok := strings.CutPrefix(c.Key, "oss://"); ok {
		if bucket, key, ok := strings.Cut(place, "/"); ok {
			return []known{{rules.Upload{Bucket: bucket, Key: key}, rules.GivenBucket}}, nil
		}
	}
	return []known{{rules.Upload{Key: c.Key}, 0}}, nil
}

// flags sets what the command line says of an upload.
func (c *ExplainCmd) flags(u *known) error {
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

// printExplanation writes for people.
func printExplanation(w io.Writer, e *rules.Explanation) {
	u := &e.Upload
	fmt.Fprint(w, printable("oss://"+u.Bucket+"/"+u.Key))
	for _, fact := range []struct {
		given rules.Given
		text  string
	}{{rules.GivenEvent, u.Event}, {rules.GivenSize, sizeOf(u)}, {rules.GivenType, u.Type}} {
		if e.Given&fact.given != 0 && fact.text != "" {
			fmt.Fprint(w, ", ", printable(fact.text))
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
		fmt.Fprintf(w, "nothing fires: %s looked at\n", count(len(e.Rules), "rule"))
	case failing > 0:
		fmt.Fprintf(w, "%d of %s fired: %s, %d of which cannot be sent\n", fired, count(len(e.Rules), "rule"), count(len(tasks), "task"), failing)
	default:
		fmt.Fprintf(w, "%d of %s fired: %s\n", fired, count(len(e.Rules), "rule"), count(len(tasks), "task"))
	}
}

func sizeOf(u *rules.Upload) string {
	if u.Size < 0 {
		return ""
	}
	return strconv.FormatInt(u.Size, 10) + " bytes"
}

// printTask writes what a rule fired.
func printTask(w io.Writer, t *rules.Task) {
	fmt.Fprintf(w, "         %s\n", printable(t.Process))
	if words := t.Words(); words != "" {
		fmt.Fprintf(w, "           %s\n", words)
	}
	if target := t.Target.String(); target != "" {
		fmt.Fprintf(w, "         target:  %s\n", printable(target))
	}
	if t.Notify != "" {
		fmt.Fprintf(w, "         notify:  %s\n", printable(t.Notify))
	}
	if t.Log {
		fmt.Fprintf(w, "         mode: log, nothing is sent\n")
	}
	if t.Err != nil {
		fmt.Fprintf(w, "         cannot be sent: %v\n", t.Err)
	}
}

// printable returns a text as it is, or quoted where a terminal could not show it: keys are chosen by strangers.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) >= 0 {
		return strconv.Quote(s)
	}
	return s
}

// What --json prints. Fields that are empty are left out.
type (
	explainJSON struct {
		Uploads []explanationJSON `json:"uploads"`
		Fired   int               `json:"fired"` // tasks of all uploads
	}
	explanationJSON struct {
		uploadJSON
		Assumed string        `json:"assumed,omitempty"`
		Skipped string        `json:"skipped,omitempty"`
		Rules   []verdictJSON `json:"rules"`
	}
	uploadJSON struct {
		Bucket string `json:"bucket,omitempty"`
		Key    string `json:"key"`
		Event  string `json:"event,omitempty"`
		Size   *int64 `json:"size,omitempty"`
		Type   string `json:"type,omitempty"`
	}
	verdictJSON struct {
		Rule    string     `json:"rule"`
		Fired   bool       `json:"fired"`
		Reason  string     `json:"reason,omitempty"`
		Hint    string     `json:"hint,omitempty"`
		Assumed []string   `json:"assumed,omitempty"`
		Tasks   []taskJSON `json:"tasks,omitempty"`
	}
	taskJSON struct {
		Rule    string `json:"rule"`
		Output  int    `json:"output"` // from 0
		Process string `json:"process"`
		Words   string `json:"words,omitempty"`
		Target  string `json:"target,omitempty"`
		Notify  string `json:"notify,omitempty"`
		Request string `json:"request,omitempty"` // the whole process string
		Log     bool   `json:"log,omitempty"`     // mode: log
		Error   string `json:"error,omitempty"`   // why it cannot be sent
	}
)

func explanationsJSON(all []rules.Explanation) explainJSON {
	out := explainJSON{Uploads: []explanationJSON{}}
	for i := range all {
		e := &all[i]
		one := explanationJSON{uploadJSON: uploadOf(&e.Upload, e.Given), Assumed: e.Assumed, Skipped: e.Skip, Rules: []verdictJSON{}}
		for _, v := range e.Rules {
			one.Rules = append(one.Rules, verdictJSON{v.Rule, v.Fired, v.Reason, v.Hint, v.Assumed, tasksJSON(v.Tasks)})
			out.Fired += len(v.Tasks)
		}
		out.Uploads = append(out.Uploads, one)
	}
	return out
}

func uploadOf(u *rules.Upload, given rules.Given) uploadJSON {
	j := uploadJSON{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Type: u.Type}
	if given&rules.GivenSize != 0 && u.Size >= 0 {
		j.Size = &u.Size
	}
	return j
}

func tasksJSON(tasks []rules.Task) []taskJSON {
	var all []taskJSON
	for i := range tasks {
		t := &tasks[i]
		j := taskJSON{Rule: t.Rule, Output: t.Output, Process: t.Process, Words: t.Words(), Target: t.Target.String(), Notify: t.Notify, Log: t.Log}
		if t.Err != nil {
			j.Error = t.Err.Error()
		} else {
			j.Request = t.Request()
		}
		all = append(all, j)
	}
	return slices.Clip(all)
}
