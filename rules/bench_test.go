package rules_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"onput/internal/workload"
	"onput/rules"
)

// manyKeys is the number of keys that benchmarks match in turn.
const manyKeys = 4096

// parse parses a rule file that has no errors.
func parse(tb testing.TB, file []byte) *rules.Set {
	tb.Helper()
	set, err := rules.Parse("rules.yaml", file)
	if err != nil {
		tb.Fatal(err)
	}
	return set
}

// skipMany skips a benchmark of many rules in short mode.
func skipMany(b *testing.B, rules int) {
	if testing.Short() && rules > 1000 {
		b.Skip("in short mode")
	}
}

// upload returns an upload of key into the workload's source.
func upload(key string) *rules.Upload {
	return &rules.Upload{Event: "ObjectCreated:PutObject", Bucket: workload.Bucket, Key: key, Size: 1 << 20}
}

// benchmarkKeys matches keys in turn. It reports fractions of allocations, which allocs/op rounds off.
func benchmarkKeys(b *testing.B, set *rules.Set, keys []string) {
	u := upload("")
	i := 0
	before := memory().Mallocs
	for b.Loop() {
		u.Key = keys[i%len(keys)]
		set.Match(u)
		i++
	}
	b.ReportMetric(float64(memory().Mallocs-before)/float64(b.N), "allocs/key")
}

// memory returns the statistics of memory after a garbage collection.
func memory() *runtime.MemStats {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return &m
}

// BenchmarkMatch measures Set.Match for one key, by the number of rules. Three quarters of the keys match a rule.
func BenchmarkMatch(b *testing.B) {
	for _, count := range []int{10, 100, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rules=%d", count), func(b *testing.B) {
			skipMany(b, count)
			w := workload.New(count)
			benchmarkKeys(b, parse(b, w.File()), w.Keys(1, manyKeys))
		})
	}
}

// BenchmarkNoMatch matches keys that no rule matches.
func BenchmarkNoMatch(b *testing.B) {
	for _, count := range []int{10, 100, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rules=%d", count), func(b *testing.B) {
			skipMany(b, count)
			w := workload.New(count)
			benchmarkKeys(b, parse(b, w.File()), w.Misses(2, manyKeys))
		})
	}
}

// BenchmarkFirstPass is BenchmarkMatch for keys that the set has not seen, right after Parse: caches are cold. An iteration
// parses the rules as well, so only ns/key is reported, the median of all passes.
func BenchmarkFirstPass(b *testing.B) {
	for _, count := range []int{10, 100, 1000, 10_000, 100_000} {
		b.Run(fmt.Sprintf("rules=%d", count), func(b *testing.B) {
			skipMany(b, count)
			w := workload.New(count)
			file := w.File()
			var passes []float64
			for seed := uint64(100); b.Loop(); seed++ {
				keys := w.Keys(seed, manyKeys)
				set := parse(b, file)
				u := upload("")
				runtime.GC()
				began := time.Now()
				for _, key := range keys {
					u.Key = key
					set.Match(u)
				}
				passes = append(passes, float64(time.Since(began).Nanoseconds())/manyKeys)
			}
			slices.Sort(passes)
			b.ReportMetric(passes[len(passes)/2], "ns/key")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkHostile measures keys and patterns that take the most steps: many segments under **, stars that can match
// anywhere, and rules that the index cannot tell apart.
func BenchmarkHostile(b *testing.B) {
	for _, c := range []struct {
		name  string
		match string // pattern; %d is the number of the rule
		rules int
		key   string
	}{
		{"deep", "**/a/**/a/**/a/**/b", 1, strings.Repeat("a/", 511) + "a"},
		{"stars", "*a*a*a*a*b*", 1, strings.Repeat("a", 1023)},
		{"slashes", "**/x-%d/**", 1000, strings.Repeat("/", 1022) + "a"},
		{"middles", "*x%d*", 1000, strings.Repeat("x9", 500)},
		{"classes", "in/[a-z]*[0-9]*%d*", 1000, "in/" + strings.Repeat("z9", 500)},
	} {
		b.Run(c.name, func(b *testing.B) {
			var file strings.Builder
			file.WriteString("version: 1\nsources: [src]\ndefaults: {target: {bucket: dst}}\nrules:\n")
			for i := range c.rules {
				pattern := strings.Replace(c.match, "%d", fmt.Sprint(i), 1)
				fmt.Fprintf(&file, "  - {name: r%d, match: %q, process: \"doc/convert,target_pdf\", target: \"%d/{key}.pdf\"}\n", i, pattern, i)
			}
			set, u := parse(b, []byte(file.String())), upload(c.key)
			b.ReportAllocs()
			for b.Loop() {
				set.Match(u)
			}
		})
	}
}

// ruleFiles are files of many rules. They differ in why the rules cannot trigger each other.
var ruleFiles = []struct {
	name   string
	file   func(count int) []byte
	counts []int
}{
	{"mixed", func(count int) []byte { return workload.New(count).File() }, []int{1000, 10_000, 100_000}},
	// Targets are outside of sources.
	{"sources", repeat("sources: [src/in/]\ndefaults: {target: {bucket: dst}}\n",
		`{name: r%[1]d, match: "in/tenant-%[1]d/**/*.mp4", process: "video/convert,f_mp4,vcodec_h264", target: "t%[1]d/{dirname}/{barename}.mp4"}`), []int{1000, 20_000, 100_000}},
	// Targets are in a folder that no rule matches.
	{"folders", repeat("",
		`{name: r%[1]d, match: "tenant-%[1]d/{dir:**}/*.{mp4,mov}", process: "video/convert,f_mp4,vcodec_h264", target: "out/tenant-%[1]d/{dir}/{basename}.mp4"}`), []int{1000, 20_000, 100_000}},
	// Targets are below their sources, and each rule excludes them.
	{"excluded", repeat("",
		`{name: r%[1]d, match: {key: "tenant-%[1]d/**/*.mp4", not: "**/720p/*"}, process: "video/convert,f_mp4,vcodec_h264", target: "{dirname}/720p/{barename}.mp4"}`), []int{1000, 20_000, 100_000}},
}

// repeat returns a function that writes a rule file of count copies of rule, with the rule's number for %[1]d.
func repeat(head, rule string) func(count int) []byte {
	return func(count int) []byte {
		var b strings.Builder
		b.WriteString("version: 1\n" + head + "rules:\n")
		for i := range count {
			fmt.Fprintf(&b, "  - "+rule+"\n", i)
		}
		return []byte(b.String())
	}
}

// BenchmarkParse measures loading, including the loop check, and the memory that the set holds.
func BenchmarkParse(b *testing.B) {
	for _, f := range ruleFiles {
		for _, count := range f.counts {
			b.Run(fmt.Sprintf("%s/rules=%d", f.name, count), func(b *testing.B) {
				skipMany(b, count)
				file := f.file(count)
				var set *rules.Set
				before := memory().HeapAlloc
				for b.Loop() {
					set = parse(b, file)
				}
				b.ReportMetric(float64(memory().HeapAlloc-before), "held-B")
				b.ReportMetric(float64(len(file)), "file-B")
				runtime.KeepAlive(set)
				runtime.KeepAlive(file)
			})
		}
	}
}

// BenchmarkYAML measures the part of BenchmarkParse that the YAML library takes: from text to nodes.
func BenchmarkYAML(b *testing.B) {
	f := ruleFiles[0]
	for _, count := range f.counts {
		b.Run(fmt.Sprintf("%s/rules=%d", f.name, count), func(b *testing.B) {
			skipMany(b, count)
			file := f.file(count)
			for b.Loop() {
				var root yaml.Node
				if err := yaml.Load(file, &root); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCheck measures onput check: loading with the loop check, and all warnings.
func BenchmarkCheck(b *testing.B) {
	for _, f := range ruleFiles[1:] {
		for _, count := range []int{1000, 10_000} {
			b.Run(fmt.Sprintf("%s/rules=%d", f.name, count), func(b *testing.B) {
				skipMany(b, count)
				file := f.file(count)
				for b.Loop() {
					if w := parse(b, file).Warnings(); len(w) > 0 {
						b.Fatal(w)
					}
				}
			})
		}
	}
}
