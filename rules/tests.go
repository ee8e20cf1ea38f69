package rules

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"
	"go.yaml.in/yaml/v4"
)

// Test is one of the tests in a rule file: an upload, and what it is to fire.
type Test struct {
	Line   int // where it stands in the file, from 1
	Upload Upload
	Given  Given // what the test says of the upload
	Fires  []Expected
}

// Expected is what one entry of fires asks for. Without Process and Target it stands for a rule that fired, all its tasks;
// otherwise for one task.
type Expected struct {
	Rule    string  `json:"rule"`
	Process *string `json:"process,omitempty"` // as sent, without sys directives; nil for any
	Target  *string `json:"target,omitempty"`  // as sent, oss://BUCKET/KEY or the key alone; "" for a task that writes none; nil for any
}

// Result is how a test went.
type Result struct {
	Test        Test
	Explanation Explanation // what the rules make of the upload, and why
	Diff        []Difference
}

// Difference is a line of a comparison: what was expected and what fired for it. One of them is missing where the test
// failed.
type Difference struct {
	Expected *Expected
	Tasks    []Task
}

// Ok says whether the difference is none: something was expected and fired, and can be sent.
func (d *Difference) Ok() bool {
	for i := range d.Tasks {
		if d.Tasks[i].Err != nil {
			return false
		}
	}
	return d.Expected != nil && d.Tasks != nil
}

// Passed says whether exactly what the test expects fired.
func (r *Result) Passed() bool {
	for i := range r.Diff {
		if !r.Diff[i].Ok() {
			return false
		}
	}
	return true
}

// Test runs the tests of the file, in its order.
func (s *Set) Test() []Result {
	var results []Result
	for _, t := range s.Tests() {
		r := Result{Test: t, Explanation: s.Explain(&t.Upload, t.Given)}
		r.Diff = compare(t.Fires, r.Explanation.Tasks())
		results = append(results, r)
	}
	return results
}

// Tests returns the tests of the file. They are read when asked for: nobody else needs them.
func (s *Set) Tests() []Test {
	d := newDocument(s.filename, s.src)
	root := d.read()
	if root == nil {
		return nil
	}
	var tests []Test
	for _, def := range d.define(root).tests {
		t := Test{Line: def.node.Line, Upload: Upload{Key: def.key.text, Size: -1}}
		if def.bucket != nil {
			t.Upload.Bucket = def.bucket.text
			t.Given |= GivenBucket
		}
		if def.event != nil {
			t.Upload.Event = QualifyEvent(def.event.text)
			t.Given |= GivenEvent
		}
		if def.mime != nil {
			t.Upload.Type = def.mime.text
			t.Given |= GivenType
		}
		if def.size != nil {
			t.Upload.Size = *def.size
			t.Given |= GivenSize
		}
		if def.record != nil {
			t.Upload.Record = record(def.record)
		}
		for _, f := range def.fires {
			e := Expected{Rule: f.rule.text}
			if f.process != nil {
				e.Process = &f.process.text
			}
			if f.target != nil {
				e.Target = &f.target.text
			}
			t.Fires = append(t.Fires, e)
		}
		tests = append(tests, t)
	}
	return tests
}

// QualifyEvent returns the name of an event as records have it, with ObjectCreated: where it is left out and without the oss:
// of triggers.
func QualifyEvent(name string) string {
	name = strings.TrimPrefix(name, "oss:")
	if strings.Contains(name, ":") {
		return name
	}
	return "ObjectCreated:" + name
}

// record makes an event record of the map in a test. A name with dots stands for maps in each other, as in where.
func record(n *yaml.Node) gjson.Result {
	raw, err := json.Marshal(plain(n))
	if err != nil {
		return gjson.Result{} // cannot be: plain makes nothing that JSON lacks
	}
	return gjson.ParseBytes(raw)
}

// plain returns a node as JSON has it. What JSON has no word for is text as written.
func plain(n *yaml.Node) any {
	switch {
	case n.Kind == yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			insert(m, n.Content[i].Value, plain(n.Content[i+1]))
		}
		return m
	case n.Kind == yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, plain(c))
		}
		return list
	case n.Tag == "!!null":
		return nil
	case n.Tag == "!!bool":
		return strings.EqualFold(n.Value, "true")
	case (n.Tag == "!!int" || n.Tag == "!!float") && json.Valid([]byte(n.Value)):
		return json.Number(n.Value)
	}
	return n.Value
}

// insert puts a value at a path of names joined by dots; \ before a dot makes it part of a name.
func insert(m map[string]any, path string, value any) {
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			name.WriteByte(path[i])
		case path[i] == '.':
			inner, ok := m[name.String()].(map[string]any)
			if !ok {
				inner = map[string]any{}
				m[name.String()] = inner
			}
			m = inner
			name.Reset()
		default:
			name.WriteByte(path[i])
		}
	}
	merge(m, name.String(), value)
}

// merge sets a name of a map. Two maps become one.
func merge(m map[string]any, name string, value any) {
	old, was := m[name].(map[string]any)
	add, is := value.(map[string]any)
	if !was || !is {
		m[name] = value
		return
	}
	for name, value := range add {
		merge(old, name, value)
	}
}

// step is what an expectation takes of the tasks: all that follow each other of one rule, or one task.
func (e *Expected) step(tasks []Task) int {
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

// compare lays expectations and tasks side by side, in their order, so that as many expectations as can be are met.
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
			if n := want[i].step(got[j:]); n > 0 {
				met[i][j] = max(met[i][j], 1+met[i+1][j+n])
			}
		}
	}
	var lines []Difference
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		n := 0
		if i < len(want) {
			n = want[i].step(got[j:])
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
