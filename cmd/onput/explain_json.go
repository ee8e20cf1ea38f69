package main

import "onput/rules"

// explanationsJSON is the output of onput explain --json. Empty fields are left out.
type explanationsJSON struct {
	Uploads []explanationJSON `json:"uploads"`
	Fired   int               `json:"fired"` // tasks of all uploads
}

type explanationJSON struct {
	uploadJSON
	Assumed string        `json:"assumed,omitempty"`
	Skipped string        `json:"skipped,omitempty"`
	Rules   []verdictJSON `json:"rules"`
}

type uploadJSON struct {
	Bucket string `json:"bucket,omitempty"`
	Key    string `json:"key"`
	Event  string `json:"event,omitempty"`
	Size   *int64 `json:"size,omitempty"`
	Type   string `json:"type,omitempty"`
}

type verdictJSON struct {
	Rule    string     `json:"rule"`
	Fired   bool       `json:"fired"`
	Reason  string     `json:"reason,omitempty"`
	Hint    string     `json:"hint,omitempty"`
	Assumed []string   `json:"assumed,omitempty"`
	Tasks   []taskJSON `json:"tasks,omitempty"`
}

type taskJSON struct {
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

func newExplanationsJSON(all []rules.Explanation) explanationsJSON {
	out := explanationsJSON{Uploads: []explanationJSON{}}
	for i := range all {
		out.Uploads = append(out.Uploads, newExplanationJSON(&all[i]))
		out.Fired += len(all[i].Tasks())
	}
	return out
}

func newExplanationJSON(e *rules.Explanation) explanationJSON {
	u := &e.Upload
	upload := uploadJSON{Bucket: u.Bucket, Key: u.Key, Event: u.Event, Type: u.Type}
	j := explanationJSON{uploadJSON: upload, Assumed: e.Assumed, Skipped: e.Skip, Rules: []verdictJSON{}}
	if e.Given.Has(rules.GivenSize) && u.Size >= 0 {
		j.Size = &u.Size
	}
	for _, v := range e.Rules {
		j.Rules = append(j.Rules, verdictJSON{v.Rule, v.Fired, v.Reason, v.Hint, v.Assumed, newTasksJSON(v.Tasks)})
	}
	return j
}

func newTasksJSON(tasks []rules.Task) []taskJSON {
	var all []taskJSON
	for i := range tasks {
		t := &tasks[i]
		j := taskJSON{Rule: t.Rule, Output: t.Output, Process: t.Process, Description: t.Describe(), Target: t.Target.String(), Notify: t.Notify, Log: t.Log}
		if t.Err != nil {
			j.Error = t.Err.Error()
		} else {
			j.Request = t.Request()
		}
		all = append(all, j)
	}
	return all
}
