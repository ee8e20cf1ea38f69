package explanation

import (
	"bytes"
	"encoding/json"
	"io"

	"onput/rules"
)

// JSON prints explanations as a JSON object: a list of uploads, and how many tasks the rules make for them.
type JSON struct {
	w     io.Writer
	count int // of uploads
	fired int // tasks of all uploads
	err   error
}

// NewJSON returns a printer to w.
func NewJSON(w io.Writer) *JSON { return &JSON{w: w} }

// Add prints an explanation. Empty fields are left out.
func (p *JSON) Add(e *rules.Explanation) {
	separator := ","
	if p.count == 0 {
		separator = "{\n  \"uploads\": ["
	}
	p.count++
	p.fired += len(e.Tasks())
	p.write(separator + "\n    " + indented(NewExplanationJSON(e)))
}

// End prints the end of the object.
func (p *JSON) End() error {
	if p.count == 0 {
		p.write("{\n  \"uploads\": [],\n")
	} else {
		p.write("\n  ],\n")
	}
	p.write("  \"fired\": " + indented(p.fired) + "\n}\n")
	return p.err
}

func (p *JSON) write(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, s)
	}
}

// indented returns v as JSON for a list two levels deep, with < and > as they are.
func indented(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(v); err != nil {
		panic(err) // texts, numbers and lists of them always marshal
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// ExplanationJSON is an explanation as JSON.
type ExplanationJSON struct {
	UploadJSON
	Assumed      string            `json:"assumed,omitempty"`
	Skipped      string            `json:"skipped,omitempty"`
	Rules        []OutcomeJSON     `json:"rules"`
	Combinations []CombinationJSON `json:"combinations,omitempty"` // rules that one upload fires together, if none fires all
}

// UploadJSON is an upload as JSON, with the facts that are known.
type UploadJSON struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key"`
	Event  string `json:"event,omitempty"`
	Size   *int64 `json:"size,omitempty"`
	Type   string `json:"type,omitempty"`

	Meta  map[string]string `json:"meta,omitempty"` // besides that in the event
	Tags  map[string]string `json:"tags,omitempty"`
	Class string            `json:"class,omitempty"`
}

// OutcomeJSON is the outcome of one rule as JSON.
type OutcomeJSON struct {
	Rule    string     `json:"rule"`
	Fired   bool       `json:"fired"`
	Reason  string     `json:"reason,omitempty"`
	Hint    string     `json:"hint,omitempty"`
	Fields  []string   `json:"eventHas,omitempty"` // paths of where
	Assumed []string   `json:"assumed,omitempty"`
	Tasks   []TaskJSON `json:"tasks,omitempty"`
}

// CombinationJSON is a combination of rules as JSON.
type CombinationJSON struct {
	Rules   []string `json:"rules"`
	Assumed []string `json:"assumed,omitempty"`
}

// TaskJSON is a task as JSON.
type TaskJSON struct {
	Rule        string `json:"rule"`
	Output      int    `json:"output"` // from 0
	Process     string `json:"process"`
	Description string `json:"words,omitempty"`
	Target      string `json:"target,omitempty"`
	Notify      string `json:"notify,omitempty"`
	Request     string `json:"request,omitempty"` // the whole process string
	Log         bool   `json:"log,omitempty"`     // mode: log
	Error       string `json:"error,omitempty"`   // why it cannot be sent
}

// NewExplanationJSON returns an explanation as JSON.
func NewExplanationJSON(e *rules.Explanation) ExplanationJSON {
	u := &e.Upload
	upload := UploadJSON{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Type: u.Type, Meta: u.Meta, Tags: u.Tags, Class: u.Class}
	j := ExplanationJSON{UploadJSON: upload, Assumed: e.Assumed, Skipped: e.Skip, Rules: []OutcomeJSON{}}
	if e.Given.Has(rules.GivenSize) && u.Size >= 0 {
		j.Size = &u.Size
	}
	for _, o := range e.Rules {
		j.Rules = append(j.Rules, OutcomeJSON{o.Rule, o.Fired, o.Reason, o.Hint, o.Fields, o.Assumed, NewTasksJSON(o.Tasks)})
	}
	for _, c := range e.Combinations {
		j.Combinations = append(j.Combinations, CombinationJSON(c))
	}
	return j
}

// NewTasksJSON returns tasks as JSON, nil for none.
func NewTasksJSON(tasks []rules.Task) []TaskJSON {
	var all []TaskJSON
	for i := range tasks {
		t := &tasks[i]
		j := TaskJSON{Rule: t.Rule, Output: t.Output, Process: t.Process, Description: t.Describe(), Target: t.Target.String(), Notify: t.Notify, Log: t.Log}
		if t.Err != nil {
			j.Error = t.Err.Error()
		} else {
			j.Request = t.Request()
		}
		all = append(all, j)
	}
	return all
}
