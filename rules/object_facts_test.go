package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"onput/internal/ruleset"
)

const userMeta = `{"oss":{"object":{"objectMeta":{"userMeta":%s}}}}`

// Conditions on user metadata, tags and storage class, with what Match makes of an upload whose facts are all known, and with
// what has to be asked for without them.
func TestObjectConditions(t *testing.T) {
	known := func(u *Upload) *Upload {
		u.Meta, u.Tags, u.Class = map[string]string{"visibility": "public"}, map[string]string{"team": "web", "x": ""}, "IA"
		u.Known = GivenByOSS
		return u
	}
	for _, tt := range []struct {
		match  string
		record string // "" for an event without metadata
		fires  bool   // with known facts
		needs  Given  // without
	}{
		{match: `"*.docx"`, fires: true},
		{match: `{meta: {visibility: public}}`, fires: true, needs: GivenMeta},
		{match: `{meta: {Visibility: [private, "pub*"]}}`, fires: true, needs: GivenMeta},
		{match: `{meta: {visibility: Public}}`, needs: GivenMeta},
		{match: `{meta: {visibility: pub}}`, needs: GivenMeta},
		{match: `{meta: {visibility: "*", missing: "*"}}`, needs: GivenMeta},
		{match: `{key: "*.pdf", meta: {visibility: public}}`},
		{match: `{type: "video/*", meta: {visibility: public}}`},
		{match: `{size: {min: 1GiB}, tags: {team: web}}`},
		{match: `{meta: {visibility: public}}`, record: `{"x-oss-meta-visibility":"public"}`, fires: true},
		{match: `{meta: {visibility: public}}`, record: `{"X-Oss-Meta-Visibility":"public"}`, fires: true},
		{match: `{meta: {visibility: public}}`, record: `{"x-oss-meta-visibility":"private"}`, fires: true}, // what OSS says is newer
		{match: `{meta: {visibility: public}}`, record: `{"x-oss-meta-other":"public"}`, fires: true, needs: GivenMeta},
		{match: `{meta: {visibility: public}, tags: {team: web}}`, record: `{"x-oss-meta-visibility":"private"}`, fires: true},
		{match: `{tags: {team: web}}`, fires: true, needs: GivenTags},
		{match: `{tags: {Team: web}}`, needs: GivenTags},
		{match: `{tags: {x: "*"}}`, fires: true, needs: GivenTags},
		{match: `{class: [Standard, IA]}`, fires: true, needs: GivenClass},
		{match: `{class: "*Archive"}`, needs: GivenClass},
		{match: `{meta: {visibility: public}, tags: {team: web}, class: IA}`, fires: true, needs: GivenByOSS},
	} {
		s := parse(t, one("match: "+tt.match+"\n"+pdf))
		u := put("in/a.docx")
		if tt.record != "" {
			u.Record = gjson.Parse(fmt.Sprintf(userMeta, tt.record))
		}
		if got := s.Needs(u); got != tt.needs {
			t.Errorf("%s, %s: needs %b, want %b", tt.match, tt.record, got, tt.needs)
		}
		if got := len(s.Match(known(u))) > 0; got != tt.fires {
			t.Errorf("%s: fires %v", tt.match, got)
		}
		if got := s.Needs(u); got != 0 {
			t.Errorf("%s: needs %b although all is known", tt.match, got)
		}
		for _, skipped := range []*Upload{put("in/"), {Event: "ObjectCreated:UploadPart", Bucket: "src", Key: "a.docx", Size: 1}, {Event: "ObjectCreated:PutObject", Bucket: "elsewhere", Key: "a.docx", Size: 1}} {
			if got := s.Needs(skipped); got != 0 {
				t.Errorf("%s: %s of %s needs %b", tt.match, skipped.Event, skipped.Key, got)
			}
		}
	}
}

// Without the facts that it needs an upload fires nothing, as with a field of the event that is missing.
func TestMatchWithoutFacts(t *testing.T) {
	s := parse(t, one("match: {meta: {a: '*'}}\n"+pdf))
	if tasks := s.Match(put("a.docx")); tasks != nil {
		t.Errorf("fired %v", tasks)
	}
}

// What OSS said is all there is: it decides rules with stop, and the event no longer counts.
func TestNeedsAfterAnswer(t *testing.T) {
	s := parse(t, "version: 1\nsources: [src]\ndefaults: {target: {bucket: dst}}\nrules:\n"+
		"  - {name: marked, stop: true, match: {meta: {a: x}, class: IA}, process: 'doc/convert,target_pdf', target: 'a/{key}.pdf'}\n"+
		"  - {name: tagged, match: {tags: {t: x}}, process: 'doc/convert,target_pdf', target: 'b/{key}.pdf'}\n")
	u := put("in/a.docx")
	u.Record = gjson.Parse(fmt.Sprintf(userMeta, `{"x-oss-meta-a":"x"}`))
	if got := s.Needs(u); got != GivenClass {
		t.Errorf("needs %b of an event that says a", got)
	}
	u.Known, u.Class = GivenMeta|GivenClass, "IA" // without a
	if got := s.Needs(u); got != GivenTags {
		t.Errorf("needs %b of an object without a", got)
	}
	u.Meta, u.Class = map[string]string{"a": "x"}, "Standard"
	if got := s.Needs(u); got != GivenTags {
		t.Errorf("needs %b of an object in another class", got)
	}
	u.Class = "IA"
	if got := s.Needs(u); got != 0 {
		t.Errorf("needs %b of an object that fires the first rule", got)
	}
}

// Asking for what Needs says until it says nothing gives the tasks of an upload of which all is known. No kind of fact is asked
// for twice, and none that no rule would need whose other conditions hold. If nothing can be asked, the decided tasks are ones
// that fire, and all that fire are possible.
func TestNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("version: 1\nsources: [src]\ndefaults: {target: {bucket: dst}}\nrules:\n")
		conditions := []string{`key: "**"`, `key: "*.x"`, "size: {min: 100}", "type: t", "meta: {a: x}", "meta: {b: [x, y]}", "tags: {a: x}", "tags: {a: y, b: x}", "class: IA", `class: "*"`}
		for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
			var match []string
			for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom(conditions), 1, 3, func(c string) string { name, _, _ := strings.Cut(c, ":"); return name }).Draw(t, "conditions") {
				match = append(match, c)
			}
			fmt.Fprintf(&b, "  - {name: r%d, enabled: %v, stop: %v, match: {%s}, process: 'doc/convert,target_pdf', target: 'r%[1]d/{basename}.pdf'}\n", i,
				rapid.IntRange(0, 5).Draw(t, "enabled") > 0, rapid.IntRange(0, 2).Draw(t, "stop") == 0, strings.Join(match, ", "))
		}
		s, err := Parse("rules.yaml", []byte(b.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, &b)
		}
		value := rapid.SampledFrom([]string{"x", "y"})
		names := rapid.MapOf(rapid.SampledFrom([]string{"a", "b"}), value)
		truth := Upload{Event: "ObjectCreated:PutObject", Bucket: "src", Key: rapid.SampledFrom([]string{"k.x", "k.y"}).Draw(t, "key"), Type: rapid.SampledFrom([]string{"", "t"}).Draw(t, "type"),
			Size: rapid.SampledFrom([]int64{-1, 50, 500}).Draw(t, "size"), Meta: names.Draw(t, "meta"), Tags: names.Draw(t, "tags"), Class: rapid.SampledFrom([]string{"Standard", "IA"}).Draw(t, "class"), Known: GivenByOSS}
		var said []string // of the metadata, by the event
		for name, v := range truth.Meta {
			if rapid.Bool().Draw(t, "said") {
				said = append(said, fmt.Sprintf("%q:%q", "x-oss-meta-"+name, v))
			}
		}
		truth.Record = gjson.Parse(fmt.Sprintf(userMeta, "{"+strings.Join(said, ",")+"}"))
		want := s.Match(&truth)

		u := truth
		u.Meta, u.Tags, u.Class, u.Known = nil, nil, "", 0
		possible, undecided := s.MatchPossible(&u)
		fires := func(task Task) func(Task) bool { return func(other Task) bool { return other.Rule == task.Rule } }
		for i, task := range possible {
			if !undecided[i] && !slices.ContainsFunc(want, fires(task)) {
				t.Fatalf("%s is decided and does not fire\n%s", task.Rule, &b)
			}
		}
		for _, task := range want {
			if !slices.ContainsFunc(possible, fires(task)) {
				t.Fatalf("%s fires and is not possible\n%s", task.Rule, &b)
			}
		}
		asked := Given(0)
		for need := s.Needs(&u); need != 0; need = s.Needs(&u) {
			if need&asked != 0 {
				t.Fatalf("needs %b again\n%s", need, &b)
			}
			if !slices.ContainsFunc(s.compiled.Rules, func(r ruleset.Rule) bool {
				return r.FirstUnmet(&u, GivenAll&^GivenByOSS|u.Known) == 0 && r.Asks()&need != 0
			}) {
				t.Fatalf("needs %b, and no rule does\n%s", need, &b)
			}
			asked |= need
			if need.Has(GivenTags) {
				u.Tags = truth.Tags
			}
			if need&(GivenMeta|GivenClass) != 0 {
				u.Meta, u.Class = truth.Meta, truth.Class
				need |= GivenMeta | GivenClass
			}
			u.Known |= need
		}
		if diff := cmp.Diff(want, s.Match(&u), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s\n(-all known +asked):\n%s", &b, diff)
		}
	})
}

// Explain counts a condition on a fact that is not given as met, and says so; with the fact it says what it compared.
func TestExplainObjectFacts(t *testing.T) {
	s := parse(t, one("match: {meta: {Visibility: public}, tags: {team: [web, 'app-*']}, class: Standard}\n"+pdf))
	for _, tt := range []struct {
		name   string
		change func(*Upload)
		want   string
	}{
		{"nothing", func(*Upload) {}, `assumed meta visibility matches "public"; tag team matches "web" or "app-*"; class matches "Standard"`},
		{"event", func(u *Upload) { u.Record = gjson.Parse(fmt.Sprintf(userMeta, `{"x-oss-meta-visibility":"public"}`)) }, `assumed tag team matches "web" or "app-*"; class matches "Standard"`},
		{"event says no", func(u *Upload) { u.Record = gjson.Parse(fmt.Sprintf(userMeta, `{"x-oss-meta-visibility":"x"}`)) }, `meta visibility: "x" does not match "public"`},
		{"no metadata", func(u *Upload) { u.Known = GivenMeta }, `meta visibility: the object has none`},
		{"tag", func(u *Upload) { u.Tags, u.Known = map[string]string{"team": "y"}, GivenTags }, `tags team: "y" matches none of "web", "app-*"`},
		{"class", func(u *Upload) { u.Class, u.Known = "IA", GivenClass }, `class: "IA" does not match "Standard"`},
		{"all", func(u *Upload) {
			u.Meta, u.Tags, u.Class, u.Known = map[string]string{"visibility": "public"}, map[string]string{"team": "app-1"}, "Standard", GivenByOSS
		}, "assumed "},
	} {
		u := put("a.docx")
		tt.change(u)
		r := s.Explain(u, GivenAll&^GivenByOSS|u.Known).Rules[0]
		got := r.Reason
		if r.Fired {
			got = "assumed " + strings.Join(r.Assumed, "; ")
		}
		if got != tt.want {
			t.Errorf("%s: %s\nwant %s", tt.name, got, tt.want)
		}
	}
}
