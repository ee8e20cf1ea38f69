package triggers

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"onput/rules"
)

// simulated is a trigger as Function Compute or EventBridge filters events: by texts, one after another.
type simulated struct {
	yaml     string
	delivers func(event, key string) bool
}

var (
	someEvents   = []string{"PutObject", "PostObject", "CompleteMultipartUpload", "CopyObject"}
	somePrefixes = []string{"", "in", "in/", "in/a", "in/a/", "in/b/", "out/"}
	someSuffixes = []string{"", ".x", "x", ".X", ".y", "a.x"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// subset returns some elements, at least one.
func subset(r *rand.Rand, list []string) (some []string) {
	for len(some) == 0 {
		for _, s := range list {
			if r.IntN(2) == 0 {
				some = append(some, s)
			}
		}
	}
	return some
}

// randomTrigger returns a trigger on acme-uploads.
func randomTrigger(r *rand.Rand) simulated {
	events := someEvents[:3]
	if r.IntN(3) == 0 {
		events = subset(r, someEvents)
	}
	if r.IntN(2) == 0 {
		prefix, suffix := pick(r, somePrefixes), pick(r, someSuffixes)
		return simulated{oss(prefix, suffix, "oss:ObjectCreated:"+strings.Join(events, ", oss:ObjectCreated:")), func(event, key string) bool {
			return slices.Contains(events, event) && strings.HasPrefix(key, prefix) && strings.HasSuffix(key, suffix)
		}}
	}
	subject, onSubject := randomConditions(r, "acs:oss:cn-hangzhou:1:acme-uploads/")
	key, onKey := randomConditions(r, "")
	pattern := `{"source":["acs.oss"],"type":["oss:ObjectCreated:` + strings.Join(events, `","oss:ObjectCreated:`) + `"],"subject":` + subject
	if r.IntN(2) == 0 {
		pattern += `,"data":{"oss":{"object":{"key":` + key + `}}}`
	} else {
		onKey = func(string) bool { return true }
	}
	return simulated{bridge(pattern + "}"), func(event, key string) bool {
		return slices.Contains(events, event) && onSubject("acs:oss:cn-hangzhou:1:acme-uploads/"+key) && onKey(key)
	}}
}

// randomConditions returns the list of a field whose texts begin with a head.
func randomConditions(r *rand.Rand, head string) (list string, holds func(text string) bool) {
	var conditions []string
	var tests []func(text string) bool
	kind := r.IntN(4)
	for range 1 + r.IntN(2) {
		prefix, suffix := head+pick(r, somePrefixes), pick(r, someSuffixes)
		switch kind {
		case 0, 1:
			conditions = append(conditions, fmt.Sprintf(`{"prefix":%q}`, prefix))
			tests = append(tests, func(text string) bool { return strings.HasPrefix(text, prefix) })
		case 2:
			conditions = append(conditions, fmt.Sprintf(`{"suffix":%q}`, suffix))
			tests = append(tests, func(text string) bool { return strings.HasSuffix(text, suffix) })
		case 3:
			conditions = append(conditions, fmt.Sprintf(`%q`, prefix+"a.x"), fmt.Sprintf(`{"contains":%q}`, suffix))
			tests = append(tests, func(text string) bool { return text == prefix+"a.x" || strings.Contains(text, suffix) })
		}
	}
	return "[" + strings.Join(conditions, ",") + "]", func(text string) bool {
		return slices.ContainsFunc(tests, func(test func(string) bool) bool { return test(text) })
	}
}

// randomRules returns a rule file. Its sources are in acme-uploads, or there are none.
func randomRules(r *rand.Rand) (text string, sources []string) {
	text = "version: 1\n"
	if r.IntN(4) > 0 {
		sources = subset(r, []string{"", "in/", "in/a/", "out/"})[:1]
		text += "sources: [acme-uploads/" + strings.Join(sources, ", acme-uploads/") + "]\n"
	}
	text += "rules:\n"
	for i := range 1 + r.IntN(3) {
		match := fmt.Sprintf(`{key: %q, ignore_case: %v`, pick(r, []string{"*.x", "*.{x,y}", "in/**/*.x", "in/*/*", "**/b/*.y", "in/a/**", "a.x"}), r.IntN(3) == 0)
		if r.IntN(3) == 0 {
			match += ", events: [" + strings.Join(subset(r, someEvents), ", ") + "]"
		}
		if r.IntN(4) == 0 {
			match += `, not: "` + pick(r, []string{"in/b/**", "a*", "*.y"}) + `"`
		}
		if r.IntN(3) == 0 {
			match += `, bucket: acme-uploads`
		} else if sources == nil {
			match += `, bucket: "acme-up*"`
		}
		text += rule("r"+strconv.Itoa(i), match+"}")
	}
	return text, sources
}

// Examples in findings.
var (
	inMissing = regexp.MustCompile(`^no trigger delivers (?:anything that fires rules? .*, such as )?(acme-uploads/[^ ,]*)`)
	inSuffix  = regexp.MustCompile(`acme-uploads/[^ ,:]*`)
	inEvents  = regexp.MustCompile(`^the trigger leaves out (.*), so acme-uploads/([^ ]*) does not fire rule (\w+)`)
)

// The examples of findings fire rules and are delivered by no trigger, and where keys are not delivered that should be, there
// is a finding.
func TestSimulation(t *testing.T) {
	rounds := 4000
	if testing.Short() {
		rounds = 500
	}
	r := rand.New(rand.NewPCG(1, 2))
	var keys []string
	for _, folder := range []string{"", "in/", "in/a/", "in/b/", "in/a/b/", "out/", "other/"} {
		for _, name := range []string{"a.x", "b.x", "a.X", "b.y", "c", "ax"} {
			keys = append(keys, folder+name)
		}
	}
	examples, gaps, silent := 0, 0, 0
	for range rounds {
		text, sources := randomRules(r)
		var yaml string
		var all []simulated
		for range 1 + r.IntN(3) {
			one := randomTrigger(r)
			all = append(all, one)
			yaml += one.yaml
		}
		file, err := rules.Load("rules.yaml", []byte(text), rules.Options{SetOnly: true})
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		delivered := func(event, key string) bool {
			return slices.ContainsFunc(all, func(s simulated) bool { return s.delivers(event, key) })
		}
		fires := func(event, key string) bool {
			u := &rules.Upload{Event: "ObjectCreated:" + event, Bucket: "acme-uploads", Key: key, Size: 1, ETag: "e"}
			return file.Set.Skip(u) == "" && len(file.Set.Match(u)) > 0
		}
		found, complete := compare(t, text, yaml)
		check := func(events []string, key, message string) {
			examples++
			if !slices.ContainsFunc(events, func(event string) bool { return fires(event, key) }) {
				t.Errorf("%s fires nothing: %s\n%s%s", key, message, text, yaml)
			}
			if i := slices.IndexFunc(events, func(event string) bool { return delivered(event, key) }); i >= 0 {
				t.Errorf("%s of %s is delivered: %s\n%s%s", events[i], key, message, text, yaml)
			}
		}
		about := 0
		for _, f := range found {
			switch m := inEvents.FindStringSubmatch(f.Message); {
			case m != nil:
				about++
				for _, event := range strings.Split(strings.ReplaceAll(m[1], " and ", ", "), ", ") {
					check([]string{event}, m[2], f.Message)
				}
			case strings.HasPrefix(f.Message, "the trigger delivers only keys"):
				about++
				for _, object := range inSuffix.FindAllString(f.Message, -1) {
					check(someEvents, strings.TrimPrefix(object, "acme-uploads/"), f.Message)
				}
			case inMissing.MatchString(f.Message):
				about++
				check(someEvents, strings.TrimPrefix(inMissing.FindStringSubmatch(f.Message)[1], "acme-uploads/"), f.Message)
			case f.Code != "sources-differ" || strings.HasPrefix(f.Message, "no trigger listens to"):
				about++ // which covers what is lost
			}
		}
		if len(found) == 0 {
			silent++
		}
		if !complete || about > 0 || sources == nil || strings.Contains(text, "ignore_case: true") {
			continue
		}
		for _, key := range keys {
			for _, event := range someEvents {
				if fires(event, key) && !delivered(event, key) {
					t.Fatalf("nothing is said of %s of %s: %v\n%s%s", event, key, found, text, yaml)
				}
			}
		}
		gaps++
	}
	t.Logf("%d examples; %d silent; %d compared with all keys", examples, silent, gaps)
	if examples < rounds/4 || silent < rounds/50 || gaps < rounds/50 {
		t.Errorf("too few: %d examples, %d silent, %d compared", examples, silent, gaps)
	}
}
