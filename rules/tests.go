package rules

import (
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

// Expected is one entry of fires. Without Process and Target it expects that a rule fires, with all its tasks; otherwise it
// expects one task.
type Expected struct {
	Rule    string  `json:"rule"`
	Process *string `json:"process,omitempty"` // as sent, without sys directives; nil for any
	Target  *string `json:"target,omitempty"`  // as sent, oss://BUCKET/KEY or the key alone; "" for a task that writes none; nil for any
}

// Result is the outcome of a test.
type Result struct {
	Test        Test
	Explanation Explanation
	Diff        []Difference
}

// Difference is a line of the comparison: an expectation and the tasks that meet it. One of them is missing where the test
// failed.
type Difference struct {
	Expected *Expected
	Tasks    []Task
}

// Ok reports whether the expectation is met, by tasks that can be submitted.
func (d *Difference) Ok() bool {
	for i := range d.Tasks {
		if d.Tasks[i].Err != nil {
			return false
		}
	}
	return d.Expected != nil && d.Tasks != nil
}

// Passed reports whether the upload fired exactly what the test expects.
func (r *Result) Passed() bool {
	for i := range r.Diff {
		if !r.Diff[i].Ok() {
			return false
		}
	}
	return true
}

// RunTests runs the tests of the file, in file order.
func (f *File) RunTests() []Result {
	var results []Result
	for _, t := range f.Tests {
		r := Result{Test: t, Explanation: f.Set.Explain(&t.Upload, t.Given)}
		r.Diff = compare(t.Fires, r.Explanation.Tasks())
		results = append(results, r)
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
		if def.Record != nil {
			t.Upload.Record = testRecord(def.Record)
		}
		for _, f := range def.Fires {
			e := Expected{Rule: f.Rule.Text}
			if f.Process != nil {
				e.Process = &f.Process.Text
			}
			if f.Target != nil {
				e.Target = &f.Target.Text
			}
			t.Fires = append(t.Fires, e)
		}
		tests = append(tests, t)
	}
	return tests
}

// metBy returns how many of the first tasks meet the expectation: one task, or all in a row of one rule.
func (e *Expected) metBy(tasks []Task) int {
	if len(tasks) == 0 || tasks[0].Rule != e.Rule {
		return 0
	}
	if e.Process == nil && e.Target == nil {
		n := 1
		for n < len(tasks) && tasks[n].Rule == e.Rule {
			n++
		}
		return n
	}
	if e.Process != nil && *e.Process != tasks[0].Process || e.Target != nil && !e.isTarget(&tasks[0]) {
		return 0
	}
	return 1
}

func (e *Expected) isTarget(t *Task) bool {
	if *e.Target == "" || strings.HasPrefix(*e.Target, "oss://") {
		return *e.Target == t.Target.String()
	}
	return *e.Target == t.Target.Key
}

// compare aligns expectations and tasks, in their order, so that as many expectations as possible are met.
func compare(want []Expected, got []Task) []Difference {
	// met[i][j] is how many of want[i:] can be met by got[j:].
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
	var lines []Difference
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		n := 0
		if i < len(want) {
			n = want[i].metBy(got[j:])
		}
		switch {
		case n > 0 && met[i][j] == 1+met[i+1][j+n]:
			lines = append(lines, Difference{&want[i], got[j : j+n]})
			i, j = i+1, j+n
		case i < len(want) && met[i][j] == met[i+1][j]:
			lines = append(lines, Difference{Expected: &want[i]})
			i++
		default:
			lines = append(lines, Difference{Tasks: got[j : j+1]})
			j++
		}
	}
	return lines
}
