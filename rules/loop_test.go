package rules

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onput/internal/automaton"
	"onput/internal/compile"
	"onput/internal/loopcheck"
	"onput/internal/rulefile"
	"onput/process"
)

// analyze compiles a file without errors other than loops and shared targets, and returns the analysis of its rules.
func analyze(t interface{ Fatal(...any) }, file string) (*Set, *loopcheck.Analysis) {
	r := &rulefile.Reporter{Document: rulefile.NewDocument("rules.yaml", file)}
	env := &compile.Environment{Getenv: os.Getenv}
	def := rulefile.Parse(r)
	if def == nil {
		t.Fatal(r.Errors, file)
	}
	compiled := compile.Set(r, def, env, nil)
	if len(r.Errors) > 0 {
		t.Fatal(r.Errors, file)
	}
	compiled.BuildIndex()
	return &Set{compiled: compiled, document: r.Document, env: env}, loopcheck.New(compiled, loopcheck.MaxTime)
}

// findLoops returns the loops of a file that has no other errors than loops and shared targets.
func findLoops(t interface{ Fatal(...any) }, file string) (*Set, []loopcheck.Finding) {
	s, analysis := analyze(t, file)
	found := analysis.Loops()
	_, err := Parse("rules.yaml", []byte(file))
	var errs Diagnostics
	errors.As(err, &errs)
	refused := slices.ContainsFunc(errs, func(e Diagnostic) bool { return e.Code != "same-target" })
	if refused != (len(found) > 0) {
		t.Fatal("the loop check and the loader disagree: ", err, found)
	}
	return s, found
}

// uploadOf returns an upload of an object.
func uploadOf(at process.Location) *Upload {
	return &Upload{Event: "ObjectCreated:PutObject", Bucket: at.Bucket, Key: at.Key, ETag: "0123456789ABCDEF", Size: 1,
		Time: time.Date(2026, time.January, 1, 12, 0, 0, 0, time.UTC)}
}

// matchAny returns the tasks of an object's upload by any event, because a file does not choose how objects are written.
func matchAny(s *Set, at process.Location) (all []Task) {
	for _, event := range DefaultEvents {
		u := uploadOf(at)
		u.Event = "ObjectCreated:" + event
		all = append(all, s.Match(u)...)
	}
	return all
}

// checkLoop follows a loop through Match: each object must fire the rule of its hop, OSS may write the next object for it,
// and at the end a rule fires again.
func checkLoop(t interface{ Fatal(...any) }, s *Set, l []loopcheck.Hop) {
	for i, h := range l {
		var names []*automaton.NFA
		fires := false
		for _, task := range matchAny(s, h.At) {
			if task.Rule == s.compiled.Rules[h.Rule].Name {
				fires = true
				if task.Err == nil && task.Target.Key != "" {
					names = append(names, loopcheck.SentTargetLanguage(&s.compiled.Rules[h.Rule].Outputs[task.Output], task.Target))
				}
			}
		}
		if !fires {
			t.Fatal(fmt.Sprintf("%s does not fire %s in %s\n%s", h.At, s.compiled.Rules[h.Rule].Name, fmt.Sprint(l), s.document.Text))
		}
		if i+1 == len(l) {
			break
		}
		n := automaton.NewNFA(automaton.Unlimited())
		n.Accept(n.Text(0, l[i+1].At.Bucket+"/"+l[i+1].At.Key))
		next, err := n.Deterministic()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(names, func(n *automaton.NFA) bool { ok, _ := n.Intersects(next); return ok }) {
			t.Fatal(fmt.Sprintf("%s is not written for %s in %s", l[i+1].At, h.At, fmt.Sprint(l)))
		}
	}
	last := l[len(l)-1].Rule
	if !slices.ContainsFunc(l[:len(l)-1], func(h loopcheck.Hop) bool { return h.Rule == last }) {
		t.Fatal("no rule fires twice in " + fmt.Sprint(l))
	}
}

// brute looks for a loop by trying every key, without languages.
func brute(s *Set, at process.Location, fired []string, depth int) []string {
	if depth == 0 {
		return nil
	}
	for _, task := range s.Match(uploadOf(at)) {
		if slices.Contains(fired, task.Rule) {
			return append(fired, task.Rule)
		}
		if task.Err != nil || task.Target.Key == "" {
			continue
		}
		key := strings.NewReplacer("{index}", "1", "{autoext}", "txt", "{{", "{", "}}", "}").Replace(task.Target.Key)
		names := []string{key}
		if !strings.Contains(key[strings.LastIndexByte(key, '/')+1:], ".") {
			names = append(names, key+".txt") // OSS may append it to a document's name
		}
		for _, name := range names {
			at := process.Location{Bucket: task.Target.Bucket, Key: name}
			if l := brute(s, at, append(slices.Clone(fired), task.Rule), depth-1); l != nil {
				return l
			}
		}
	}
	return nil
}

// shortKeys are all keys of a few segments and extensions.
var shortKeys = func() (all []string) {
	for _, dir := range []string{"", "a/", "b/", "a/a/", "a/b/", "b/a/", "a/b/a/", "/", "a//"} {
		for _, bare := range []string{"a", "b", "ab", "", "a-a", "b.a"} {
			for _, ext := range []string{"", ".txt", ".x", ".TXT"} {
				if key := dir + bare + ext; key != "" && !strings.HasSuffix(key, "/") {
					all = append(all, key)
				}
			}
		}
	}
	// Parts of the character 你, which can become neighbors.
	return append(all, "\xe4.\xbd\xa0", "a/\xe4.\xbd\xa0", "b/\xe4.\xbd\xa0.x", "a/\xe4/\xbd\xa0", "a/\xe4\xbd/\xa0", "b/\xe4/\xbd\xa0.txt", "\xbd\xa0.\xe4",
		"\xe4\xbd.\xa0", "a/\xe4\xbd/\xa0.txt", "a/\xbd\xa0/\xe4.x", "\xbd\xa0/\xe4.txt")
}()

// drawRules draws a file of a few small rules.
func drawRules(t *rapid.T) string {
	pick := func(name string, among ...string) string { return rapid.SampledFrom(among).Draw(t, name) }
	var b strings.Builder
	b.WriteString("version: 1\n")
	if rapid.IntRange(0, 3).Draw(t, "sources") == 0 {
		fmt.Fprintf(&b, "sources: [%s]\n", pick("source", "src", "src/a/", `"s*/a", dst/b/`, "dst"))
	}
	if rapid.IntRange(0, 4).Draw(t, "ignore") == 0 {
		fmt.Fprintf(&b, "ignore: [%q, %q]\n", pick("ignored", "*.x", "a/**", "*-a*", "b/*"), pick("ignored too", ".*", "**/b/*", "*.TXT"))
	}
	b.WriteString("rules:\n")
	if rapid.IntRange(0, 7).Draw(t, "bytes") == 0 { // values that can join to a character
		var target string
		for range rapid.IntRange(2, 4).Draw(t, "parts") {
			target += pick("part", "{barename}", "{ext}", "{dirname}", "{basename}", "{d}", "-")
		}
		fmt.Fprintf(&b, "  - {name: r, match: {key: [%q, %q], not: 'a/**/*[一-龥]*'}, process: 'doc/convert,target_txt', target: %q}\n",
			pick("from", "a/{d:**}/*", "a/{d:**}/*.*"), pick("to", "b/{d:**}/[一-龥].txt", "b/{d:**}/[一-龥]", "b/{d:**}/*[一-龥]*"), pick("folder", "b/", "b/x-")+target)
		return b.String()
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "rules") {
		pattern := pick("pattern", "*", "*.txt", "*.x", "a/*", "a/**", "**/a/*", "**/*.txt", "a/*.x", "b/**/*.txt", "{c}/*.txt", "a/{d:**}/*.x", "{d:**}/a*", "*-a*", "{c}-*",
			"/a.*", "a/{x,b/**}/*.txt", "*[!a].txt", "?.txt", "*[一-龥]*", "{*.txt,[一-龥].x}", "/?")
		target := ""
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			target += pick("part", "a/", "b/", "{dirname}/", "{barename}", "{basename}", "{key}", "{ext}", "-a", "x", ".txt", ".x", "{index}", ".{autoext}", "{{", "{etag}",
				"{barename|lower}", "{key|upper}", "{key|lower}", "{dirname|slug}/", "{basename|slug|upper}", "{ext|upper}", "{key|hash}", "{u_day}")
		}
		for _, c := range []string{"{c}", "{d}"} {
			if strings.Contains(pattern, c[:2]) && rapid.Bool().Draw(t, "capture") {
				target = c[:2] + pick("filter", "", "|lower", "|upper", "|slug") + "}/" + target
			}
		}
		fmt.Fprintf(&b, "  - name: r%d\n    match: {key: %q", i, pattern)
		if rapid.IntRange(0, 2).Draw(t, "not") == 0 {
			fmt.Fprintf(&b, ", not: %q", pick("not", "a/**", "*-a*", "**/a/*", "*.x", "b*", "*.*", "*[一-龥]*", "?*/*"))
		}
		if rapid.IntRange(0, 4).Draw(t, "prefix") == 0 {
			fmt.Fprintf(&b, ", prefix: %q", pick("prefix", "a/", "A", "b"))
		}
		if rapid.IntRange(0, 4).Draw(t, "suffix") == 0 {
			fmt.Fprintf(&b, ", suffix: %q", pick("suffix", ".txt", ".TXT", "a.x"))
		}
		if rapid.IntRange(0, 4).Draw(t, "bucket") == 0 {
			fmt.Fprintf(&b, ", bucket: %q", pick("bucket", "src", "d*"))
		}
		if rapid.IntRange(0, 3).Draw(t, "fold") == 0 {
			b.WriteString(", ignore_case: true")
		}
		fmt.Fprintf(&b, "}\n    process: doc/convert,target_txt\n    target: {key: %q", target)
		if rapid.IntRange(0, 3).Draw(t, "to") == 0 {
			fmt.Fprintf(&b, ", bucket: %q", pick("to bucket", "dst", "src", "{bucket}", "x{bucket}"))
		}
		b.WriteString("}\n")
		if rapid.IntRange(0, 4).Draw(t, "stop") == 0 {
			b.WriteString("    stop: true\n")
		}
		if rapid.IntRange(0, 6).Draw(t, "enabled") == 0 {
			b.WriteString("    enabled: false\n")
		}
	}
	return b.String()
}

// proofHolds draws a file and compares the loop check with brute: the check must refuse a file with a loop, and each loop
// that it finds must be real. It returns the outcome.
func proofHolds(t *rapid.T) (outcome string) {
	file := drawRules(t)
	s, found := findLoops(t, file)
	for _, f := range found {
		if f.Code == "loop" {
			checkLoop(t, s, f.Path)
		}
	}
	for _, f := range found {
		outcome = cmp.Or(outcome, f.Code)
	}
	if outcome != "" {
		return outcome
	}
	for _, bucket := range []string{"src", "dst"} {
		for _, key := range shortKeys {
			if l := brute(s, process.Location{Bucket: bucket, Key: key}, nil, 6); l != nil {
				t.Fatalf("no loop was found in\n%s\nbut %s/%s fires %v", file, bucket, key, l)
			}
		}
	}
	return "fine"
}

func TestProofAgainstBruteForce(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(t *rapid.T) { outcomes[proofHolds(t)]++ })
	t.Log(outcomes)
	if outcomes["loop"] == 0 || outcomes["fine"] == 0 {
		t.Errorf("the rule sets are all of one kind: %v", outcomes)
	}
}

func FuzzProof(f *testing.F) {
	for seed := range byte(8) { // enough bytes for whole rule sets
		drawn := make([]byte, 16<<10)
		rand.NewChaCha8([32]byte{seed}).Read(drawn)
		f.Add(drawn)
	}
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) { proofHolds(t) }))
}

func TestLoops(t *testing.T) {
	for _, tt := range []struct{ name, rules, says string }{
		{"a cycle of two", `
  - {name: a, match: "a/**/*.mov", process: "video/convert,f_mp4", target: "b/{barename}.mp4"}
  - {name: b, match: "b/*.mp4", process: "video/convert,f_mov", target: "a/x/{barename}"}`, "a/a.mov → (a) → b/a.mp4 → (b) → a/x/a.mov → (a) → …"},
		{"two that seem to meet, and a key that does not come around", `
  - {name: a, match: "a/*.mov", process: "video/convert,f_mp4", target: "b/{barename}1.mp4"}
  - {name: b, match: "b/*2.mp4", process: "video/convert,f_mov", target: "a/{barename}.mov"}`, ""},
		{"a cycle that closes only by name", `
  - {name: a, match: "*-1.txt", process: "doc/convert,target_txt", target: "{barename}-2.txt"}
  - {name: b, match: "*-2.txt", process: "doc/convert,target_txt", target: "{barename}-3.txt"}`, ""},
		{"its own folder, left out", `
  - {name: a, match: {key: "**/*.mp4", not: "**/720p/*"}, process: "video/convert,f_mp4", target: "{dirname}/720p/{barename}.mp4"}`, ""},
		{"its own folder, left out in another case", `
  - {name: a, match: {key: "**/*.mp4", not: "**/720P/*"}, process: "video/convert,f_mp4", target: "{dirname}/720p/{barename}.mp4"}`, "720p/"},
		{"left out only at the root", `
  - {name: a, match: {key: "**/*.mp4", not: "720p/**"}, process: "video/convert,f_mp4", target: "{dirname}/720p/{barename}.mp4"}`, "→ (a) →"},
		{"moved below a folder that is left out", `
  - {name: a, match: {key: "**/*.mp4", not: "720p/**"}, process: "video/convert,f_mp4", target: "720p/{key}"}`, ""},
		{"an output for each page that comes again", `
  - {name: a, match: "*.{pdf,png}", process: "doc/convert,target_png", target: "{dirname}/{barename}/{index}.png"}`, "→ (a) →"},
		{"an extension that a style appends", `
  - {name: a, match: "*.mp4", process: "style/web", target: "{barename}"}`, "→ (a) →"},
		{"a capture that moves", `
  - {name: a, match: "in/{tenant}/*.mp4", process: "video/convert,f_mp4", target: "{tenant}/{tenant}/{basename}"}`, "in/in/"},
		{"a slash that goes with an empty variable", `
  - {name: a, match: "{d:**}/xindex.mp4", process: "video/convert,f_mp4", target: "x{d}/index.mp4"}`, "xindex.mp4 → (a) → xindex.mp4"},
		{"buckets", `
  - {name: a, match: {key: "*.mp4", bucket: "acme-*"}, process: "video/convert,f_mp4", target: {bucket: "{bucket}-720p", key: "{key}"}}`, "oss://acme-"},
		{"buckets apart", `
  - {name: a, match: {key: "*.mp4", bucket: "acme-in"}, process: "video/convert,f_mp4", target: {bucket: "{bucket}-720p", key: "{key}"}}`, ""},
		{"a third rule that stops the second", `
  - {name: c, match: "b/**", process: "doc/convert,target_pdf", target: "c.pdf", stop: true}
  - {name: a, match: "a/*.mov", process: "video/convert,f_mp4", target: "b/{barename}.mp4"}
  - {name: b, match: "b/*.mp4", process: "video/convert,f_mov", target: "a/{barename}.mov"}`, ""},
		{"one that stops, and listens to other events", `
  - {name: c, match: {key: "b/**", events: PutObject}, process: "doc/convert,target_pdf", target: "c.pdf", stop: true}
  - {name: a, match: "a/*.mov", process: "video/convert,f_mp4", target: "b/{barename}.mp4"}
  - {name: b, match: "b/*.mp4", process: "video/convert,f_mov", target: "a/{barename}.mov"}`, "→ (b) →"},
		{"mode log is no way out", `
  - {name: a, mode: log, match: "*.mp4", process: "video/convert,f_mp4", target: "{key}"}`, "→ (a) →"},
		{"bytes that join to a character", `
  - {name: a, match: {key: ["in/*.*", "out/[一-龥].txt"], not: "in/*[一-龥]*"}, process: "doc/convert,target_txt", target: "out/{barename}{ext}"}`, "loop-unproven"},
		{"bytes that a text keeps apart", `
  - {name: a, match: {key: ["in/*.*", "out/[一-龥].txt"], not: "in/*[一-龥]*"}, process: "doc/convert,target_txt", target: "out/{barename}-{ext}"}`, ""},
		{"an extension that OSS may not append to a document's name", `
  - {name: a, match: {key: "*", not: "*.*"}, process: "doc/convert,target_txt", target: "{barename}-x"}`, "a → (a) → a-x → (a) → …"},
		{"an extension that OSS appends to a video's name", `
  - {name: a, match: {key: "*", not: "*.*"}, process: "video/convert,f_mp4", target: "{barename}-x"}`, ""},
		{"captures that take as little as they can", `
  - {name: a, match: "{dir:**}/raw/**/*.mp4", process: "video/convert,f_mp4", target: "{dir}/720p/{barename}.mp4"}
  - {name: b, match: "{a}-{b}-{c}.mp3", process: "audio/convert,f_mp3", target: "{c}/{b}/{a}.mp3"}
  - {name: c, match: "{name}@{size}.jpg", process: "style/web", target: "{name}.jpg"}`, ""},
		{"a key that needs two extensions", `
  - {name: a, match: {key: "*[!a].txt", not: "*-a*"}, process: "doc/convert,target_txt", target: {key: "{barename}", bucket: dst}}`, "x.txt → (a) → oss://dst/x.txt → (a) →"},
		{"a capture that comes around with another part of the key", `
  - {name: a, match: "a/{d:**}/*.x", process: "doc/convert,target_txt", target: "{d}/{barename}"}`, "→ (a) →"},
		{"lower case that leads elsewhere", `
  - {name: a, match: "Films/**/*.mp4", process: "video/convert,f_mp4", target: "{key|lower}"}`, ""},
		{"lower case that stays", `
  - {name: a, match: "films/**/*.mp4", process: "video/convert,f_mp4", target: "{key|lower}"}`, "films/"},
		{"upper case that comes back", `
  - {name: a, match: "in/{name}.mp4", process: "video/convert,f_mp4", target: "out/{name|upper}.mp4"}
  - {name: b, match: "out/{name}.mp4", process: "video/convert,f_mp4", target: "in/{name|lower}.mp4"}`, "→ (b) →"},
		{"upper case that comes back once", `
  - {name: a, match: "in/*-x.mp4", process: "video/convert,f_mp4", target: "out/{barename|upper}.mp4"}
  - {name: b, match: "out/*.mp4", process: "video/convert,f_mp4", target: "in/{barename}.mp4"}`, "in/-x.mp4 → (a) → out/-X.mp4 → (b) →"},
		{"upper case that does not come back", `
  - {name: a, match: "in/*-x.mp4", process: "video/convert,f_mp4", target: "out/{barename|upper}.mp4"}
  - {name: b, match: "out/*-X.mp4", process: "video/convert,f_mp4", target: "in/{barename}.mp4"}`, ""},
		{"other letters in lower case", `
  - {name: a, match: "{Ä,À}/**/*.mp4", process: "video/convert,f_mp4", target: "{key|lower}"}`, ""},
		{"a folder that keeps a slug apart", `
  - {name: a, match: "in/**/*.jpg", process: "style/web", target: "thumbs/{dirname|slug}/{barename|slug}-{key|hash}.jpg"}`, ""},
		{"a slug without a folder", `
  - {name: a, match: "*.mp4", process: "video/convert,f_mp4", target: "{barename|slug}.mp4"}`, "→ (a) →"},
		{"a slug has no underscores", `
  - {name: a, match: "*_*.mp4", process: "video/convert,f_mp4", target: "{barename|slug}.mp4"}`, ""},
		{"digits of a hash", `
  - {name: a, match: {key: "*.mp4", not: "????????????????.mp4"}, process: "video/convert,f_mp4", target: "{key|hash}.mp4"}`, ""},
		{"the year of the upload", `
  - {name: a, match: "20*/*.mp4", process: "video/convert,f_mp4", target: "{u_year}/{basename}"}`, "2026/"},
		{"a month is no year", `
  - {name: a, match: "20*/*.mp4", process: "video/convert,f_mp4", target: "{u_mon}/{basename}"}`, ""},
		{"a language that is too large", `
  - {name: a, match: {key: "**", not: "*a?????????????????????????"}, process: "video/convert,f_mp4", target: "{key}"}`, "too complex"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := "version: 1\nrules:" + tt.rules + "\n"
			s, found := findLoops(t, file)
			for _, f := range found {
				if f.Code == "loop" {
					checkLoop(t, s, f.Path)
				}
			}
			_, err := Parse("rules.yaml", []byte(file))
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("want %q, got %v", tt.says, err)
			}
		})
	}
}

// Rules with stop are compared only with rules whose keys they may match.
func TestCutting(t *testing.T) {
	var file strings.Builder
	file.WriteString("version: 1\nrules:\n")
	const rules = 300
	for i := range rules {
		fmt.Fprintf(&file, "  - {name: r%d, match: 't%d/in-[0-9]/**/*.mp4', stop: true, process: 'video/convert,f_mp4,vcodec_h264', target: 't%d/in-x/{barename}.mp4'}\n", i, i, i)
	}
	file.WriteString("  - {name: last, match: 't7/**/*.mp4', process: 'video/convert,f_mp4,vcodec_h264', target: {bucket: elsewhere, key: '{basename}'}}\n")
	s, p := analyze(t, file.String())
	for i := range s.compiled.Rules {
		var want []int
		if i == rules {
			want = []int{7}
		}
		if got := p.StopRulesBefore(i); !slices.Equal(got, want) {
			t.Errorf("rule %d is cut by %v", i, got)
		}
	}
	if p.CanFire(rules, process.Location{Bucket: "src", Key: "t7/in-1/a.mp4"}) || !p.CanFire(rules, process.Location{Bucket: "src", Key: "t7/in-x/a.mp4"}) {
		t.Error("the last rule gets what rule r7 takes, or not what it leaves")
	}
}

// A file is refused if more rules may reach each other than can be compared.
func TestTooManyMeetings(t *testing.T) {
	var file strings.Builder
	file.WriteString("version: 1\nrules:\n")
	for i := range 3200 { // some ten million pairs
		fmt.Fprintf(&file, "  - {name: r%d, match: '*-%d-*/**', process: 'video/convert,f_mp4,vcodec_h264', target: 'out/s%d/{basename}.mp4'}\n", i, i, i)
	}
	_, err := Parse("rules.yaml", []byte(file.String()))
	if err == nil || !strings.Contains(err.Error(), "too many pairs of rules may fire one after the other") {
		t.Errorf("%.500v", err)
	}
}

// layeredRules returns a file with two rules a layer, each of which fires both of the next layer, and no loop.
func layeredRules(layers int) string {
	var file strings.Builder
	rule := func(name, match, target string) {
		fmt.Fprintf(&file, "  - {name: %s, match: '%s', process: 'video/convert,f_mp4,vcodec_h264', target: '%s'}\n", name, match, target)
	}
	file.WriteString("version: 1\nrules:\n")
	rule("s", "L0/a-b.mp4", "L1/{barename}.mp4")
	for i := 1; i < layers; i++ {
		for _, name := range []string{"x", "y"} {
			rule(fmt.Sprint(name, i), fmt.Sprintf("L%d/*.mp4", i), fmt.Sprintf("L%d/{barename}.mp4", i+1))
		}
	}
	rule("e", fmt.Sprintf("L%d/*.mp4", layers), "L0/{barename}-{barename}.mp4") // never a-b
	return file.String()
}

// Paths through the rules are bounded, and the message says so.
func TestTooManyPaths(t *testing.T) {
	_, err := Parse("rules.yaml", []byte(layeredRules(13)))
	if err == nil || !strings.Contains(err.Error(), "too many paths lead from rule to rule") {
		t.Errorf("%.500v", err)
	}
}

// A key can take many paths through the rules; not all of them are followed to their ends.
func TestHopsAreBounded(t *testing.T) {
	_, analysis := analyze(t, layeredRules(10))
	found := analysis.Loops()
	if len(found) == 0 || slices.ContainsFunc(found, func(f loopcheck.Finding) bool { return f.Code != "loop-unproven" }) {
		t.Error(found)
	}
	if analysis.Hops() <= loopcheck.MaxHops {
		t.Errorf("only %d hops: the rules do not test their bound", analysis.Hops())
	}
}

// The pattern that the message of a loop says to add to not ends the loop.
func TestNotEndsLoop(t *testing.T) {
	for _, tt := range []struct{ match, target, add string }{
		{`{key: "*.mp4"}`, "{dirname}/{barename}_720p.mp4", `not: "*_720p.mp4"`},
		{`{key: "*.mp4"}`, "{dirname}/{barename}_720p", `not: "*_720p*.mp4"`},
		{`{key: "*.mp4"}`, "previews/{key}", `not: "previews/**"`},
		{`{key: "*.mp4"}`, "out/720p/{barename}.mp4", `not: "out/720p/**"`},
		{`{key: "**/*.mp4"}`, "{dirname}/720p/{basename}", `not: "**/720p/**"`},
		{`{key: "{tenant}/**/*.mp4"}`, "{tenant}/[720p]/{barename}.mp4", `not: "**/\\[720p]/**"`},
		{`{key: "*.MP4", ignore_case: true}`, "{dirname}/{barename}_A.mp4", `not: "*_A.mp4"`},
		{`{key: "*.mp4", not: "*_a.mp4"}`, "{dirname}/{barename}_b.mp4", `"*_b.mp4"`},
		{`{key: "*.mp4", not: ["*_a.mp4", "c/**"]}`, "{dirname}/{barename}_b.mp4", `"*_b.mp4"`},
		{`{key: "*.mp4"}`, "{key}", ""}, // it would leave out all keys
	} {
		file := func(match string) string {
			return "version: 1\nrules:\n  - {name: a, match: " + match + ", process: 'video/convert,f_mp4', target: '" + tt.target + "'}\n"
		}
		_, err := Parse("rules.yaml", []byte(file(tt.match)))
		if err == nil || tt.add == "" {
			if err == nil || !strings.Contains(err.Error(), "or write elsewhere [loop]") {
				t.Errorf("%s: %v", tt.target, err)
			}
			continue
		}
		where := " to the match of a [loop]"
		if strings.Contains(tt.match, "not:") {
			where = " to the not of a [loop]"
		}
		if want := "set sources to where uploads arrive, write elsewhere, or add " + tt.add + where; !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", tt.target, err, want)
		}
		match, not, _ := strings.Cut(strings.TrimSuffix(tt.match, "}"), "not: ")
		if not == "" {
			match += ", " + tt.add
		} else {
			match += "not: [" + strings.Trim(not, "[]") + ", " + tt.add + "]"
		}
		if _, err := Parse("rules.yaml", []byte(file(match+"}"))); err != nil {
			t.Errorf("%s, after following the advice: %v", tt.target, err)
		}
	}
}
