package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const tested = `
version: 1
sources: [src/in/]
defaults: {target: {bucket: dst}}
rules:
  - {name: doc, match: "*.{docx,pdf}", process: "doc/convert,target_png,pages_MS0y", target: "png/{barename}/{index}.png"}
  - name: ladder
    match: {key: "*.mov", size: {min: 1KiB}}
    outputs:
      - {process: "video/convert,f_mp4,vcodec_h264", target: "mp4/{barename}.mp4"}
      - {process: "video/snapshots,f_jpg,num_1", target: {bucket: posters, key: "{barename}.jpg"}}
  - {name: mark, mode: log, match: {key: "*.mov", where: {userIdentity.principalId: "1649*"}}, process: image/deblindwatermark, notify: done}
  - {name: open, match: "*.{txt,lrc,zip}", process: "doc/convert,target_pdf,source_{ext}", target: "pdf/{barename}.pdf"}
tests:
`

// Each entry is a test of a rule file and its comparison: = for a met expectation, - for an unmet one, + for another task.
func TestTests(t *testing.T) {
	for _, tt := range []struct{ test, want string }{
		{`{upload: in/a.docx, fires: [doc]}`, "=doc"},
		{`{upload: in/a.docx, fires: []}`, "+doc/0"},
		{`{upload: in/a.xls, fires: []}`, ""},
		{`{upload: in/a.xls, fires: [doc]}`, "-doc"},
		{`{upload: in/a.docx, fires: [ladder]}`, "-ladder +doc/0"},
		// A name expects all tasks of the rule.
		{`{upload: in/a.mov, fires: [ladder, mark]}`, "=ladder =mark"},
		{`{upload: in/a.mov, fires: [mark, ladder]}`, "-mark =ladder +mark/0"},
		{`{upload: in/a.mov, fires: [ladder]}`, "=ladder +mark/0"},
		{`{upload: in/a.mov, fires: [ladder, ladder, mark]}`, "=ladder -ladder =mark"},
		{`{upload: in/a.mov, fires: [{rule: ladder}, {rule: mark}]}`, "=ladder =mark"},
		// With a process or a target it expects one task.
		{`{upload: in/a.mov, fires: [{rule: ladder, target: mp4/a.mp4}, {rule: ladder, target: a.jpg}, mark]}`, "=ladder =ladder =mark"},
		{`{upload: in/a.mov, fires: [{rule: ladder, target: mp4/a.mp4}, ladder, mark]}`, "=ladder =ladder =mark"},
		{`{upload: in/a.mov, fires: [{rule: ladder, target: a.jpg}, mark]}`, "+ladder/0 =ladder =mark"},
		{`{upload: in/a.mov, fires: [{rule: ladder, target: a.png}, {rule: ladder, target: a.jpg}, mark]}`, "-ladder +ladder/0 =ladder =mark"},
		{`{upload: in/a.mov, fires: [{rule: ladder, target: "oss://dst/mp4/a.mp4"}, {rule: ladder, target: "oss://posters/a.jpg", process: "video/snapshots,f_jpg,num_1"}, mark]}`, "=ladder =ladder =mark"},
		{`{upload: in/a.mov, fires: [ladder, {rule: mark, target: "", process: image/deblindwatermark}]}`, "=ladder =mark"},
		{`{upload: in/a.mov, fires: [ladder, {rule: mark, target: "x"}]}`, "=ladder -mark +mark/0"},
		{`{upload: in/a.pdf, fires: [{rule: doc, process: "doc/convert,target_png,pages_MS0y", target: "png/a/{index}.png"}]}`, "=doc"},
		{`{upload: "in/{a}.pdf", fires: [{rule: doc, target: "png/{{a}}/{index}.png"}]}`, "=doc"},
		{`{upload: in/a.pdf, fires: [{rule: doc, process: "doc/convert,target_png,pages_1-2"}]}`, "-doc +doc/0"},
		{`{upload: in/a.pdf, fires: [{rule: doc, target: "oss://other/png/a/{index}.png"}]}`, "-doc +doc/0"},
		// Only the facts that the test gives are compared.
		{`{upload: {key: in/a.mov, size: 1000}, fires: [mark]}`, "=mark"},
		{`{upload: {key: in/a.mov, size: 2KiB}, fires: [ladder, mark]}`, "=ladder =mark"},
		{`{upload: {key: in/a.mov, size: 0}, fires: []}`, ""},
		{`{upload: {key: in/a.docx, bucket: other}, fires: []}`, ""},
		{`{upload: {key: in/a.docx, bucket: src, type: x/y}, fires: [doc]}`, "=doc"},
		{`{upload: {key: in/a.docx, event: CopyObject}, fires: []}`, ""},
		{`{upload: {key: in/a.docx, event: "ObjectCreated:PutObject"}, fires: [doc]}`, "=doc"},
		{`{upload: {key: in/a.docx, event: "oss:ObjectCreated:CopyObject"}, fires: []}`, ""},
		{`{upload: {key: in/a.mov, record: {userIdentity: {principalId: "2"}}}, fires: [ladder]}`, "=ladder"},
		{`{upload: {key: in/a.mov, record: {userIdentity.principalId: 16491}}, fires: [ladder, mark]}`, "=ladder =mark"},
		{`{upload: {key: in/a.mov, record: {userIdentity.principalId: null}}, fires: [ladder]}`, "=ladder"},
		{`{upload: {key: in/a.mov, record: {region: cn-a}}, fires: [ladder, mark]}`, "=ladder =mark"},
		{`{upload: out/a.docx, fires: []}`, ""},
		{`{upload: out/a.docx, fires: [doc]}`, "-doc"},
		{`{upload: in/docx/, fires: []}`, ""},
		// A task that cannot be sent meets no expectation.
		{`{upload: in/a.txt, fires: [open]}`, "=open"},
		{`{upload: in/a.zip, fires: [open]}`, "!open"},
	} {
		t.Run(tt.test, func(t *testing.T) {
			results := loadFile(t, tested+"  - "+tt.test).RunTests()
			if len(results) != 1 {
				t.Fatalf("%+v", results)
			}
			r := results[0]
			if r.Test.Line != 15 {
				t.Errorf("line %d", r.Test.Line)
			}
			var got []string
			for _, d := range r.Diff {
				switch {
				case d.Ok():
					got = append(got, "="+d.Expected.Rule)
				case d.Expected == nil:
					got = append(got, fmt.Sprintf("+%s/%d", d.Tasks[0].Rule, d.Tasks[0].Output))
				case d.Tasks == nil:
					got = append(got, "-"+d.Expected.Rule)
				default:
					got = append(got, "!"+d.Expected.Rule)
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if r.Passed() == strings.ContainsAny(tt.want, "+-!") {
				t.Errorf("passed: %v", r.Passed())
			}
		})
	}
}

func TestRecordsOfTests(t *testing.T) {
	f := loadFile(t, tested+`
  - upload:
      key: a
      record:
        n: 012
        f: 1.50
        inf: .inf
        on: true
        date: 2026-01-02
        list: [1, {a.b: x}]
        a: {b: 1}
        a.c.d: 2
        x\.y: 3
    fires: []
`)
	want := `{"a":{"b":1,"c":{"d":2}},"date":"2026-01-02","f":1.50,"inf":".inf","list":[1,{"a":{"b":"x"}}],"n":"012","on":true,"x.y":3}`
	if got := f.Tests[0].Upload.Record.Raw; got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

func TestNoTests(t *testing.T) {
	for _, file := range []string{one("match: x\n" + pdf), one("match: x\n"+pdf) + "tests: []\n"} {
		if got := loadFile(t, file).RunTests(); got != nil {
			t.Errorf("%+v", got)
		}
	}
}
