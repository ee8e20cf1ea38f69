package rules

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// manyRules writes a file of many rules, of one of four kinds.
func manyRules(kind string, count int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\n")
	line := ""
	switch kind {
	case "sources": // targets are outside of sources
		b.WriteString("sources: [src/in/]\ndefaults: {target: {bucket: dst}}\n")
		line = `{name: r%[1]d, match: "in/tenant-%[1]d/**/*.mp4", process: "video/convert,f_mp4,vcodec_h264", target: "t%[1]d/{barename}.mp4"}`
	case "folders": // targets are in folders that no rule hears
		line = `{name: r%[1]d, match: "tenant-%[1]d/{dir:**}/*.{mp4,mov}", process: "video/convert,f_mp4,vcodec_h264", target: "out/tenant-%[1]d/{dir}/{barename}.mp4"}`
	case "beside": // targets are beside their sources, and each rule leaves them out
		line = `{name: r%[1]d, match: {key: "tenant-%[1]d/**/*.mp4", not: "**/720p/*"}, process: "video/convert,f_mp4,vcodec_h264", target: "{dirname}/720p/{barename}.mp4"}`
	case "mixed": // patterns of all shapes, of a fifth as many tenants
		b.WriteString("sources: [src]\ndefaults: {target: {bucket: dst}}\n")
	}
	b.WriteString("rules:\n")
	for i := range count {
		if kind == "mixed" {
			line = mixedRule(i, max(count/5, 1))
		}
		fmt.Fprintf(&b, "  - "+line+"\n", i)
	}
	return []byte(b.String())
}

// mixedRule writes a rule of a file in which 60 % ask for an extension, a few of them anywhere, 20 % for a folder, 10 % have a
// star in the middle and 10 % classes and braces.
func mixedRule(i, tenants int) string {
	match, target := "", "{dirname}/{barename}.mp4"
	switch {
	case i < 4:
		match, target = "**/*."+[]string{"heic", "heif", "avif", "dng"}[i], "{dirname}/{barename}.jpg"
	case i%10 < 6:
		match = fmt.Sprintf("tenant-%d/**/*.%s", i/5%tenants, []string{"mp4", "mov", "mkv", "avi", "ts", "flv"}[i%10])
	case i%10 < 8:
		match = fmt.Sprintf("uploads/team-%d/incoming/**", i)
	case i%10 == 8:
		match = fmt.Sprintf("departments/*/team-%d/*.docx", i)
	default:
		match = fmt.Sprintf("tenant-%d/proxy/clip-[0-9][0-9]-*.{mp4,webm}", i/10%tenants)
	}
	return fmt.Sprintf("name: r%%d\n    match: %q\n    process: video/convert,f_mp4,vcodec_h264,acodec_aac\n    target: %q", match, target)
}

var kindsOfMany = []string{"sources", "folders", "beside", "mixed"}

// BenchmarkParse is what a function costs that starts: loading with the loop proof. Of the time, behind-yaml is what the YAML
// library has no part in; held is what stays in memory.
func BenchmarkParse(b *testing.B) {
	for _, kind := range kindsOfMany {
		for _, count := range []int{1000, 20_000, 100_000} {
			file := manyRules(kind, count)
			b.Run(fmt.Sprintf("%s/%d", kind, count), func(b *testing.B) {
				var s *Set
				var err error
				before := heap()
				for b.Loop() {
					if s, err = Parse("rules.yaml", file); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(heap()-before)/float64(count), "held-B/rule")
				runtime.KeepAlive(s)
			})
		}
	}
}

// BenchmarkBehindYAML is BenchmarkParse without the YAML library.
func BenchmarkBehindYAML(b *testing.B) {
	for _, kind := range kindsOfMany {
		for _, count := range []int{1000, 20_000, 100_000} {
			file := string(manyRules(kind, count))
			b.Run(fmt.Sprintf("%s/%d", kind, count), func(b *testing.B) {
				var root yaml.Node
				if err := yaml.Load([]byte(file), &root); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					d := newDocument("rules.yaml", file)
					if d.refuseText(); len(d.errors) > 0 {
						b.Fatal(d.errors)
					}
					s := d.compileRoot(root.Content[0])
					if len(d.errors) > 0 {
						b.Fatal(d.errors)
					}
					s.buildIndex()
				}
			})
		}
	}
}

// heap returns how many bytes are alive.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkCheck is what onput check costs: loading with the loop proof, and all warnings.
func BenchmarkCheck(b *testing.B) {
	for _, kind := range kindsOfMany[:3] {
		for _, count := range []int{1000, 10_000} {
			file := manyRules(kind, count)
			b.Run(fmt.Sprintf("%s/%d", kind, count), func(b *testing.B) {
				for b.Loop() {
					s, err := Parse("rules.yaml", file)
					if err != nil {
						b.Fatal(err)
					}
					if w := s.Warnings(); len(w) > 0 {
						b.Fatal(w)
					}
				}
			})
		}
	}
}
