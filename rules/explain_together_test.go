package rules

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"onput/internal/ruleset"
)

// TestExplainTogether checks which rules fire together if the facts that they depend on are not given.
func TestExplainTogether(t *testing.T) {
	const events = "event is PutObject or PostObject or CompleteMultipartUpload"
	for _, tt := range []struct {
		name  string
		match []string // of the rules a, b, c…; "stop " before one stops
		u     Upload
		given Given
		fires string
		want  []Combination
	}{
		{"sizes that overlap", []string{"size: {max: 2MiB}", "size: {min: 1MiB}"}, Upload{}, 0, "a b", nil},
		{"sizes that do not", []string{"size: {max: 1MiB}", "size: {min: 1GiB}"}, Upload{}, 0, "a b", []Combination{
			{[]string{"a"}, []string{"size is at most 1MiB"}}, {[]string{"b"}, []string{"size is at least 1GiB"}}}},
		{"a size that is given", []string{"size: {max: 1MiB}", "size: {min: 1GiB}"}, Upload{Size: 5}, GivenSize, "a", nil},
		{"stop stops what it may fire with", []string{"stop size: {max: 1MiB}", "size: {min: 1KiB}"}, Upload{}, 0, "a", nil},
		{"stop does not stop what it excludes", []string{"stop size: {max: 1MiB}", "size: {min: 1GiB}", "type: \"*\""}, Upload{}, 0, "a b", []Combination{
			{[]string{"a"}, []string{"size is at most 1MiB"}}, {[]string{"b"}, []string{"size is at least 1GiB"}}}},
		{"events", []string{"", "events: CopyObject", "events: \"ObjectCreated:*\""}, Upload{}, 0, "a b c", []Combination{
			{[]string{"a", "c"}, []string{events, "event is ObjectCreated:*"}}, {[]string{"b", "c"}, []string{"event is CopyObject", "event is ObjectCreated:*"}}}},
		{"types", []string{"type: \"video/*\"", "type: [\"AUDIO/*\", \"image/png\"]", "type: \"*/MP4\""}, Upload{}, 0, "a b c", []Combination{
			{[]string{"a", "c"}, []string{`type matches "video/*"`, `type matches "*/MP4"`}},
			{[]string{"b", "c"}, []string{`type matches "AUDIO/*" or "image/png"`, `type matches "*/MP4"`}}}},
		{"buckets", []string{"bucket: acme-a", "bucket: acme-b"}, Upload{}, 0, "a b", []Combination{
			{[]string{"a"}, []string{`bucket matches "acme-a"`}}, {[]string{"b"}, []string{`bucket matches "acme-b"`}}}},
		{"where", []string{"where: {region: \"cn-*\"}", "where: {region: us-west-1}", "where: {x: \"1\"}"}, Upload{}, 0, "a b c", []Combination{
			{[]string{"a", "c"}, []string{`region matches "cn-*"`, `x matches "1"`}}, {[]string{"b", "c"}, []string{`region matches "us-west-1"`, `x matches "1"`}}}},
		{"a field that is there", []string{"where: {region: \"cn-*\"}", "where: {region: us-west-1}"}, Upload{Record: gjson.Parse(`{"region":"cn-a"}`)}, 0, "a", nil},
		{"ranges of sizes", []string{"size: {min: 1MiB}", "size: {max: 5MiB}", "size: {min: 1GiB}"}, Upload{}, 0, "a b c", []Combination{
			{[]string{"a", "b"}, []string{"size is 1MiB to 5MiB"}}, {[]string{"a", "c"}, []string{"size is at least 1GiB"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("version: 1\nrules:\n")
			for i, match := range tt.match {
				name := string(rune('a' + i))
				match, stops := strings.CutPrefix(match, "stop ")
				b.WriteString("  - name: " + name + "\n    match: {key: \"*.txt\"")
				if match != "" {
					b.WriteString(", " + match)
				}
				b.WriteString("}\n    process: \"doc/convert,target_pdf\"\n    target: {bucket: dst, key: \"" + name + "/{barename}.pdf\"}\n")
				if stops {
					b.WriteString("    stop: true\n")
				}
			}
			tt.u.Key = "x.txt"
			e := parse(t, b.String()).Explain(&tt.u, tt.given)
			var fired []string
			for _, o := range e.Rules {
				if o.Fired {
					fired = append(fired, o.Rule)
				}
			}
			if got := strings.Join(fired, " "); got != tt.fires {
				t.Errorf("%s fired; want %s", got, tt.fires)
			}
			if diff := cmp.Diff(tt.want, e.Combinations); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Rules that one upload fires are in one combination, whatever is given.
func TestExplainTogetherIsSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := strings.ReplaceAll(randomSet(t), "stop: true", "stop: false")
		s, err := Parse("rules.yaml", []byte(file))
		if err != nil {
			t.Fatalf("%v\n%s", err, file)
		}
		u := &Upload{
			Event:  rapid.SampledFrom([]string{"ObjectCreated:PutObject", "ObjectCreated:CopyObject"}).Draw(t, "event"),
			Bucket: rapid.SampledFrom([]string{"src", "s2"}).Draw(t, "bucket"),
			Key:    rapid.StringMatching(`[aAbB]/?([aAb]/){0,2}[aAbx]{0,2}(\.[xXy])?`).Draw(t, "key"),
			Type:   rapid.SampledFrom([]string{"", "video/mp4", "IMAGE/png; q=1"}).Draw(t, "type"),
			Size:   rapid.SampledFrom([]int64{60, 100, 1024, 5000}).Draw(t, "size"),
			Record: gjson.Parse(rapid.SampledFrom([]string{"", `{"n":12}`, `{"m":{"k":true},"region":null}`, `{"n":2,"region":"1"}`}).Draw(t, "record")),
		}
		var fired []*ruleset.Rule
		for i, o := range s.Explain(u, GivenAll).Rules {
			if o.Fired {
				fired = append(fired, &s.compiled.Rules[i])
			}
		}
		given := Given(rapid.IntRange(0, int(GivenAll)).Draw(t, "given"))
		for _, a := range fired {
			for _, b := range fired {
				if fact := excludes(a, b, &Explanation{Upload: Upload{Key: u.Key}, Given: given}); fact != "" {
					t.Fatalf("%s\n%s and %s exclude each other by %s", file, a.Name, b.Name, fact)
				}
			}
		}
	})
}
