package rules

import (
	"slices"
	"strings"

	"onput/internal/rulefile"
)

// Test is a test of a rule file: an upload, and the tasks that it must fire.
type Test struct {
	Line   int // in the file, from 1
	Upload Upload
	Given  Given // the facts about the upload that the test gives
	Fires  []Expected
}

// Expected is one entry of fires. Without Process and Target it expects all tasks of a rule, otherwise one task.
type Expected struct {
	Rule    string  `json:"rule"`
	Process *string `json:"process,omitempty"` // as sent, without sys directives; nil for any
	Target  *string `json:"target,omitempty"`  // as sent: oss://BUCKET/KEY, the key alone, or "" for no target; nil for any
}

// Result is the outcome of a test.
type Result struct {
	Test        Test
	Explanation Explanation
	Diff        []Difference
}

// Difference pairs an expectation with the tasks that meet it. If either is missing, the test has failed.
type Difference struct {
	Expected *Expected
	Tasks    []Task
}

// Ok reports whether the expectation is met by tasks that can be submitted.
func (d *Difference) Ok() bool {
	return d.Expected != nil && d.Tasks != nil && !slices.ContainsFunc(d.Tasks, func(t Task) bool { return t.Err != nil })
}

// Passed reports whether the upload fired exactly what the test expects.
func (r *Result) Passed() bool {
	return !slices.ContainsFunc(r.Diff, func(d Difference) bool { return !d.Ok() })
}

// RunTests runs the tests of the file, in file order.
func (f *File) RunTests() []Result {
	var results []Result
	for _, t := range f.Tests {
		e := f.Set.explain(&t.Upload, t.Given, noExclusion) // a test that gives too little expects what it always did
		results = append(results, Result{t, e, compare(t.Fires, e.Tasks())})
	}
	return results
}

// testsOf returns the tests that a file defines.
func testsOf(f *rulefile.File) []Test {
	var tests []Test
	for _, def := range f.Tests {
		t := Test{Line: def.Node.Line, Upload: Upload{Key: def.Key.Text, Size: -1}}
		if def.Bucket != nil {
			t.Upload.Bucket = def.Bucket.Text
			t.Given |= GivenBucket
		}
		if def.Event != nil {
			t.Upload.Event = QualifyEvent(def.Event.Text)
			t.Given |= GivenEvent
		}
		if def.Type != nil {
			t.Upload.Type = def.Type.Text
			t.Given |= GivenType
		}
		if def.Size != nil {
			t.Upload.Size = *def.Size
			t.Given |= GivenSize
		}
		if def.Time != nil {
			t.Upload.Time = *def.Time
			t.Given |= GivenTime
		}
		addObjectFacts(&t, &def)
		if def.Record != nil {
			t.Upload.Record = testRecord(def.Record)
		}
		for _, fires := range def.Fires {
			e := Expected{Rule: fires.Rule.Text}
			if fires.Process != nil {
				e.Process = &fires.Process.Text
			}
			if fires.Target != nil {
				e.Target = &fires.Target.Text
			}
			t.Fires = append(t.Fires, e)
		}
		tests = append(tests, t)
	}
	return tests
}

// metBy returns how many of the first tasks meet the expectation: one task, or all tasks of the rule in a row.
func (e *Expected) metBy(tasks []Task) int {
	if e.Process == nil && e.Target == nil {
		n := slices.IndexFunc(tasks, func(t Task) bool { return t.Rule != e.Rule })
		if n < 0 {
			return len(tasks)
		}
		return n
	}
	if len(tasks) > 0 && tasks[0].Rule == e.Rule &&
		(e.Process == nil || *e.Process == tasks[0].Process) && e.hasTarget(&tasks[0]) {
		return 1
	}
	return 0
}

// hasTarget reports whether the target of a task is as expected.
func (e *Expected) hasTarget(t *Task) bool {
	switch {
	case e.Target == nil:
		return true
	case *e.Target == "" || strings.HasPrefix(*e.Target, "oss://"):
		return *e.Target == t.Target.String()
	}
	return *e.Target == t.Target.Key
}

// compare pairs expectations with tasks, both in their order, so that as many expectations as possible are met.
func compare(want []Expected, got []Task) []Difference {
	// met[i][j] is the number of expectations in want[i:] that got[j:] can meet.
	met := make([][]int, len(want)+1)
	for i := range met {
		met[i] = make([]int, len(got)+1)
	}
	for i := len(want) - 1; i >= 0; i-- {
		for j := len(got); j >= 0; j-- {
			met[i][j] = met[i+1][j]
			if j < len(got) {
				met[i][j] = max(met[i][j], met[i][j+1])
			}
			if n := want[i].metBy(got[j:]); n > 0 {
				met[i][j] = max(met[i][j], 1+met[i+1][j+n])
			}
		}
	}
	var diff []Difference
	for i, j := 0, 0; i < len(want) || j < len(got); {
		n := 0
		if i < len(want) {
			n = want[i].metBy(got[j:])
		}
		switch {
		case n > 0 && met[i][j] == 1+met[i+1][j+n]:
			diff = append(diff, Difference{&want[i], got[j : j+n]})
			i, j = i+1, j+n
		case i < len(want) && met[i][j] == met[i+1][j]:
			diff = append(diff, Difference{Expected: &want[i]})
			i++
		default:
			diff = append(diff, Difference{Tasks: got[j : j+1]})
			j++
		}
	}
	return diff
}
