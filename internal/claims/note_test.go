package claims

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"onput/process"
)

// A completion message finds its upload through the note.
func TestNote(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, s := newMemory(), &oss{}
		c := New(m, settings)
		task := testTask()
		task.Notify = "media-done"
		task.Source.Key = `in/"a" 文&<b>.docx`
		if o, err := invoke(t, c, task, time.Minute, s.submit); err != nil || o.Warnings != nil {
			t.Fatal(o, err)
		}
		if got := m.asked(); !strings.HasSuffix(got, ", append note") || strings.Count(got, ",") != 2 {
			t.Errorf("requests: %s", got)
		}
		note, err := c.Find(t.Context(), "acme-uploads", "doc-1")
		want := Note{
			TaskID: "doc-1", EventID: "181-1kZ",
			Bucket: "acme-uploads", Key: `in/"a" 文&<b>.docx`, Upload: "58F9", ETag: "688A", Time: task.Upload.Time,
			Rule: "docx-to-png", Process: "doc/convert,target_png", Target: "oss://acme-derived/a/{index}.png", Notify: "media-done",
			Invocation: "1-65",
		}
		if d := cmp.Diff(want, note); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	})
}

// A note that cannot be written does not fail the task.
func TestNoteTroubles(t *testing.T) {
	lost := &fault{err: ErrInDoubt}
	for _, test := range []struct {
		name    string
		faults  []*fault
		warning string
	}{
		{"none", nil, ""},
		{"lost", []*fault{lost}, ""},
		{"answer lost", []*fault{{done: true, err: ErrInDoubt}}, ""},
		{"lost and lost", []*fault{lost, lost}, ""},
		{"not written", []*fault{lost, lost, lost}, "will not find its upload"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, s := newMemory(), &oss{}
				m.suffer = on("append", "", test.faults...)
				task := testTask()
				task.Notify = "media-done"
				c := New(m, settings)
				o, err := invoke(t, c, task, time.Minute, s.submit)
				if text := strings.Join(o.Warnings, ""); err != nil || (text != "") != (test.warning != "") || !strings.Contains(text, test.warning) {
					t.Errorf("%+v, %v", o, err)
				}
				if _, err := c.Find(t.Context(), "acme-uploads", "doc-1"); (err == nil) != (test.warning == "") {
					t.Errorf("Find: %v", err)
				}
			})
		})
	}
}

// Find refuses ids that are no task ids, and reports notes that do not exist.
func TestFind(t *testing.T) {
	m := newMemory()
	c := New(m, settings)
	at := func(id string) process.Location {
		return process.Location{Bucket: "acme-state", Key: ".onput/tasks/" + id}
	}
	m.put(at("doc-other"), `{"taskId":"doc-1"}`)
	m.put(at("doc-text"), `hello`)
	m.put(at("doc-long"), strings.Repeat(" ", maxLog)+`{"taskId":"doc-long"}`)
	for _, test := range []struct {
		id   string
		want error // nil for an *Error
	}{
		{"doc-1", ErrNotFound},
		{"", errNoTaskID},
		{"../claims/a", errNoTaskID},
		{"a/b", errNoTaskID},
		{"..", errNoTaskID},
		{"doc 1", errNoTaskID},
		{"doc-1\n", errNoTaskID},
		{strings.Repeat("a", 201), errNoTaskID},
		{"doc-other", nil},
		{"doc-text", nil},
		{"doc-long", nil},
	} {
		n, err := c.Find(t.Context(), "acme-uploads", test.id)
		var e *Error
		if n != (Note{}) || test.want != nil && err != test.want || test.want == nil && !errors.As(err, &e) {
			t.Errorf("%q: %+v, %v", test.id, n, err)
		}
	}
}
