package rules

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"onput/internal/loopcheck"
)

// rulesOf returns a file of rules that convert documents, each written as MATCH => TARGET. A match is YAML.
func rulesOf(rules ...string) string {
	var b strings.Builder
	b.WriteString("version: 1\nrules:\n")
	for i, r := range rules {
		match, target, _ := strings.Cut(r, " => ")
		target, stop := strings.CutSuffix(target, " stop")
		fmt.Fprintf(&b, "  - {name: r%d, match: %s, process: 'doc/convert,target_txt', target: '%s', stop: %v}\n", i, match, target, stop)
	}
	return b.String()
}

// numbered returns a text count times, with its number for each %d.
func numbered(count int, text string) []string {
	var all []string
	for i := range count {
		all = append(all, strings.ReplaceAll(text, "%d", fmt.Sprint(i)))
	}
	return all
}

// hostileFiles make the loop check work: languages that are exponentially large, many pairs of rules, and long targets.
var hostileFiles = func() map[string]string {
	chars := func(n int) string { return strings.Repeat("?", n) }
	alternatives := "{" + strings.Join(numbered(300, "x%dy"), ",") + "}"
	return map[string]string{
		"not with ?":               rulesOf("{key: '**', not: '*a" + chars(12) + "'} => {key}"),
		"not with more ?":          rulesOf("{key: '**', not: '*a" + chars(13) + "'} => {dirname}/{barename}{ext}"),
		"three with ?":             rulesOf("'*a"+chars(12)+"' => {key}/{key}", "'*b"+chars(12)+"' => {key}/{key}", "'*c"+chars(12)+"' => {key}/{key}"),
		"folders with ?":           rulesOf("'**/*a"+chars(11)+"/*' => {dirname}/{dirname}/{basename}", "'**/*b"+chars(11)+"/*' => {dirname}/{basename}"),
		"alternatives after *":     rulesOf("'**/*"+alternatives+"*' => {key}", "'**/*"+alternatives+"*/*' => {key}"),
		"not with alternatives":    rulesOf("{key: '**', not: '**/*" + alternatives + "*/**'} => {dirname}/{key}"),
		"a long list of not":       rulesOf("{key: '**', not: ['" + strings.Join(numbered(26, "**/%d/**/x%d/**"), "','") + "']} => {dirname}/{key}"),
		"folded classes":           rulesOf("{key: '*" + strings.Repeat("[α-ωа-яa-z]*", 60) + "', ignore_case: true} => {key}{key}"),
		"a folded class before ?":  rulesOf("{key: '**', not: '*[a-kſ]" + chars(12) + "', ignore_case: true} => {dirname}/{key}{ext}"),
		"captures swapped":         rulesOf("'{a}/{b}/{c}/{d}/{e}/x' => {e}/{d}/{c}/{b}/{a}/x", "'{a:**}/x/{b:**}/y/{c:**}/z' => {c}/x/{b}/y/{a}/z"),
		"a capture many times":     rulesOf("'{a}-{b}' => "+strings.Repeat("{a}-{b}", 50), "{key: '**', not: '*a"+chars(11)+"'} => {key}"),
		"a capture before ?":       rulesOf("'{a}a" + chars(14) + "{b}b" + chars(14) + "' => {b}{a}"),
		"the key many times":       rulesOf("{key: '**', not: '*a" + chars(11) + "'} => " + strings.Repeat("{key}", 60)),
		"the folder many times":    rulesOf("{key: '**', not: '*a" + chars(11) + "'} => " + strings.Repeat("{dirname}/", 60) + "x"),
		"many dots":                rulesOf("'" + strings.Repeat("[.a]", 400) + "*' => {barename}{ext}{barename}{ext}"),
		"many slashes":             rulesOf("'**/*/" + strings.Repeat("?*/", 30) + strings.Repeat("[.a]", 60) + "*' => {dirname}/{barename}/{ext}/{dirname}"),
		"many **":                  rulesOf("'**/a/**/a/**/b/**/b/**/e/**/f/**/*.x' => {dirname}/{dirname}/{dirname}/{basename}"),
		"buckets with ?":           strings.ReplaceAll(rulesOf("{key: '**', bucket: '*a"+chars(10)+"'} => {key}"), "'{key}'", "{bucket: '{bucket}a', key: '{key}'}"),
		"rules that stop":          rulesOf(append(numbered(100, "'*-%d-*' => z/%d/{basename} stop"), "'**' => {key}")...),
		"suffixes":                 rulesOf("{key: '**', suffix: ['"+strings.Join(numbered(200, "a%dbabab%d"), "','")+"']} => {dirname}/{key}", "{key: '**', not: '*a"+chars(11)+"'} => {key}"),
		"rules that all meet":      rulesOf(numbered(400, "'**/*-%d-*/**' => {key}{key}")...),
		"rules that meet, and not": rulesOf(numbered(40, "{key: '**/*-%d-*/**', not: '*a??????'} => {dirname}/{key}")...),
		"exclusions":               rulesOf(numbered(2000, "{key: '**/*.mp4', not: ['**/%d/*', '*-%d-*']} => {dirname}/%d/{barename}.mp4")...),
		"candidates":               rulesOf(numbered(5000, "'*-%d-*/**' => out/s%d/{basename}.mp4")...),
		"many alternatives":        rulesOf(numbered(300, "'*{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}{0,1,2,3,4,5,6,7,8,9}*%d' => {barename}.{autoext}")...),
		"many paths":               layeredRules(13),
		"many keys on many paths":  layeredRules(10),
	}
}()

// What the loop check of a file may take: steps of ten nanoseconds, and bytes.
const (
	maxCheckSteps = 200_000_000
	maxCheckBytes = 100_000_000
)

// checkBudget runs the loop check with a part of its budget, and fails if it takes more steps or bytes than that.
func checkBudget(t interface{ Fatal(...any) }, name, file string, part int) {
	s, _ := analyze(t, file)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	analysis := loopcheck.New(s.compiled, loopcheck.MaxTime/time.Duration(part))
	analysis.Loops()
	runtime.ReadMemStats(&after)
	left, _ := analysis.Left()
	if left < -maxCheckSteps/20 { // the last operation may take more than was left
		t.Fatal(fmt.Sprintf("the check took %d steps more than it may:\n%s", -left, name))
	}
	if taken := int(after.TotalAlloc - before.TotalAlloc); taken > maxCheckBytes/part+maxCheckBytes/20 {
		t.Fatal(fmt.Sprintf("the check allocated %d bytes:\n%s", taken, name))
	}
}

// The loop check of any file ends within its budget. In short mode the budget is a part of the usual one, and files of
// very many rules are left out.
func TestBudget(t *testing.T) {
	part := 1
	if testing.Short() {
		part = 20
	}
	for name, file := range hostileFiles {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.Contains(file, "r999") {
				t.Skip("in short mode")
			}
			checkBudget(t, name, file, part)
		})
	}
}

// drawHostile draws a file of rules whose languages are large.
func drawHostile(t *rapid.T) string {
	pick := func(name string, among ...string) string { return rapid.SampledFrom(among).Draw(t, name) }
	repeat := func(text string, most int) string {
		return strings.Repeat(text, rapid.IntRange(1, most).Draw(t, "times"))
	}
	pattern := func() string {
		var segments []string
		for range rapid.IntRange(1, 3).Draw(t, "segments") {
			segment := pick("head", "", "*", "*a", "*[ab]")
			for range rapid.IntRange(0, 2).Draw(t, "pieces") {
				segment += repeat(pick("piece", "?", "?", "[ab]", "[!a]", "[.a]", "é", "."), 15) + pick("star", "", "*")
			}
			if segment += pick("tail", "", "{a,b,ab}", "{a,b}{a,b}{a,b}", "x"); strings.Contains(segment, "**") || segment == "" {
				segment = "**"
			}
			segments = append(segments, segment)
		}
		return strings.Join(segments, "/")
	}
	var rules []string
	for range rapid.IntRange(1, 4).Draw(t, "rules") {
		match := "{key: '" + pattern() + "'"
		if rapid.Bool().Draw(t, "not") {
			match += ", not: ['" + pattern() + "', '" + pattern() + "']"
		}
		if rapid.Bool().Draw(t, "fold") {
			match += ", ignore_case: true"
		}
		target := ""
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			target += repeat(pick("part", "{key}", "{dirname}/", "{barename}", "{ext}", "a", "{basename}/"), 20)
		}
		rules = append(rules, match+"} => "+target+pick("stop", "", " stop"))
	}
	return rulesOf(rules...)
}

// budgetHolds draws a file and runs its loop check within its budget.
func budgetHolds(t *rapid.T) {
	file := drawHostile(t)
	checkBudget(t, file, file, 20)
}

func FuzzBudget(f *testing.F) {
	for seed := range byte(8) {
		drawn := make([]byte, 16<<10)
		rand.NewChaCha8([32]byte{seed}).Read(drawn)
		f.Add(drawn)
	}
	f.Fuzz(rapid.MakeFuzz(budgetHolds))
}

// BenchmarkLoops measures the loop check of hostile files.
func BenchmarkLoops(b *testing.B) {
	for name, file := range hostileFiles {
		b.Run(name, func(b *testing.B) {
			s, _ := analyze(b, file)
			steps := 0
			b.ReportAllocs()
			for b.Loop() {
				analysis := loopcheck.New(s.compiled, loopcheck.MaxTime)
				before, _ := analysis.Left()
				analysis.Loops()
				after, _ := analysis.Left()
				steps += before - after
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(steps), "ns/step")
		})
	}
}

// The value of an environment variable is text: the languages of the loop check know bytes as parts of keys alone.
func TestEnvironmentIsText(t *testing.T) {
	file := "version: 1\nsources: [\"acme/${env('P')}\"]\n" + strings.TrimPrefix(rulesOf("'*.txt' => x/{barename}.txt"), "version: 1\n")
	for value, want := range map[string]string{"in/": "", "\xe4": "the environment variable P is not valid UTF-8"} {
		_, err := Load("rules.yaml", []byte(file), Options{Getenv: func(string) string { return value }})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", value, err)
		}
	}
}
