package rules

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUses(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		given      []string
		want       Uses
	}{
		{name: "all", file: `
sources: [up-b/in/, up-a/in/, up-a/more/]
claims: {bucket: state}
rules:
  - {name: fixed, match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}, notify: done}
  - {name: derived, match: "*.pptx", process: "doc/convert,target_pdf", target: {bucket: "{bucket}-{bucket}", key: "{barename}.pdf"}, notify: done}
  - {name: mark, match: "*.jpg", process: "image/deblindwatermark,s_low,t_text", notify: marks}
  - {name: off, enabled: false, match: "*.xlsx", process: "doc/convert,target_pdf", target: {bucket: never, key: "{barename}.pdf"}, notify: never}
`, want: Uses{Sources: []string{"up-a", "up-b"}, Targets: []string{"out", "up-a-up-a", "up-b-up-b"}, Claims: []string{"state"}, Topics: []string{"done", "marks"}}},
		{name: "beside the sources", file: `
sources: ["up-*/in/"]
claims: {}
rules:
  - {name: beside, match: "in/*.docx", process: "doc/convert,target_pdf", target: "out/{barename}.pdf"}
  - {name: open, match: "in/{tenant}.pptx", process: "doc/convert,target_pdf", target: {bucket: "t-{tenant}", key: "{barename}.pdf"}}
`, given: []string{"up-1", "other"}, want: Uses{Sources: []string{"up-1"}, Targets: []string{"up-1"}, Claims: []string{"up-1"}, Open: []string{"open"}}},
		{name: "no sources", file: `
rules:
  - {name: a, match: {bucket: up, key: "*.docx"}, process: "doc/convert,target_pdf", target: {bucket: out, key: "{barename}.pdf"}}
`, given: []string{"up"}, want: Uses{Sources: []string{"up"}, Targets: []string{"out"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Parse("r.yaml", []byte("version: 1"+tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.Uses(tt.given...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
