package rules

import (
	"fmt"
	"testing"
	"time"
)

// The variables of the upload's time are in the file's time zone, with its daylight saving.
func TestUploadTime(t *testing.T) {
	const file = "version: 1\ntimezone: %s\nrules:\n  - {name: a, match: '/a.mp4', process: 'style/a', target: 'd/{u_year}-{u_mon}-{u_day}T{u_hour}.{u_min}.{u_sec}/{key}'}\n"
	for _, tt := range []struct{ zone, time, want string }{
		{"UTC", "2026-11-30T23:59:58.736Z", "d/2026-11-30T23.59.58/a.mp4"},
		{"Asia/Shanghai", "2026-12-31T16:00:00Z", "d/2027-01-01T00.00.00/a.mp4"},
		{"Europe/Berlin", "2026-03-29T00:59:59Z", "d/2026-03-29T01.59.59/a.mp4"},
		{"Europe/Berlin", "2026-03-29T01:00:00Z", "d/2026-03-29T03.00.00/a.mp4"},
		{"Europe/Berlin", "2026-10-25T02:30:00+02:00", "d/2026-10-25T02.30.00/a.mp4"},
		{"America/St_Johns", "2026-07-01T00:00:00Z", "d/2026-06-30T21.30.00/a.mp4"},
	} {
		at, err := time.Parse(time.RFC3339, tt.time)
		if err != nil {
			t.Fatal(err)
		}
		s := mustParse(t, tt.zone, file)
		u := Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: "a.mp4", Size: 1, Time: at}
		if task := s.Match(&u)[0]; task.Target.Key != tt.want || task.Err != nil {
			t.Errorf("%s in %s: %s, %v; want %s", tt.time, tt.zone, task.Target.Key, task.Err, tt.want)
		}
	}
	u := Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: "a.mp4", Size: 1}
	if task := mustParse(t, "UTC", file).Match(&u)[0]; task.Err == nil || task.Err.Error() != "the event has no time, which {u_year} needs" {
		t.Errorf("without a time: %v", task.Err)
	}
}

func mustParse(t *testing.T, zone, file string) *Set {
	t.Helper()
	s, err := Parse("rules.yaml", fmt.Appendf(nil, file, zone))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
