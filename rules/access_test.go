package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"onput/process"
)

func TestAccess(t *testing.T) {
	const always = `process: "doc/convert,target_pdf", target: {bucket: dst, key: a.pdf}}`
	for _, tt := range []struct {
		name, head, rule string
		triggers         []BucketKeyPattern
		sources, targets string
	}{
		{name: "anywhere", rule: `{match: "*.docx", ` + always, sources: "*/*", targets: "dst/a.pdf"},
		{name: "source", head: "sources: [src/in/]", rule: `{match: "*.docx", ` + always, sources: "src/in/*", targets: "dst/a.pdf"},
		{name: "trigger", rule: `{match: "*.docx", ` + always, triggers: []BucketKeyPattern{{"src", "in/*"}, {"src", "more/*"}}, sources: "src/in/* src/more/*", targets: "dst/a.pdf"},
		{name: "trigger in a source", head: "sources: [src]", rule: `{match: "*.docx", ` + always, triggers: []BucketKeyPattern{{"src", "in/*"}}, sources: "src/in/*", targets: "dst/a.pdf"},
		{name: "trigger elsewhere", head: "sources: [src/out/]", rule: `{match: "*.docx", ` + always, triggers: []BucketKeyPattern{{"src", "in/*"}}},
		{name: "key in a source", head: "sources: [src/in/]", rule: `{match: ["in/docs/**/*.docx", "in/pdf/*", "out/*"], ` + always, sources: "src/in/docs/* src/in/pdf/*", targets: "dst/a.pdf"},
		{name: "alternatives", head: "sources: [src]", rule: `{match: "{in,up}/*.docx", ` + always, sources: "src/in/* src/up/*", targets: "dst/a.pdf"},
		{name: "prefix", head: "sources: [src/in/]", rule: `{match: {prefix: [in/a, i, x]}, ` + always, sources: "src/in/a* src/in/*", targets: "dst/a.pdf"},
		{name: "letters of any case", head: "sources: [src/in/]", rule: `{match: {key: "IN/2026/docs/*", ignore_case: true}, ` + always, sources: "src/in/2026/*", targets: "dst/a.pdf"},
		{name: "letters of any case, elsewhere", head: "sources: [src/in/]", rule: `{match: {key: "OUT/*", ignore_case: true}, ` + always},
		{name: "buckets", head: `sources: ["{acme,ajax}-*", beta]`, rule: `{match: {bucket: ["acme-up", "beta", "gamma"]}, ` + always, sources: "acme-up/* beta/*", targets: "dst/a.pdf"},
		{name: "globs of buckets", head: `sources: ["acme-*"]`, rule: `{match: {bucket: "*-up?"}, ` + always, sources: "acme-*/*", targets: "dst/a.pdf"},
		{name: "variables", head: "sources: [src/in/]", rule: `{match: "in/{d:**}/*.docx", process: "doc/convert,target_png", target: {bucket: "{bucket}-{year}", key: "a/{d}/{index}.png"}}`,
			sources: "src/in/*", targets: "src-*/a/*"},
		{name: "a folder", head: "sources: [src/in/]", rule: `{match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{dirname}/a.pdf"}}`,
			sources: "src/in/*", targets: "dst/in*"},
		{name: "a key", head: "sources: [src/in/]", rule: `{match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "x/{key}.pdf"}}`,
			sources: "src/in/*", targets: "dst/x/in/*"},
		{name: "the bucket in a key", head: "sources: [src/in/]", rule: `{match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "{bucket}/{{x}}/{ext}.pdf"}}`,
			sources: "src/in/*", targets: "dst/src/{x}/*"},
		{name: "an extension to come", head: "sources: [src]", rule: `{match: "*.mov", process: "video/convert,f_mp4,vcodec_h264", target: {bucket: dst, key: "a.b/c"}}`,
			sources: "src/*", targets: "dst/a.b/c*"},
		{name: "any bucket in a key", head: `sources: ["s*/in/"]`, rule: `{match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "a/{bucket}/x.pdf"}}`,
			sources: "s*/in/*", targets: "dst/a/s*"},
		{name: "a dot before a variable", head: "sources: [src]", rule: `{match: "*.docx", process: "doc/convert,target_pdf", target: {bucket: dst, key: "v1.{barename}.pdf"}}`,
			sources: "src/*", targets: "dst/v1.*"},
		{name: "no target", head: "sources: [src]", rule: `{match: "*.jpg", process: "image/deblindwatermark,s_low,t_text", notify: texts}`, sources: "src/*"},
		{name: "not enabled", rule: `{enabled: false, match: "*.docx", ` + always},
		{name: "mode log", rule: `{mode: log, match: "*.docx", ` + always},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, err := Parse("r.yaml", []byte("version: 1\n"+tt.head+"\nrules:\n  - {name: r, "+tt.rule[1:]+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			var sources, targets []string
			for _, o := range set.Access(tt.triggers).Outputs {
				for _, p := range o.Sources {
					sources = append(sources, p.Bucket+"/"+p.Key)
				}
				for _, p := range o.Targets {
					if target := p.Bucket + "/" + p.Key; !strings.Contains(fmt.Sprint(targets), target) {
						targets = append(targets, target)
					}
				}
			}
			if diff := cmp.Diff([]string{tt.sources, tt.targets}, []string{strings.Join(sources, " "), strings.Join(targets, " ")}); diff != "" {
				t.Errorf("sources, targets (-want +got):\n%s", diff)
			}
		})
	}
}

// Claims are in the bucket of the upload unless a bucket is named for them.
func TestAccessClaims(t *testing.T) {
	for claims, want := range map[string]string{"{}": "[{src .onput/*}]", "{bucket: state, prefix: a/}": "[{state a/*}]"} {
		set, err := Parse("r.yaml", []byte("version: 1\nsources: [src/in/]\nclaims: "+claims+"\nrules:\n  - {name: r, match: \"*.docx\", process: \"doc/convert,target_pdf\", target: {bucket: dst, key: a.pdf}}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(set.Access(nil).Claims); got != want {
			t.Errorf("claims: %s: %s, want %s", claims, got, want)
		}
	}
}

// holds reports whether the pattern matches an object.
func (p BucketKeyPattern) holds(at process.Location) bool {
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p.Bucket + "/" + p.Key))
	return regexp.MustCompile("(?s)^" + expression + "$").MatchString(at.Bucket + "/" + at.Key)
}

// filled returns the name that OSS makes of a target: variables filled in, braces unescaped, an extension appended if it has none.
func filled(sent string) string {
	name := regexp.MustCompile(`\{\{|\}\}|\{\w+\}`).ReplaceAllStringFunc(sent, func(s string) string {
		if s == "{{" || s == "}}" {
			return s[:1]
		}
		return "7"
	})
	if strings.LastIndexByte(name, '.') <= strings.LastIndexByte(name, '/') {
		name += ".pdf"
	}
	return name
}

// Access includes the upload and the target of every task.
func TestAccessIsNeverTooSmall(t *testing.T) {
	fired := 0
	check := func(t *rapid.T) {
		some := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(t, what) }
		source := some("sources", "", "sources: [src/in/]", "sources: [src, other/In/]", `sources: ["{src,other}"]`, `sources: ["s*/in/a"]`)
		match := some("match", `"*.docx"`, `"in/{d:**}/*.docx"`, `["in/a*/**", "In/*"]`, `{key: "IN/{x}/*", ignore_case: true}`,
			`{prefix: [in/a, In], bucket: ["s*", other]}`, `{key: "**/A/*", prefix: "in/", ignore_case: true}`, `{suffix: .docx, bucket: src}`, `"{in,In}/a?/**"`)
		target := some("target", "x.pdf", "x", "{dirname}/{index}.pdf", "{key}", "a/{bucket}/{barename}.pdf", "{{b}}/{ext}/{basename}", "{dirname}x/{year}", "{bucket}{etag}/b")
		bucket := some("bucket", "dst", "dst-{bucket}", "dst-{year}")
		set, err := Parse("r.yaml", []byte(fmt.Sprintf("version: 1\n%s\nrules:\n  - {name: r, match: %s, process: \"doc/convert,target_pdf\", target: {bucket: %q, key: %q}}\n",
			source, match, bucket, target)))
		if err != nil {
			if strings.Contains(err.Error(), "[loop") {
				return
			}
			t.Fatal(err)
		}
		for range 10 {
			segment := rapid.SampledFrom([]string{"in", "In", "IN", "a", "A", "ab", "x{y}", "文", ""})
			key := strings.Join(rapid.SliceOfN(segment, 0, 3).Draw(t, "folders"), "/") + "/" + some("name", "a.docx", "b", ".docx", "c.d.docx", "{e}.docx")
			key = strings.TrimPrefix(key, some("leading", "", "/"))
			u := &Upload{Event: "ObjectCreated:PutObject", Bucket: some("upload", "src", "other", "st"), Key: key, ETag: some("etag", "", "E"), Size: 1}
			var triggers []BucketKeyPattern
			if rapid.Bool().Draw(t, "triggered") {
				triggers = []BucketKeyPattern{{"src", "in*"}, {"other", "*"}}
				if !slices.ContainsFunc(triggers, func(p BucketKeyPattern) bool { return p.holds(process.Location{Bucket: u.Bucket, Key: u.Key}) }) {
					continue
				}
			}
			if set.Skip(u) != "" {
				continue
			}
			for _, task := range set.Match(u) {
				if task.Err != nil {
					continue
				}
				fired++
				var sources, targets []BucketKeyPattern
				for _, o := range set.Access(triggers).Outputs {
					sources, targets = append(sources, o.Sources...), append(targets, o.Targets...)
				}
				written := process.Location{Bucket: strings.ReplaceAll(task.Target.Bucket, "{year}", "2026"), Key: filled(task.Target.Key)}
				if !slices.ContainsFunc(sources, func(p BucketKeyPattern) bool { return p.holds(task.Source) }) {
					t.Fatalf("%s is none of %q", task.Source, sources)
				}
				if !slices.ContainsFunc(targets, func(p BucketKeyPattern) bool { return p.holds(written) }) {
					t.Fatalf("%s, sent as %s, is none of %q", written, task.Target, targets)
				}
			}
		}
	}
	for range 10 { // a round of quick tests draws few files
		if rapid.Check(t, check); fired >= 5 {
			return
		}
	}
	t.Errorf("only %d tasks fired", fired)
}
