package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A workload is a rule file of a bucket that many tenants share, and keys for it.
//
// Of N rules 60 % ask for an extension below a tenant's folder (a few of them for one anywhere), 20 % for all below a
// folder, 10 % have a star in the middle and 10 % classes and braces; there are N/5 tenants. What is generated depends on
// N and on seeds alone, so every run on every machine sees the same rules and the same keys.
type workload struct {
	rules []rule
}

// rule is one of a workload's rules: its pattern, and what it takes to write keys that it matches or just misses.
type rule struct {
	kind    kind
	owner   int    // number of the tenant or team
	ext     string // of the files that an extension rule asks for
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

// newWorkload returns the workload of so many rules, at least 10.
func newWorkload(count int) *workload {
	w := &workload{}
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

// keys returns distinct keys of 34 to 39 bytes. Each key is made for a rule that is drawn for it; every fourth misses
// that rule narrowly and matches no other, so that of the first keys of the list three quarters match, too.
func (w *workload) keys(seed uint64, count int) []string {
	return w.draw(seed, count, func(i int) bool { return i%4 != 3 })
}

// misses returns distinct keys like those of keys that match no rule.
func (w *workload) misses(seed uint64, count int) []string {
	return w.draw(seed, count, func(int) bool { return false })
}

func (w *workload) draw(seed uint64, count int, hit func(i int) bool) []string {
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

// key writes a key that the rule matches, or one that it misses narrowly.
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
		if !hit { // of webm, because an extension rule may want the tenant's mp4
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

// file returns the workload as a rule file. Rule i is called r and i. What the rules write goes into another bucket, so
// that none can fire another.
func (w *workload) file() []byte {
	var b strings.Builder
	b.WriteString("version: 1\n\nsources: [src]\n\ndefaults:\n  target: {bucket: dst}\n\nrules:\n")
	for i := range w.rules {
		r := &w.rules[i]
		process, target := r.fires()
		fmt.Fprintf(&b, "  - name: r%d\n    match: %q\n    process: %s\n    target: %q\n", i, r.pattern, process, target)
	}
	return []byte(b.String())
}

// fires returns what the rule does with what it matches.
func (r *rule) fires() (process, target string) {
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
