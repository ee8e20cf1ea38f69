package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/glob"
	"onput/internal/loopcheck"
	"onput/internal/ruleset"
	"onput/process"
)

// tinyKeys are all keys of up to four characters of a small alphabet, but for those that no rule can tell apart: with a
// folder of no name, or a name that is an extension alone.
var tinyKeys = func() (all []string) {
	texts := []string{""}
	for i := 0; i < len(texts) && len(texts[i]) < 4; i++ {
		for _, c := range "ab/.-A" {
			texts = append(texts, texts[i]+string(c))
		}
	}
	for _, prefix := range []string{"", "a/", "a/b-"} {
		for _, suffix := range []string{"", ".a", ".b"} {
			for _, text := range texts {
				key := prefix + text + suffix
				_, _, barename, _ := process.SplitKey(key)
				if len(text) <= 2 != (prefix+suffix == "") && !strings.Contains(key, "//") && !strings.HasPrefix(key, "/") && barename != "" {
					all = append(all, key)
				}
			}
		}
	}
	return all
}()

// drawOverwrites draws a file of a rule or two with up to two outputs each.
func drawOverwrites(t *rapid.T) string {
	pick := func(name string, among ...string) string { return rapid.SampledFrom(among).Draw(t, name) }
	chance := func(name string, of int) bool { return rapid.IntRange(1, of).Draw(t, name) == 1 }
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nsources: [%s]\nrules:\n", pick("sources", "src", "src", "src/a", "src/a/", "s-a, s-b"))
	for i := range rapid.IntRange(1, 2).Draw(t, "rules") {
		first := pick("pattern", "*", "*.a", "*.{a,b}", "*.{a,A}", "a/*", "a/**", "a/*/b", "**/a/*", "**/*.a", "?.a", "[ab].a", "[!a]*", "a", "a/b.a",
			"{c}", "{c}/*", "{c}/*.a", "{c}-*", "*-{c}", "{c}-*.a", "a/{c}/{d:**}/*", "{d:**}/*", "{d:**}/*.a", "{d:**}/*.{a,b}", "{d:**}/a*", "{d:**}/{c}", "a/{d:**}",
			"{d:**}", "**/{c}/*", "{c}/{d:**}/*.a", "{c}.a", "*/{c}", "{c}a*", "{c}-a/{d:**}")
		captures := []string{}
		for _, c := range []string{"{c}", "{d}"} {
			if strings.Contains(first, c[:2]) {
				captures = append(captures, c)
			}
		}
		patterns := fmt.Sprintf("%q", first)
		if len(captures) == 0 && chance("second", 3) {
			patterns += fmt.Sprintf(", %q", pick("pattern 2", "*.b", "b/**", "*-*", "a*"))
		} else if len(captures) == 1 && captures[0] == "{c}" && chance("second", 3) {
			patterns += fmt.Sprintf(", %q", pick("pattern 2", "{c}.b", "b/{c}/*", "{c}b/a*"))
		}
		fmt.Fprintf(&b, "  - name: r%d\n    match: {key: [%s]", i, patterns)
		if chance("not", 4) {
			fmt.Fprintf(&b, ", not: %q", pick("not", "a/**", "*-*", "**/a/*", "*.b", "b*", "*.*"))
		}
		if chance("prefix", 6) {
			fmt.Fprintf(&b, ", prefix: %s", pick("prefix", "a/", "A", "[a, b]"))
		}
		if chance("suffix", 6) {
			fmt.Fprintf(&b, ", suffix: %s", pick("suffix", ".a", ".A", "[.a, .b]"))
		}
		if chance("bucket", 8) {
			fmt.Fprintf(&b, ", bucket: %q", pick("bucket", "src", "s-*"))
		}
		if chance("fold", 4) {
			b.WriteString(", ignore_case: true")
		}
		b.WriteString("}\n    outputs:\n")
		for k := range rapid.IntRange(1, 2).Draw(t, "outputs") {
			var target strings.Builder
			for range rapid.IntRange(1, 5).Draw(t, "parts") {
				target.WriteString(pick("part", append(captures, append(captures, "a", "-", "/", "/", "{dirname}", "{dirname}/", "{barename}", "{basename}", "{key}", "{ext}", ".a",
					"{index}", "{bucket}", "{{", "{barename|lower}", "{dirname|upper}/", "{basename|slug}", "{ext|hash}", "{key|hash}", "{u_sec}")...)...))
			}
			fmt.Fprintf(&b, "      - {process: 'doc/convert,target_txt', target: {bucket: %q, key: %q}}\n",
				pick("to", "dst", "dst", "{bucket}-x"), pick("folder", "", "t/", fmt.Sprintf("%d/", k))+target.String())
		}
		if chance("stop", 4) {
			b.WriteString("    stop: true\n")
		}
	}
	return b.String()
}

// sharedTarget returns two tiny keys of which two outputs of a rule write one target, "" if there are none.
func sharedTarget(s *Set, rule, first, second int) string {
	written := map[process.Location][]process.Location{}
	write := func(output int, use func(at, target process.Location)) {
		for _, bucket := range []string{"src", "s-a", "s-b"} {
			for _, key := range tinyKeys {
				at := process.Location{Bucket: bucket, Key: key}
				for _, task := range s.Match(uploadOf(at)) {
					if task.Rule == s.compiled.Rules[rule].Name && task.Output == output && task.Err == nil {
						use(at, task.Target)
					}
				}
			}
		}
	}
	write(first, func(at, target process.Location) { written[target] = append(written[target], at) })
	found := ""
	write(second, func(at, target process.Location) {
		for _, other := range written[target] {
			if found == "" && (at.Bucket != other.Bucket || glob.FoldString(at.Key) != glob.FoldString(other.Key)) {
				found = fmt.Sprintf("%s and %s both write %s", other, at, target)
			}
		}
	})
	return found
}

// overwritesAgree draws a file and compares the overwrites of its outputs with what tiny keys show. It counts outcomes.
func overwritesAgree(t *rapid.T, outcomes map[string]int) {
	file := drawOverwrites(t)
	if _, err := Parse("rules.yaml", []byte(file)); err != nil {
		if d, ok := err.(Diagnostics); ok && d[0].Code == "same-target" || strings.Contains(err.Error(), "[target]") {
			t.Skip()
		}
	}
	s, a := analyze(t, file)
	for i := range s.compiled.Rules {
		for k := range s.compiled.Rules[i].Outputs {
			for before := range k + 1 {
				checkOverwrite(t, s, a, [3]int{i, before, k}, file, outcomes)
			}
		}
	}
}

// usesPartsOnce reports whether a target surely holds each part of a key once at most.
func usesPartsOnce(target *ruleset.Target) bool {
	var names []string
	captures := 0
	for _, p := range target.Key.Parts {
		switch {
		case p.Kind == ruleset.FilteredPart && slices.Contains(p.Filtered.Filters, ruleset.Slug):
			return false
		case p.Variable().Kind == ruleset.CapturePart:
			captures++
			fallthrough
		case p.Kind != ruleset.LiteralPart && p.Kind != ruleset.TimePart && p.Kind != ruleset.OSSPart && p.Kind != ruleset.BucketPart:
			names = append(names, p.Variable().Text)
		}
	}
	slices.Sort(names)
	if len(names) != len(slices.Compact(slices.Clone(names))) {
		return false
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	return len(names) == 1 || captures == len(names) || captures == 0 && !has("key") && !(has("basename") && (has("barename") || has("ext")))
}

func checkOverwrite(t *rapid.T, s *Set, a *loopcheck.Analysis, at [3]int, file string, outcomes map[string]int) {
	found, err := a.Overwrite(at[0], at[1], at[2])
	switch {
	case err != nil && strings.Contains(file, "|slug"):
		outcomes["undecided slug"]++
	case err != nil:
		outcomes["undecided"]++
		outputs := s.compiled.Rules[at[0]].Outputs
		if shown := sharedTarget(s, at[0], at[1], at[2]); shown != "" && usesPartsOnce(outputs[at[1]].Target) && usesPartsOnce(outputs[at[2]].Target) {
			t.Fatalf("outputs %v are not decided in\n%s\nbut %s", at, file, shown)
		}
	case found == nil:
		if outcomes["none"]++; sharedTarget(s, at[0], at[1], at[2]) != "" {
			t.Fatalf("no overwrite by outputs %v was found in\n%s\nbut %s", at, file, sharedTarget(s, at[0], at[1], at[2]))
		}
	default:
		outcomes["found"]++
		written := func(upload process.Location, output int) process.Location {
			for _, task := range s.Match(uploadOf(upload)) {
				if task.Rule == s.compiled.Rules[at[0]].Name && task.Output == output && task.Err == nil {
					return task.Target
				}
			}
			return process.Location{}
		}
		same := found.First.Bucket == found.Second.Bucket && glob.FoldString(found.First.Key) == glob.FoldString(found.Second.Key)
		if same || written(found.First, at[1]) != found.Target || written(found.Second, at[2]) != found.Target {
			t.Fatalf("not real: %v in\n%s", found, file)
		}
	}
}

// TestOverwritesAgainstBruteForce compares overwrites with what all tiny keys show.
func TestOverwritesAgainstBruteForce(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) { overwritesAgree(t, outcomes) })
	t.Log(outcomes)
	if outcomes["found"] == 0 || outcomes["none"] == 0 || outcomes["undecided"] > (outcomes["found"]+outcomes["none"])/10 {
		t.Errorf("outcomes: %v", outcomes)
	}
}

// TestOverwrites checks which rules overwrite results, and the examples and the remedy of the message.
func TestOverwrites(t *testing.T) {
	for _, tt := range []struct{ name, match, target, says string }{
		{"a flat folder", `"incoming/**/*.{mov,mp4}"`, "v/{barename}.mp4",
			"incoming/a/x.mov and incoming/b/x.mp4 both write v/x.mp4, so that the later result overwrites the earlier one: add {dirname} and {ext} to the target"},
		{"a dropped folder", `"incoming/**/*.mov"`, "v/{barename}.mp4", "incoming/a/x.mov and incoming/b/x.mov both write v/x.mp4"},
		{"a dropped extension", `"*.{mov,mp4}"`, "{dirname}/{barename}.mp4", "write {basename} instead of {barename}"},
		{"any extension", `"incoming/**"`, "v/{dirname}/{barename}.mp4", "write {basename} instead of {barename}"},
		{"one bucket", `"incoming/**/*.mov"`, "v/{bucket}.mp4", "both write v/acme-uploads.mp4"},
		{"folders alone", `"incoming/**/*.mov"`, "{dirname}/out.mp4", "add {barename} to the target"},
		{"one extension alone", `"*.mov"`, "v/{ext}/x.mp4", "both write v/mov/x.mp4"},
		{"a clock", `"*.mov"`, "v/{year}/{mon}/x.mp4", "both write v/{year}/{mon}/x.mp4"},
		{"numbers of one task", `"*.mov"`, "v/{year}/{barename}-{index}.mp4", "add {dirname} to the target"},
		{"a name that ends in a slash", `"*.mov"`, "out/{dirname}/", "both write out/incoming/"},
		{"a dropped capture", `"incoming/{tenant}/{show}/*.mov"`, "v/{show}/{barename}.mp4", "add {dirname} to the target"},
		{"two buckets", `{key: "*.mov", bucket: [acme-uploads, acme-extra]}`, "v/{key}", "oss://acme-extra/incoming/"},
		{"a text that values hold", `"*.mov"`, "v/{dirname}-{barename}.mp4", "separate the variables"},
		{"captures without a text between them", `"incoming/{a}-{b}.mov"`, "v/{a}{b}.mp4", "both write v/111.mp4"},
		{"two captures from a name with three parts", `"incoming/{a}_{b}/{c}.mov"`, "v/{a}_{b}_{c}.mp4", "add {key} to the target"},
		{"folders before and after a fixed one", `"incoming/{a:**}/raw/{b:**}/*.mov"`, "v/{a}/{b}/{barename}.mp4", "both write v/"},
		{"upper and lower case of several extensions", `{key: "*.{mov,mkv}", ignore_case: true}`, "{dirname}/{barename}.mp4", "write {basename}"},
		{"a prefix alone", `{prefix: "incoming/films/"}`, "v/{dirname}/{barename}.mp4", "write {basename}"},
		{"two patterns", `["incoming/a/*.mov", "incoming/b/*.mov"]`, "v/{barename}.mp4", "incoming/a/x.mov and incoming/b/x.mov"},

		{"the time of the upload", `"*.mov"`, "v/{u_year}/{u_sec}.mp4", "both write v/2026/00.mp4"},
		{"one name in lower case", `"incoming/**/*.mov"`, "v/{barename|lower}.mp4", "add {dirname} to the target"},
		{"the hash of a name", `"incoming/**/*.mov"`, "v/{barename|hash}.mp4", "add {dirname} to the target"},
		{"slugs", `"incoming/*.mov"`, "v/{barename|slug}.mp4", "add {key|hash} to the target"},

		{"a hash beside slugs", `"incoming/**/*.mov"`, "v/{dirname|slug}/{barename|slug}-{key|hash}.mp4", ""},
		{"folder and name in lower case", `"incoming/**/*.mov"`, "v/{dirname|lower}/{barename|upper}.mp4", ""},
		{"the hashes of folder and name", `"incoming/**/*.mov"`, "v/{dirname|hash}/{barename|hash}.mp4", ""},
		{"the time and the key", `"incoming/**/*.mov"`, "v/{u_year}/{key}.mp4", ""},
		{"one folder", `"incoming/*.mov"`, "v/{barename}.mp4", ""},
		{"folder and name", `"incoming/**/*.mov"`, "v/{dirname}/{barename}.mp4", ""},
		{"the whole key", `"*"`, "v/{key}.mp4", ""},
		{"the whole name", `"*.{mov,mp4}"`, "{dirname}/{basename}.mp4", ""},
		{"folders as a capture", `"incoming/{dir:**}/*.mov"`, "v/{dir}/{barename}.mp4", ""},
		{"a folder before the name", `"incoming/{dir:**}/*.mov"`, "v/{dir}/720p/{barename}.mp4", ""},
		{"all captures", `"incoming/{tenant}/{show}/*.mov"`, "v/{show}/{tenant}/{barename}.mp4", ""},
		{"captures apart as in the key", `"incoming/{a}-{b}.mov"`, "v/{a}-{b}.mp4", ""},
		{"a second pattern that never decides", `["incoming/{a}-{b}.mov", "incoming/{b}-{a}.mov"]`, "v/{a}/{b}.mp4", ""},
		{"a text between folders and name", `"incoming/{dir:**}/*.mov"`, "v/{dir}-x/y-{barename}.mp4", ""},
		{"an ETag", `"*.mov"`, "v/{etag}.mp4", ""},
		{"letter case alone", `{key: "*.{mov,MOV}"}`, "{dirname}/{barename}.mp4", ""},
		{"ignored case", `{key: "*.mov", ignore_case: true}`, "{dirname}/{barename}.mp4", ""},
		{"not leaves one extension", `{key: "*.{mov,mp4}", not: "*.mp4"}`, "{dirname}/{barename}.gif", ""},
		{"a suffix leaves one extension", `{prefix: "incoming/", suffix: .mov}`, "{dirname}/{barename}.mp4", ""},
		{"one bucket of several", `{key: "*.mov", bucket: acme-uploads}`, "v/{key}", ""},
		{"a bucket in the target", `{key: "*.mov", bucket: "acme-*"}`, "v/{bucket}/{key}", ""},
		{"one key", `"incoming/latest.mov"`, "v/latest-{year}.mp4", ""},
		{"one name in each folder", `"incoming/**/master.mov"`, "v/{dirname}/out.mp4", ""},
		{"an extension before the name", `"*.{mov,mp4}"`, "{ext}/{dirname}/{barename}.mp4", ""},
		{"a page of each document", `"*.docx"`, "v/{dirname}/{barename}/{index}.mp4", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := fmt.Sprintf("version: 1\nsources: [acme-uploads/incoming/, acme-extra/incoming/]\ndefaults: {target: {bucket: acme-derived}}\nrules:\n"+
				"  - {name: films, match: %s, process: 'video/convert,f_mp4,vcodec_h264', target: %q}\n", tt.match, tt.target)
			if !strings.Contains(tt.match, "bucket") {
				file = strings.Replace(file, ", acme-extra/incoming/", "", 1)
			}
			got := warningsOf(t, file, "overwrites")
			if tt.says == "" && got != nil || tt.says != "" && (len(got) != 1 || !strings.Contains(got[0], tt.says)) {
				t.Errorf("want %q, got %q", tt.says, got)
			}
		})
	}
}

// warningsOf returns the messages of the warnings of a file that have a code, and checks that nothing was left undecided.
func warningsOf(t *testing.T, file, code string) (messages []string) {
	t.Helper()
	loaded, err := Load("rules.yaml", []byte(file), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Undecided) > 0 {
		t.Error(loaded.Undecided)
	}
	for _, d := range loaded.Warnings {
		if d.Code == code {
			messages = append(messages, d.Message)
		}
	}
	return messages
}

func TestOverwritesBetweenOutputs(t *testing.T) {
	const file = `version: 1
sources: [acme-uploads/incoming/]
defaults: {target: {bucket: acme-derived}}
rules:
  - name: films
    match: "incoming/{dir:**}/*.mov"
    outputs:
      - {process: "video/convert,f_mp4,vcodec_h264", target: "{dir}/{barename}.mp4"}
      - {process: "video/convert,f_mp4,vcodec_h264,s_640x,scaletype_fit", target: "{dir}/FOLDER{barename}.mp4"}
`
	for folder, says := range map[string]string{
		"small/": "output 1 writes small/", "small-": "output 1 writes small-", "{year}/": "", "small/{year}/": "",
	} {
		got := warningsOf(t, strings.Replace(file, "FOLDER", folder, 1), "overwrites")
		if says == "" && got != nil || says != "" && (len(got) != 1 || !strings.Contains(got[0], says)) {
			t.Errorf("%s: want %q, got %q", folder, says, got)
		}
	}
}

// TestSharedTarget checks that conditions on an upload that exclude each other count.
func TestSharedTarget(t *testing.T) {
	for _, tt := range []struct {
		one, other string
		shared     bool
	}{
		{`size: {max: 1MiB}`, `size: {min: 1048577}`, false},
		{`size: {max: 1MiB}`, `size: {min: 1MiB}`, true},
		{`size: {min: 10MiB, max: 20MiB}`, `size: {max: 1MiB}`, false},
		{`size: {max: 1MiB}`, `size: {max: 2MiB}`, true},
		{`size: {max: 1MiB}`, `events: [PutObject]`, true},
		{`events: [PutObject]`, `events: [PostObject]`, false},
		{`events: [PutObject, CopyObject]`, `events: ["ObjectCreated:*"]`, true},
		{`events: ["ObjectCreated:Put*"]`, `events: [PostObject, CopyObject]`, false},
		{`events: [CopyObject]`, `size: {max: 1MiB}`, false}, // the default events have no CopyObject
		{`events: ["P*Object"]`, `events: ["*:PutObject"]`, true},
		{`type: "video/*"`, `type: "audio/*"`, false},
		{`type: "video/*"`, `type: ["audio/*", "*/mp4"]`, true},
		{`type: "VIDEO/*"`, `type: "video/mp4"`, true},
		{`type: video/quicktime`, `type: [video/mp4, "audio/*"]`, false},
		{`type: "video/*"`, `size: {max: 1MiB}`, true},
	} {
		file := fmt.Sprintf("version: 1\nsources: [acme-uploads]\ndefaults: {target: {bucket: acme-derived}}\nclaims: {bucket: acme-state}\nrules:\n"+
			"  - {name: a, match: {key: 'a/**/*.mov', %s}, process: 'video/convert,f_mp4,vcodec_h264', target: 'v/{key}'}\n"+
			"  - {name: b, match: {key: '**/*.mov', %s}, process: 'video/convert,f_mp4,vcodec_h265', target: 'v/{key}'}\n", tt.one, tt.other)
		if got := warningsOf(t, file, "shared-target"); tt.shared != (len(got) == 1) {
			t.Errorf("%s and %s: got %q", tt.one, tt.other, got)
		}
	}
}
