package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"onput/internal/ruleset"
	"onput/process"
)

// belowClaims reports whether a target may become an object below the claims prefix. It knows no more of OSS's variables
// than some of their values, and finds the buckets by trying names.
func belowClaims(s *Set, target process.Location) bool {
	c := s.Claims()
	if c.Bucket != "" && target.Bucket != c.Bucket || c.Bucket == "" && !s.compiled.IsSource(target.Bucket, "a/b/a.txt") &&
		!s.compiled.IsSource(target.Bucket, "b/a.txt") {
		return false
	}
	for _, index := range []string{"1", "1_1"} {
		key := strings.NewReplacer("{index}", index, "{autoext}", "txt", "{sheetname}", c.Prefix, "{{", "{", "}}", "}").Replace(target.Key)
		if strings.HasPrefix(key, c.Prefix) {
			return true
		}
	}
	return false
}

// claimsPrefixHolds draws a file with claims and compares the check of their prefix with keys that it tries: a file that may
// write below the prefix must be refused, each example must be real, and no upload of another file may be refused by Match.
func claimsPrefixHolds(t *rapid.T) (outcome string) {
	claims := fmt.Sprintf("version: 1\nclaims: {prefix: %q", rapid.SampledFrom([]string{"a/", "b/", "a/b/", "1/", "1_1/", "x/", "ab/", "{/", ".x/"}).Draw(t, "prefix"))
	if bucket := rapid.SampledFrom([]string{"", "dst", "src"}).Draw(t, "claims bucket"); bucket != "" {
		claims += ", bucket: " + bucket
	}
	file := claims + "}\n" + strings.TrimPrefix(drawRules(t), "version: 1\n")
	s, analysis := analyze(t, file)
	outcome = "fine"
	refused := map[string]bool{}
	for _, found := range analysis.ClaimsTargets() {
		rule := s.compiled.Rules[found.Rule].Name
		refused[fmt.Sprint(rule, found.Output)] = true
		if found.Upload == nil {
			if !strings.Contains(file, "|") { // of filtered variables not every example can be computed
				t.Fatalf("%s\n%s", found.Message, file)
			}
			outcome = "undecided"
			break
		}
		outcome = "refused"
		i := slices.IndexFunc(s.Match(found.Upload), func(task Task) bool { return task.Rule == rule && task.Output == found.Output })
		if i < 0 {
			t.Fatalf("%s does not fire for %s/%s in\n%s", rule, found.Upload.Bucket, found.Upload.Key, file)
		}
		if task := s.Match(found.Upload)[i]; !errors.Is(task.Err, ruleset.ErrBelowClaims) || !belowClaims(s, task.Target) {
			t.Fatalf("%s/%s writes %s, not below the prefix: %v\n%s", found.Upload.Bucket, found.Upload.Key, task.Target, task.Err, file)
		}
	}
	if outcome == "undecided" {
		return outcome // the file is refused
	}
	for _, bucket := range []string{"src", "dst", "xsrc"} {
		for _, key := range shortKeys {
			for _, task := range s.Match(uploadOf(process.Location{Bucket: bucket, Key: key})) {
				below := belowClaims(s, task.Target)
				if below != errors.Is(task.Err, ruleset.ErrBelowClaims) && (task.Err == nil || below) {
					t.Fatalf("%s/%s writes %s: %v\n%s", bucket, key, task.Target, task.Err, file)
				}
				if below && !refused[fmt.Sprint(task.Rule, task.Output)] {
					t.Fatalf("%s/%s writes %s, and nothing was found in\n%s", bucket, key, task.Target, file)
				}
			}
		}
	}
	return outcome
}

func TestClaimsPrefixAgainstBruteForce(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) { outcomes[claimsPrefixHolds(t)]++ })
	t.Log(outcomes)
}

// The check of targets against the claims prefix, which names an upload as example.
func TestClaimsPrefix(t *testing.T) {
	rule := func(match, target string) string {
		return fmt.Sprintf("\nrules:\n  - {name: r, match: %s, process: \"doc/convert,target_png\", target: %s}\n", match, target)
	}
	for _, tt := range []struct{ name, file, says string }{
		{"a folder named after the object", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: "{barename}/{index}.png"}`),
			"oss://src/in/.onput.docx would write oss://dst/.onput/{index}.png; begin"},
		{"another bucket", "sources: [src/in/]\nclaims: {bucket: state}" + rule(`"*.docx"`, `{bucket: dst, key: "{barename}/{index}.png"}`), ""},
		{"the folders of the source", "sources: [src]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: "{dirname}/{barename}.png"}`),
			"oss://src/.onput/a.docx would write oss://dst/.onput/a.png"},
		{"the folders of a source that excludes it", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: "{dirname}/{barename}.png"}`), ""},
		{"the folders of the claims bucket itself", "claims: {}" + rule(`"*.docx"`, `"{dirname}/{barename}.png"`), ""},
		{"the whole key", "sources: [src, dst]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: "{key}.png"}`), "oss://src/.onput/a.docx would"},
		{"a capture", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"in/{user}/*.docx"`, `{bucket: dst, key: "{user}/{barename}.png"}`),
			"oss://src/in/.onput/a.docx would write oss://dst/.onput/a.png"},
		{"a capture of folders", "sources: [src/in/]\nclaims: {bucket: dst, prefix: a/b/}" + rule(`"in/{dir:**}/*.docx"`, `{bucket: dst, key: "{dir}/{barename}.png"}`),
			"oss://src/in/a/b/a.docx would write oss://dst/a/b/a.png"},
		{"a capture without the folder", "sources: [src/in/]\nclaims: {bucket: dst}" +
			rule(`{key: "in/{user}/*.docx", not: "in/.onput/**"}`, `{bucket: dst, key: "{user}/{barename}.png"}`), ""},
		{"a capture in another case", "sources: [src/IN/]\nclaims: {bucket: dst, prefix: .Onput/}" +
			rule(`{key: "in/{user}/*.docx", ignore_case: true}`, `{bucket: dst, key: "{user}/{barename}.png"}`), "oss://src/IN/.Onput/a.docx would"},
		{"a capture without the folder, in any case", "sources: [src/in/]\nclaims: {bucket: dst}" +
			rule(`{key: "in/{user}/*.docx", not: "in/.onput/**", ignore_case: true}`, `{bucket: dst, key: "{user}/{barename}.png"}`), ""},
		{"pieces", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*"`, `{bucket: dst, key: ".{ext}/{etag}.png"}`), "oss://src/in/a.onput would write oss://dst/.onput/0123456789ABCDEF.png"},
		{"empty folders take their slash along", "sources: [src]\nclaims: {bucket: dst, prefix: x/}" + rule(`"/*.docx"`, `{bucket: dst, key: "{dirname}/x/{barename}.png"}`), "oss://src/a.docx would write oss://dst/x/a.png"},
		{"the eTag, which is no such name", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*"`, `{bucket: dst, key: "{etag}/{barename}.png"}`), ""},
		{"the eTag, which may be", "sources: [src/in/]\nclaims: {bucket: dst, prefix: C0DE/}" + rule(`"*.docx"`, `{bucket: dst, key: "{etag}/{barename}.png"}`), "oss://dst/C0DE/a.png"},
		{"a tag, which may be anything", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: "{tags.user}/{index}.png"}`), "would write oss://dst/{tags.user}/{index}.png"},
		{"a number, which is not", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: "{index}/{barename}.png"}`), ""},
		{"a number, which may be", "sources: [src/in/]\nclaims: {bucket: dst, prefix: 7_1/}" + rule(`"*.docx"`, `{bucket: dst, key: "{index}/{barename}.png"}`), "would write oss://dst/{index}/a.png"},
		{"a format, which is not", "sources: [src/in/]\nclaims: {bucket: dst, prefix: jpg/}" + rule(`"*.docx"`, `{bucket: dst, key: "{autoext}/{barename}/{index}.png"}`), ""},
		{"a format, which is", "sources: [src/in/]\nclaims: {bucket: dst, prefix: png/}" + rule(`"*.docx"`, `{bucket: dst, key: "{autoext}/{barename}/{index}.png"}`), "oss://dst/{autoext}/"},
		{"a literal", "sources: [src/in/]\nclaims: {bucket: dst}" + rule(`"*.docx"`, `{bucket: dst, key: ".onput/failed/x-{index}.png"}`), "oss://src/in/a.docx would write oss://dst/.onput/failed/x-{index}.png"},
		{"braces", "sources: [src/in/]\nclaims: {bucket: dst, prefix: \"{x}/\"}" + rule(`"*.docx"`, `{bucket: dst, key: "{barename}/{index}.png"}`), "oss://src/in/{x}.docx would write oss://dst/{{x}}/{index}.png"},
		{"claims in each source, and one writes into another", "sources: [a-src, b-src]\nclaims: {}" + rule(`{bucket: a-src, key: "*.docx"}`, `{bucket: b-src, key: "{dirname}/{index}.png"}`), ""},
		{"claims in each source, by name", "sources: [a-src, b-src]\nclaims: {}" + rule(`{bucket: a-src, key: "*.docx"}`, `{bucket: b-src, key: "{barename}/{index}.png"}`), "oss://a-src/.onput.docx would write oss://b-src/"},
		{"claims in the sources, which the target is not", "sources: [src]\nclaims: {}" + rule(`"*.docx"`, `{bucket: dst, key: "{barename}/{index}.png"}`), ""},
		{"a bucket named after the source's, no source", "sources: [src]\nclaims: {}" + rule(`"*.docx"`, `{bucket: "{bucket}-out", key: "{barename}/{index}.png"}`), ""},
		{"a bucket named after the source's, a source", "sources: [src, src-out]\nclaims: {}" + rule(`"*.docx"`, `{bucket: "{bucket}-out", key: "{barename}/{index}.png"}`), "oss://src/.onput.docx would write oss://src-out/"},
		{"a bucket named after the source's, never a source", "sources: [\"*-in\"]\nclaims: {}" + rule(`"*.docx"`, `{bucket: "{bucket}-out", key: "{barename}/{index}.png"}`), ""},
		{"a bucket named after the source's, the claims'", "sources: [src, dst]\nclaims: {bucket: src-out}" + rule(`"*.docx"`, `{bucket: "{bucket}-out", key: "{barename}/{index}.png"}`), "oss://src/.onput.docx would write oss://src-out/"},
		{"a bucket of a capture", "sources: [src]\nclaims: {bucket: a-out}" + rule(`"{team}/*.docx"`, `{bucket: "{team}-out", key: "{barename}/{index}.png"}`), "oss://src/a/.onput.docx would write oss://a-out/"},
		{"a disabled rule", "sources: [src/in/]\nclaims: {bucket: dst}" + strings.Replace(rule(`"*.docx"`, `{bucket: dst, key: ".onput/x.png"}`), "name: r", "name: r, enabled: false", 1), ""},
		{"a rule with stop before it", "sources: [src/in/]\nclaims: {bucket: dst}\nrules:\n" +
			"  - {name: s, match: \"**/.onput.*\", process: \"doc/convert,target_png\", target: {bucket: dst, key: \"x/{index}.png\"}, stop: true}" +
			strings.TrimPrefix(rule(`"*.docx"`, `{bucket: dst, key: "{barename}/{index}.png"}`), "\nrules:"), ""},
		{"a language that is too large", "claims: {bucket: dst}" + rule(`{key: "**", not: "*a?????????????????????????"}`, `{bucket: dst, key: "{basename}/{index}.png"}`), "but this cannot be decided"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("rules.yaml", []byte("version: 1\n"+tt.file))
			var got Diagnostics
			errors.As(err, &got)
			got = slices.DeleteFunc(got, func(d Diagnostic) bool { return d.Code != "claims" })
			if tt.says == "" && err != nil || tt.says != "" && (len(got) != 1 || !strings.Contains(got[0].Message, tt.says)) {
				t.Errorf("want %q, got %v", tt.says, err)
			}
		})
	}
}

// Match refuses targets below the claims prefix in files that a seal lets in without the check.
func TestSealDoesNotOpenClaims(t *testing.T) {
	file := "version: 1\nclaims: {bucket: dst}\nrules:\n" +
		"  - {name: r, match: \"*.docx\", process: \"doc/convert,target_png\", target: {bucket: dst, key: \"{barename}/{index}.png\"}}\n"
	s, err := parseSealed("rules.yaml", []byte(file+sealHead+digest(file, nil)+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for key, refused := range map[string]bool{"a.docx": false, "in/.onput.docx": true, ".onput.x.docx": false, ".onput/a.docx": false} {
		tasks := s.Match(uploadOf(process.Location{Bucket: "src", Key: key}))
		if len(tasks) != 1 || errors.Is(tasks[0].Err, ruleset.ErrBelowClaims) != refused {
			t.Errorf("%s: %+v", key, tasks)
		}
		e := s.Explain(uploadOf(process.Location{Bucket: "src", Key: key}), GivenAll)
		if explained := e.Tasks(); len(explained) != 1 || fmt.Sprint(explained) != fmt.Sprint(tasks) {
			t.Errorf("%s: explained as %+v", key, explained)
		}
	}
}
