package rules

import (
	"fmt"
	"strings"
	"testing"
)

// manyRules writes a file with a rule for each of many tenants, in one of three ways.
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
	}
	b.WriteString("rules:\n")
	for i := range count {
		fmt.Fprintf(&b, "  - "+line+"\n", i)
	}
	return []byte(b.String())
}

// BenchmarkCheck is what onput check costs: loading with the loop proof, and all warnings.
func BenchmarkCheck(b *testing.B) {
	for _, kind := range []string{"sources", "folders", "beside"} {
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
