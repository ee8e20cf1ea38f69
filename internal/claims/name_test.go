package claims

import (
	"errors"
	"strings"
	"testing"
	"time"

	"onput/process"
)

// Each identifying field makes another task, which fires once for itself.
func TestSameTask(t *testing.T) {
	again := time.Date(2026, 3, 1, 10, 0, 0, 6e6, time.UTC)
	for _, test := range []struct {
		name            string
		change          func(*Task)
		same            bool
		sameWithoutID   bool // if events have no request id
		sameContentOnly bool // with by: content
	}{
		{"nothing", func(*Task) {}, true, true, true},
		{"the invocation", func(t *Task) { t.Invocation = "1-66" }, true, true, true},
		{"the topic", func(t *Task) { t.Notify = "media-done" }, true, true, true},
		{"the zone of the time", func(t *Task) { t.Upload.Time = t.Upload.Time.In(time.FixedZone("", 8*3600)) }, true, true, true},
		{"uploaded again, other bytes", func(t *Task) { t.Upload = Upload{RequestID: id(t, "58FA"), ETag: "99", Time: again} }, false, false, false},
		{"uploaded again, same bytes", func(t *Task) { t.Upload = Upload{RequestID: id(t, "58FA"), ETag: "688A", Time: again} }, false, false, true},
		{"uploaded again in the same millisecond", func(t *Task) { t.Upload.RequestID = id(t, "58FA") }, false, true, true},
		{"another bucket", func(t *Task) { t.Source.Bucket = "b" }, false, false, false},
		{"another key", func(t *Task) { t.Source.Key = "b" }, false, false, false},
		{"a key that is no UTF-8", func(t *Task) { t.Source.Key = "in/a.docx\xff" }, false, false, false},
		{"another rule", func(t *Task) { t.Rule = "b" }, false, false, false},
		{"another output", func(t *Task) { t.Output = 1 }, false, false, false},
		{"another process", func(t *Task) { t.Process = "doc/convert,target_jpg" }, false, false, false},
		{"another target bucket", func(t *Task) { t.Target.Bucket = "b" }, false, false, false},
		{"another target", func(t *Task) { t.Target.Key = "b" }, false, false, false},
		{"no target", func(t *Task) { t.Target = process.Location{} }, false, false, false},
	} {
		for _, mode := range []struct {
			name      string
			byContent bool
			withoutID bool
			same      bool
		}{
			{"", false, false, test.same},
			{" without id", false, true, test.sameWithoutID},
			{" by content", true, false, test.sameContentOnly},
			{" by content without id", true, true, test.sameContentOnly},
		} {
			t.Run(test.name+mode.name, func(t *testing.T) {
				settings := settings
				settings.ByContent = mode.byContent
				a := testTask()
				if mode.withoutID {
					a.Upload.RequestID = ""
				}
				b := a
				test.change(&b)
				c := New(nil, settings)
				atA, errA := c.location(&a)
				atB, errB := c.location(&b)
				if (atA == atB) != mode.same || errA != nil || errB != nil {
					t.Errorf("%v and %v: %v, %v", atA, atB, errA, errB)
				}
			})
		}
	}
}

// id returns id, or "" for a task without an upload id.
func id(t *Task, id string) string {
	if t.Upload.RequestID == "" {
		return ""
	}
	return id
}

// The location of claims must not change: tasks that are under way would fire again.
func TestLocation(t *testing.T) {
	task := testTask()
	at, err := New(nil, settings).location(&task)
	if want := (process.Location{Bucket: "acme-state", Key: ".onput/claims/" + pinned}); at != want || err != nil {
		t.Errorf("%v, %v, want %v", at, err, want)
	}
	at, err = New(nil, Settings{Prefix: "state/"}).location(&task)
	if want := (process.Location{Bucket: "acme-uploads", Key: "state/claims/" + pinned}); at != want || err != nil {
		t.Errorf("%v, %v, want %v", at, err, want)
	}
}

// pinned is the SHA-256 of 12:acme-uploads9:in/a.docx7:request4:58F911:docx-to-png1:022:doc/convert,target_png and so on.
const pinned = "f7cca3936361b4429f40080c64991377a138d0211790f22e518a2c57858ec3d5"

// Events that do not identify their upload are refused.
func TestUnidentified(t *testing.T) {
	for _, test := range []struct {
		upload    Upload
		byContent bool
		want      string // in the error; "" for none
	}{
		{Upload{}, false, "eventTime"},
		{Upload{ETag: "688A"}, false, "eventTime"},
		{Upload{RequestID: "58F9"}, false, ""},
		{Upload{Time: time.Unix(1, 0)}, false, ""},
		{Upload{RequestID: "58F9"}, true, "eTag"},
		{Upload{ETag: "688A"}, true, ""},
	} {
		settings := settings
		settings.ByContent = test.byContent
		task := testTask()
		task.Upload = test.upload
		s := &oss{}
		_, err := New(newMemory(), settings).Do(t.Context(), task, s.submit)
		var e *Error
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%+v: %v", test.upload, err)
		case test.want != "" && (!errors.As(err, &e) || e.Reason != Unidentified || !e.Permanent() || !strings.Contains(e.Error(), test.want) || s.asked.Load() != 0):
			t.Errorf("%+v: %v", test.upload, err)
		}
	}
}
