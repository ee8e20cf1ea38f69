package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"onput/internal/ruleset"
)

func TestReasons(t *testing.T) {
	record := gjson.Parse(`{"userIdentity":{"principalId":"164901"},"x":null,"oss":{"requestParameters":{"sourceIPAddress":"10.0.0.1"}}}`)
	full := func(change func(*Upload)) *Upload {
		u := put("in/a.docx")
		u.Record, u.Type = record, "Application/PDF; charset=utf-8"
		change(u)
		return u
	}
	same := full(func(*Upload) {})
	at := func(key string) *Upload { return full(func(u *Upload) { u.Key = key }) }
	for _, tt := range []struct {
		match      string
		u          *Upload
		want, hint string
	}{
		{`"*.docx"`, same, "", ""},
		{`"*.pdf"`, same, `key: "in/a.docx" does not match "*.pdf"`, ""},
		{`["*.pdf", "*.txt"]`, same, `key: "in/a.docx" matches none of "*.pdf", "*.txt"`, ""},
		{`[a, b, c, d, e, f, g, h, i, j]`, same, `key: "in/a.docx" matches none of "a", "b", "c", "d", "e", "f", "g", "h" and 2 more`, ""},
		{`"*.pdf"`, at("报告\xff\n.docx"), `key: "报告\xff\n.docx" does not match "*.pdf"`, ""},
		{`{key: "*.docx", not: ["x", "in/**"]}`, same, `not: "in/**" matches the key`, ""},
		{`{prefix: In/}`, same, `prefix: "in/a.docx" does not begin with "In/"`, "would match with ignore_case"},
		{`{prefix: [IN/x, y/], ignore_case: true}`, same, `prefix: "in/a.docx" does not begin with any of "IN/x", "y/"`, ""},
		{`{suffix: .DOC, ignore_case: true}`, same, `suffix: "in/a.docx" does not end with ".DOC"`, ""},
		{`{bucket: "d*"}`, same, `bucket: "src" does not match "d*"`, ""},
		{`{bucket: [a, b]}`, same, `bucket: "src" matches none of "a", "b"`, ""},
		{`"**"`, full(func(u *Upload) { u.Event = "ObjectCreated:CopyObject" }),
			"event ObjectCreated:CopyObject is none of PutObject, PostObject, CompleteMultipartUpload", ""},
		{`{events: CopyObject}`, same, "event ObjectCreated:PutObject is not CopyObject", ""},
		{`{events: ["ObjectRemoved:*"]}`, same, "event ObjectCreated:PutObject is not ObjectRemoved:*", ""},
		{`"**"`, full(func(u *Upload) { u.Event = "" }), "events: the record does not name its event", ""},
		{`{size: {min: 1KiB}}`, full(func(u *Upload) { u.Size = 900 }), "size 900 B is below min 1KiB", ""},
		{`{size: {max: 5GiB}}`, full(func(u *Upload) { u.Size = 6<<30 + 1 }), "size 6442450945 B (6.0 GiB) is above max 5GiB", ""},
		{`{size: {max: 2000}}`, full(func(u *Upload) { u.Size = 2001 }), "size 2001 B is above max 2000", ""},
		{`{size: {min: 0}}`, full(func(u *Upload) { u.Size = -1 }), "size: the event has none", ""},
		{`{type: "video/*"}`, same, `type: "Application/PDF" does not match "video/*"`, ""},
		{`{type: "*"}`, full(func(u *Upload) { u.Type = "" }), "type: the object has none", ""},
		{`{where: {userIdentity.principalId: ["2*", "3*"]}}`, same, `where userIdentity.principalId: "164901" matches none of "2*", "3*"`, ""},
		{`{where: {region: "*"}}`, same, "where region: missing", ""},
		{`{where: {x: "*"}}`, same, "where x: missing", ""},
		{`{where: {userIdentity: "*"}}`, same, "where userIdentity: not a single value", ""},
		// The first unmet condition counts, in the order of the documentation.
		{`{size: {min: 1GiB}, key: "*.pdf"}`, same, `key: "in/a.docx" does not match "*.pdf"`, ""},
		{`{size: {min: 1GiB}, type: "video/*"}`, same, "size 1000 B is below min 1GiB", ""},
		// A hint is given only if the rule fires with it.
		{`"*.DOCX"`, same, `key: "in/a.docx" does not match "*.DOCX"`, "would match with ignore_case"},
		{`{key: "*.DOCX", not: "IN/*"}`, same, `key: "in/a.docx" does not match "*.DOCX"`, ""},
		{`{key: "*.DOCX", size: {min: 1GiB}}`, same, `key: "in/a.docx" does not match "*.DOCX"`, ""},
		{`"in/*.docx"`, at("in/b/c/a.docx"), `key: "in/b/c/a.docx" does not match "in/*.docx"`, `would match as "in/**/*.docx"`},
		{`"in/*.docx"`, at("x/in/a.docx"), `key: "x/in/a.docx" does not match "in/*.docx"`, `would match as "**/in/*.docx"`},
		{`"/*.docx"`, same, `key: "in/a.docx" does not match "/*.docx"`, `would match as "*.docx"`},
		{`"in/"`, same, `key: "in/a.docx" does not match "in/"`, `would match as "in/**"`},
		{`"in/*"`, at("in/b/a.docx"), `key: "in/b/a.docx" does not match "in/*"`, `would match as "in/**/*"`},
		{`{key: "in/*", size: {min: 1GiB}}`, at("in/b/a.docx"), `key: "in/b/a.docx" does not match "in/*"`, ""},
	} {
		t.Run(tt.match, func(t *testing.T) {
			s := parse(t, one("match: "+tt.match+"\n"+pdf))
			e := s.Explain(tt.u, GivenAll)
			if e.Skip != "" || e.Assumed != "" || len(e.Rules) != 1 {
				t.Fatalf("%+v", e)
			}
			v := e.Rules[0]
			if v.Rule != "r" || v.Reason != tt.want || v.Hint != tt.hint || v.Fired != (tt.want == "") || v.Assumed != nil {
				t.Errorf("got %+v\nwant %q, %q", v, tt.want, tt.hint)
			}
			if v.Fired != (len(s.Match(tt.u)) > 0) {
				t.Error("Match does not agree")
			}
		})
	}
}

const explained = `
version: 1
sources: [src/in/, "acme-*/up/"]
claims: {bucket: src, prefix: in/.onput/}
defaults: {target: {bucket: dst}}
rules:
  - {name: off, enabled: false, match: "*", process: "doc/convert,target_pdf", target: "off/{basename}"}
  - {name: other, match: "*.txt", process: "doc/convert,target_pdf", target: "other/{basename}"}
  - name: ladder
    match: {key: "*.mov", size: {min: 1KiB, max: 5GiB}, type: ["video/*", "audio/*"], where: {userIdentity.principalId: "1649*", region: cn-a}}
    outputs:
      - {process: "video/convert,f_mp4,vcodec_h264", target: "mp4/{basename}"}
      - {process: "video/snapshots,f_jpg,num_1", target: {bucket: "{bucket}-out", key: "{etag}/{basename}.jpg"}}
    stop: true
  - {name: copies, match: {key: "*", events: [CopyObject, PutObject], bucket: ["s*", "acme-?"]}, process: "doc/convert,target_pdf", target: "copies/{basename}"}
`

func TestExplain(t *testing.T) {
	s := parse(t, explained)
	for _, tt := range []struct {
		name  string
		u     Upload
		given Given
		want  string // why it is skipped, or a line for each rule
	}{
		{"the key alone", Upload{Key: "in/a.mov"}, 0, `
bucket is src, from sources
off: disabled
other: key: "in/a.mov" does not match "*.txt"
ladder fired 2: size is 1KiB to 5GiB; type matches "video/*" or "audio/*"; userIdentity.principalId matches "1649*"; region matches "cn-a"; eTag is ETAG
copies: stopped by an earlier rule, ladder`},
		{"what is given is compared", Upload{Key: "in/a.mov", Size: 5, Type: "video/quicktime"}, GivenSize | GivenType, `
bucket is src, from sources
off: disabled
other: key: "in/a.mov" does not match "*.txt"
ladder: size 5 B is below min 1KiB
copies fired 1: event is CopyObject or PutObject`},
		{"some fields of a record", Upload{Key: "in/a.mov", Record: gjson.Parse(`{"region":"cn-a","userIdentity":{}}`)}, 0, `
bucket is src, from sources
off: disabled
other: key: "in/a.mov" does not match "*.txt"
ladder fired 2: size is 1KiB to 5GiB; type matches "video/*" or "audio/*"; userIdentity.principalId matches "1649*"; eTag is ETAG
copies: stopped by an earlier rule, ladder`},
		{"a field that the record says is null", Upload{Key: "in/a.mov", Record: gjson.Parse(`{"region":null}`)}, 0, `
bucket is src, from sources
off: disabled
other: key: "in/a.mov" does not match "*.txt"
ladder: where region: missing
copies fired 1: event is CopyObject or PutObject`},
		{"the source that fits the key", Upload{Key: "up/a.txt", Event: "ObjectCreated:PutObject"}, GivenEvent, `
bucket is acme-x, from sources
off: disabled
other fired 1: 
ladder: key: "up/a.txt" does not match "*.mov"
copies fired 1: `},
		{"another place", Upload{Key: "out/a.mov"}, 0, `
bucket is src, from sources
skipped: the object is in none of the sources, "src/in/", "acme-*/up/"`},
		{"another bucket", Upload{Key: "in/a.mov", Bucket: "b"}, GivenBucket, `
skipped: the object is in none of the sources, "src/in/", "acme-*/up/"`},
		{"a folder in another place", Upload{Key: "out/"}, 0, `
bucket is src, from sources
skipped: the key ends in /: a folder`},
		{"an empty object in another place", Upload{Key: "out/a.mov"}, GivenSize, `
bucket is src, from sources
skipped: the object is empty`},
		{"unfinished in another bucket", Upload{Key: "in/a.mov", Bucket: "b", Event: "ObjectCreated:UploadPart"}, GivenBucket | GivenEvent, `
skipped: the event UploadPart comes before the object exists`},
		{"claims", Upload{Key: "in/.onput/a"}, 0, `
bucket is src, from sources
skipped: the object is under the prefix of claims`},
		{"empty", Upload{Key: "in/a.mov"}, GivenSize, `
bucket is src, from sources
skipped: the object is empty`},
		{"unfinished", Upload{Key: "in/a.mov", Event: "ObjectCreated:UploadPart"}, GivenEvent, `
bucket is src, from sources
skipped: the event UploadPart comes before the object exists`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := s.Explain(&tt.u, tt.given)
			var lines []string
			if e.Assumed != "" {
				lines = append(lines, e.Assumed)
			}
			if e.Skip != "" {
				lines = append(lines, "skipped: "+e.Skip)
			}
			for _, v := range e.Rules {
				line := v.Rule + ": " + v.Reason
				if v.Fired {
					line = fmt.Sprintf("%s fired %d: %s", v.Rule, len(v.Tasks), strings.Join(v.Assumed, "; "))
				}
				lines = append(lines, line)
			}
			if diff := cmp.Diff(strings.TrimSpace(tt.want), strings.TrimSpace(strings.Join(lines, "\n"))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Without sources the bucket is unknown: conditions on it count as met, and targets use an assumed name.
func TestExplainWithoutSources(t *testing.T) {
	s := parse(t, `
version: 1
rules:
  - {name: a, match: {key: "*.mov", bucket: acme-in}, process: "video/convert,f_mp4", target: "{barename}.mp4"}
  - {name: b, match: "*.avi", process: "video/convert,f_mp4", target: {bucket: acme-out, key: "{barename}.mp4"}}
`)
	e := s.Explain(&Upload{Key: "x.mov"}, 0)
	want := []RuleOutcome{
		{Rule: "a", Fired: true, Tasks: s.compiled.Fire(0, &Upload{Bucket: "uploads", Key: "x.mov"}),
			Assumed: []string{`bucket matches "acme-in"`, "bucket is uploads"}},
		{Rule: "b", Reason: `key: "x.mov" does not match "*.avi"`},
	}
	if diff := cmp.Diff(want, e.Rules); diff != "" || e.Assumed != "" {
		t.Errorf("%s (-want +got):\n%s", e.Assumed, diff)
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "900": 900, "1KiB": 1024, "5 MiB": 5 << 20, "2GiB": 2 << 30} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "1.5MiB", "1kb", "99999999999GiB"} {
		if _, err := ParseSize(text); err == nil || !strings.Contains(err.Error(), "invalid size") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// randomSet draws a rule file of a few rules over a few letters.
func randomSet(t *rapid.T) string {
	some := func(label string, from ...string) string {
		list := rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 2, rapid.ID).Draw(t, label)
		for i := range list {
			list[i] = fmt.Sprintf("%q", list[i])
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	maybe := func(label string) bool { return rapid.IntRange(0, 4).Draw(t, label) == 0 }
	var b strings.Builder
	b.WriteString("version: 1\nsources: [src, \"s*/a\"]\ndefaults: {target: {bucket: dst}")
	if maybe("fold all") {
		b.WriteString(", ignore_case: true")
	}
	if maybe("events of all") {
		b.WriteString(", events: [CopyObject]")
	}
	b.WriteString("}\nrules:\n")
	for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
		fmt.Fprintf(&b, "  - name: r%d\n    match:\n      key: %s\n", i,
			some("key", "*", "**", "a*", "A*", "a/**", "*.x", "*.X", "a/*.x", "/*.x", "b/", "?", "{a,b}*"))
		for _, c := range []struct{ field, value string }{
			{"not", some("not", "a*", "*.y", "b/**", "B/**")},
			{"prefix", some("prefix", "a", "A", "a/", "b/")},
			{"suffix", some("suffix", "x", ".X", "b")},
			{"bucket", some("bucket", "src", "s*", "other")},
			{"events", some("events", "PutObject", "ObjectCreated:*", "CopyObject", "*")},
			{"size", rapid.SampledFrom([]string{"{min: 1KiB}", "{max: 100}", "{min: 50, max: 2000}"}).Draw(t, "size")},
			{"type", some("type", "video/*", "image/png")},
			{"where", "{" + rapid.SampledFrom([]string{"n", "m.k", "region"}).Draw(t, "where") + ": " + some("values", "1*", "true", "2") + "}"},
			{"ignore_case", rapid.SampledFrom([]string{"true", "false"}).Draw(t, "fold")},
		} {
			if maybe(c.field) {
				fmt.Fprintf(&b, "      %s: %s\n", c.field, c.value)
			}
		}
		if maybe("stop") {
			b.WriteString("    stop: true\n")
		}
		if maybe("off") {
			b.WriteString("    enabled: false\n")
		}
		b.WriteString("    outputs:\n")
		for j := range rapid.IntRange(1, 2).Draw(t, "outputs") {
			fmt.Fprintf(&b, "      - {process: \"doc/convert,target_pdf,source_%s\", target: \"%d/%d/{key}\"}\n",
				rapid.SampledFrom([]string{"docx", "{ext}"}).Draw(t, "source"), i, j)
		}
	}
	return b.String()
}

// Explain and Match fire the same tasks, in the same order, if all facts are given. With fewer facts, Explain fires at
// least as many, up to a rule that stops.
func TestExplainAgreesWithMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := randomSet(t)
		s, err := Parse("rules.yaml", []byte(file))
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		u := &Upload{
			Event:  rapid.SampledFrom([]string{"", "ObjectCreated:PutObject", "ObjectCreated:CopyObject", "ObjectCreated:UploadPart"}).Draw(t, "event"),
			Bucket: rapid.SampledFrom([]string{"src", "s2", "dst"}).Draw(t, "bucket"),
			Key:    rapid.StringMatching(`[aAbB]/?([aAb]/){0,2}[aAbx]{0,2}(\.[xXy])?`).Draw(t, "key"),
			ETag:   "E",
			Type:   rapid.SampledFrom([]string{"", "video/mp4", "IMAGE/png; q=1"}).Draw(t, "type"),
			Size:   rapid.SampledFrom([]int64{-1, 0, 60, 100, 1024, 5000}).Draw(t, "size"),
			Record: gjson.Parse(rapid.SampledFrom([]string{"", `{"n":12}`, `{"m":{"k":true},"region":null}`, `{"n":2,"region":"1"}`}).Draw(t, "record")),
		}
		want := s.Match(u)
		e := s.Explain(u, GivenAll)
		if diff := cmp.Diff(want, e.Tasks(), cmpopts.EquateEmpty(), cmp.Comparer(func(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) })); diff != "" {
			t.Fatalf("%s\n(-Match +Explain):\n%s", file, diff)
		}
		for _, v := range e.Rules {
			if v.Fired == (v.Reason != "") || v.Fired && v.Hint != "" || v.Assumed != nil {
				t.Fatalf("%s\n%+v", file, v)
			}
		}
		given := Given(rapid.IntRange(0, int(GivenAll)).Draw(t, "given"))
		part := s.Explain(u, given)
		for i, v := range e.Rules {
			if strings.Contains(file, "stop") || part.Skip != "" || given&GivenBucket == 0 {
				break
			}
			if v.Fired && !part.Rules[i].Fired {
				t.Fatalf("%s\nfewer facts, %b: %+v", file, given, part.Rules[i])
			}
		}
		// Hints are right.
		for i, v := range e.Rules {
			if v.Hint != "would match with ignore_case" {
				continue
			}
			if r := &s.compiled.Rules[i]; r.IgnoreCase || !ignoringCase(r).Enabled || ignoringCase(r).FirstUnmet(u, GivenAll) != ruleset.NoCondition {
				t.Fatalf("%s\n%+v", file, v)
			}
		}
	})
}

// Match does not allocate if nothing fires.
func TestMatchAllocatesNothing(t *testing.T) {
	s := parse(t, one("match: {key: '*.{Docx,pdf}', not: 'x/**', prefix: [IN/, Out/], suffix: .DOCX, size: {min: 1GiB}, ignore_case: true}\n"+pdf))
	u := put("in/ä/b.docx")
	if n := testing.AllocsPerRun(100, func() { s.Match(u) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
