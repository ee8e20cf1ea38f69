package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onput/internal/account"
	"onput/internal/serverlessdevs"
	"onput/rules"
)

// The parts of the account that the doctor examines follow from the rules and the triggers of the function.
func TestDoctorNeeds(t *testing.T) {
	on := func(kind string, sources ...string) []serverlessdevs.Trigger {
		t := serverlessdevs.Trigger{Type: kind}
		for _, source := range sources {
			bucket, prefix, _ := strings.Cut(source, "/")
			t.Uploads = append(t.Uploads, serverlessdevs.UploadLocation{Bucket: bucket, Prefix: prefix})
		}
		return []serverlessdevs.Trigger{t}
	}
	for _, tt := range []struct {
		name, file string
		triggers   []serverlessdevs.Trigger
		want       account.Needs
	}{
		{name: "all", file: `
sources: [up-b/in/, up-a/in/, up-a/more/]
claims: {bucket: state}
rules:
  - {name: fixed, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}, notify: done}
  - {name: derived, match: "*.pptx", process: "doc/convert,target_pdf", target: {bucket: "{bucket}-{bucket}", key: "{barename}.pdf"}, notify: done}
  - {name: mark, match: "*.jpg", process: "image/deblindwatermark,s_low,t_text", notify: again}
  - {name: off, enabled: false, match: "*.xlsx", process: "doc/convert,target_pdf", target: {bucket: never, key: "{barename}.pdf"}, notify: never}
  - {name: tried, mode: log, match: "*.xlsx", process: "doc/convert,target_pdf", target: {bucket: never, key: "{barename}.pdf"}, notify: never}
`, want: account.Needs{Topics: []string{"again", "done"}, Buckets: []account.Bucket{
			{Name: "up-a", Source: true, IMM: true}, {Name: "up-b", Source: true, IMM: true}, {Name: "out", Target: true},
			{Name: "up-a-up-a", Target: true}, {Name: "up-b-up-b", Target: true}, {Name: "state", Claims: true}}}},
		{name: "outside the sources", file: `
sources: ["up-*/in/"]
claims: {}
rules:
  - {name: beside, match: "in/*.docx", process: "doc/convert,target_pdf", target: "out/{barename}.pdf"}
  - {name: open, match: "in/{tenant}.pptx", process: "doc/convert,target_pdf", target: {bucket: "t-{tenant}", key: "{barename}.pdf"}}
`, triggers: append(on("oss", "up-1/in/"), on("oss", "other/in/")...), want: account.Needs{
			Buckets:  []account.Bucket{{Name: "up-1", Source: true, IMM: true, Target: true, Claims: true}},
			Unknown:  []string{"the target bucket of rule open depends on the upload"},
			Triggers: []account.Trigger{{Bucket: "up-1", Prefix: "in/"}, {Bucket: "other", Prefix: "in/"}}}},
		{name: "EventBridge", file: `
rules:
  - {name: a, match: {bucket: ups, key: "*.docx"}, process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}}
`, triggers: on("eventbridge", "ups/a/", "ups/b/"), want: account.Needs{
			Buckets: []account.Bucket{{Name: "ups", Source: true, IMM: true}, {Name: "out", Target: true}}}},
		{name: "anywhere", file: `
rules:
  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}}
`, triggers: on("eventbridge", "*/"), want: account.Needs{
			Buckets: []account.Bucket{{Name: "out", Target: true}},
			Unknown: []string{"no source bucket is known: name one in sources, or a Serverless Devs file with a trigger"}}},
		{name: "pictures need no IMM", file: `
sources: [photos/, faces/, docs/]
rules:
  - {name: a, match: {bucket: photos, key: "*.jpg"}, process: "image/resize,w_200", target: {bucket: out, key: "a/{basename}"}}
  - {name: b, match: {bucket: faces, key: "*.jpg"}, process: "image/crop,g_face,w_200", target: {bucket: out, key: "b/{basename}"}}
  - {name: c, match: {bucket: docs, key: "*.docx"}, process: "doc/convert,target_pdf", target: {bucket: out, key: "c/{barename}.pdf"}}
`, want: account.Needs{Buckets: []account.Bucket{{Name: "docs", Source: true, IMM: true}, {Name: "faces", Source: true, IMM: true},
			{Name: "photos", Source: true}, {Name: "out", Target: true}}}},
		{name: "without a trigger", file: `
sources: [ups/in/]
rules:
  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}}
`, triggers: on("timer"), want: account.Needs{
			Buckets: []account.Bucket{{Name: "ups", Source: true, IMM: true}, {Name: "out", Target: true}}}},
		{name: "triggers elsewhere", file: `
sources: [ups/in/]
rules:
  - {name: a, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}}
`, triggers: on("oss", "ups/other/"), want: account.Needs{
			Unknown:  []string{"no rule can fire: each is disabled, is in mode log, or listens to nothing that triggers and sources name"},
			Triggers: []account.Trigger{{Bucket: "ups", Prefix: "other/"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := rules.Parse("r.yaml", []byte("version: 1"+tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, doctorNeeds(set, &serverlessdevs.Function{Triggers: tt.triggers})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
