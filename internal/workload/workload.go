// Package workload generates rule files of any size, and object keys for them, for benchmarks and tests.
//
// A [Workload] is the rule file of a bucket that many tenants share. Of N rules 60 % ask for an extension below a tenant's
// folder, a few of them for an extension anywhere; 20 % match everything below a folder, 10 % have a star in the middle,
// and 10 % have classes and braces. There are N/5 tenants. Rules and keys depend on N and on seeds alone, so every run on
// every machine sees the same ones.
package workload

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// Workload is a generated list of rules.
type Workload struct {
	rules []rule
}

// rule is a pattern, and the parts from which keys are made that it matches or just misses.
type rule struct {
	kind    kind
	owner   int    // number of the tenant or team
	ext     string // extension that the pattern asks for; "" for none or several
	pattern string
}

type kind int

const (
	extension kind = iota // tenant-17/**/*.mp4
	anywhere              // **/*.heic
	folder                // uploads/team-9/incoming/**
	middle                // departments/*/team-7/*.docx
	numbered              // tenant-3/proxy/clip-[0-9][0-9]-*.{mp4,webm}
)

var (
	tenantExtensions = []string{"mp4", "docx", "mp3", "mov", "pdf", "wav", "mkv", "pptx"}
	globalExtensions = []string{"heic", "heif", "avif", "dng"}
	departments      = []string{"sales", "legal", "media", "design"}
)

// New returns the workload of count rules, at least 10.
func New(count int) *Workload {
	w := &Workload{}
	add := func(k kind, owner int, ext, pattern string) {
		w.rules = append(w.rules, rule{k, owner, ext, pattern})
	}
	globals := min(len(globalExtensions), count/10)
	for _, ext := range globalExtensions[:globals] {
		add(anywhere, 0, ext, "**/*."+ext)
	}
	tenants := count / 5
	for i := range count*6/10 - globals {
		tenant := i % tenants
		ext := tenantExtensions[(tenant+i/tenants)%len(tenantExtensions)]
		add(extension, tenant, ext, fmt.Sprintf("tenant-%d/**/*.%s", tenant, ext))
	}
	for team := range count * 2 / 10 {
		add(folder, team, "", fmt.Sprintf("uploads/team-%d/incoming/**", team))
	}
	for team := range count / 10 {
		add(middle, team, "docx", fmt.Sprintf("departments/*/team-%d/*.docx", team))
	}
	for tenant := range count - len(w.rules) {
		add(numbered, tenant, "", fmt.Sprintf("tenant-%d/proxy/clip-[0-9][0-9]-*.{mp4,webm}", tenant))
	}
	rand.New(rand.NewPCG(1, uint64(count))).Shuffle(count, func(i, j int) {
		w.rules[i], w.rules[j] = w.rules[j], w.rules[i]
	})
	return w
}

// Patterns returns the pattern of each rule, in file order.
func (w *Workload) Patterns() []string {
	patterns := make([]string, len(w.rules))
	for i := range w.rules {
		patterns[i] = w.rules[i].pattern
	}
	return patterns
}

// Bucket is the bucket of uploads, and the only source of [Workload.File].
const Bucket = "src"

// File returns the workload as a rule file. Rule i is named r and i. Targets are in the bucket dst, so no rule can fire
// another.
func (w *Workload) File() []byte {
	var b strings.Builder
	b.WriteString("version: 1\n\nsources: [" + Bucket + "]\n\ndefaults:\n  target: {bucket: dst}\n\nrules:\n")
	for i := range w.rules {
		r := &w.rules[i]
		process, target := r.output()
		fmt.Fprintf(&b, "  - name: r%d\n    match: %q\n    process: %s\n    target: %q\n", i, r.pattern, process, target)
	}
	return []byte(b.String())
}

// output returns the process and target of a rule.
func (r *rule) output() (process, target string) {
	switch {
	case r.kind == anywhere:
		return "style/photo", "{dirname}/{barename}.jpg"
	case r.kind == folder:
		return "video/snapshots,f_jpg,num_1", "{dirname}/{barename}.jpg"
	case r.ext == "docx" || r.ext == "pptx" || r.ext == "pdf":
		return "doc/convert,target_png", "{dirname}/{barename}/{index}.png"
	case r.ext == "mp3" || r.ext == "wav":
		return "audio/convert,f_aac", "{dirname}/{barename}.aac"
	}
	return "video/convert,f_mp4,vcodec_h264,acodec_aac", "{dirname}/{barename}.mp4"
}

// Keys returns count distinct keys of 34 to 39 bytes. Three quarters of them match a rule; every fourth misses one
// narrowly, and matches no other.
func (w *Workload) Keys(seed uint64, count int) []string {
	return w.draw(seed, count, func(i int) bool { return i%4 != 3 })
}

// Misses returns count distinct keys that look like those of [Workload.Keys] and match no rule.
func (w *Workload) Misses(seed uint64, count int) []string {
	return w.draw(seed, count, func(int) bool { return false })
}

// draw returns distinct keys. Key i matches a random rule where hit(i) is true, else it misses the rule narrowly.
func (w *Workload) draw(seed uint64, count int, hit func(i int) bool) []string {
	random := rand.New(rand.NewPCG(seed, uint64(len(w.rules))))
	seen := map[string]bool{}
	var keys []string
	for len(keys) < count {
		key := w.rules[random.IntN(len(w.rules))].key(random, hit(len(keys)))
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// key returns a random key that the rule matches, or one that it misses narrowly.
func (r *rule) key(random *rand.Rand, hit bool) string {
	owner := strconv.Itoa(r.owner)
	var before, after string
	switch r.kind {
	case extension:
		before, after = fmt.Sprintf("tenant-%s/2026/%02d/", owner, 1+random.IntN(12)), "."+r.ext
		if !hit {
			after = ".json"
		}
	case anywhere:
		before, after = fmt.Sprintf("photos/2026/%02d/", 1+random.IntN(12)), "."+r.ext
		if !hit {
			after = ".json"
		}
	case folder:
		before, after = "uploads/team-"+owner+"/incoming/", ".mp4"
		if !hit {
			before = "uploads/team-" + owner + "/outgoing/"
		}
	case middle:
		before, after = "departments/"+departments[random.IntN(len(departments))]+"/team-"+owner+"/", ".docx"
		if !hit {
			after = ".xlsx"
		}
	case numbered:
		before, after = fmt.Sprintf("tenant-%s/proxy/clip-%02d-", owner, random.IntN(100)), ".mp4"
		if random.IntN(2) == 0 {
			after = ".webm"
		}
		if !hit { // .webm, because an extension rule may match the tenant's .mp4
			before, after = fmt.Sprintf("tenant-%s/proxy/clip-%dx-", owner, random.IntN(10)), ".webm"
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	var name strings.Builder
	for range max(1, 34+random.IntN(6)-len(before)-len(after)) {
		name.WriteByte(letters[random.IntN(len(letters))])
	}
	return before + name.String() + after
}
