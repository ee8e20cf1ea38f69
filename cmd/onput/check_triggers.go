package main

import (
	"fmt"
	"strings"

	"onput/internal/glob"
	"onput/internal/serverlessdevs"
	"onput/internal/text"
	"onput/rules"
)

// compareTriggers warns where the triggers of a Serverless Devs file and the sources of the rules differ. An upload that only
// one of them names does nothing.
func compareTriggers(file string, src []byte, functions []serverlessdevs.Function, set *rules.Set) rules.Diagnostics {
	lines := strings.Split(string(src), "\n")
	var found rules.Diagnostics
	warn := func(p serverlessdevs.Pos, format string, args ...any) {
		found = append(found, rules.Diagnostic{
			File: file, Line: p.Line, Column: p.Column, Width: p.Width, Warning: true,
			Code: "sources-differ", Message: text.Escape(fmt.Sprintf(format, args...)), SourceLine: lines[p.Line-1],
		})
	}
	start := serverlessdevs.Pos{Line: 1, Column: 1}
	sources := set.Sources()
	covered := make([]bool, len(sources))
	triggers := 0
	compare := func(t *serverlessdevs.Trigger) {
		for _, u := range t.Uploads {
			triggers++
			known := false
			for i, source := range sources {
				same := isSource(t, u, source)
				known = known || same
				covered[i] = covered[i] || same || u.Bucket == "*" // covers every source
			}
			if !known && sources != nil {
				warn(t.Pos, "the trigger listens to %s/%s, which is not in sources of the rules: %s", u.Bucket, u.Prefix, strings.Join(sources, ", "))
			}
		}
		for _, e := range t.Events {
			if len(t.Uploads) > 0 && !strings.Contains(e.Name, "*") && !set.Listens(e.Name) {
				warn(e.Pos, "no rule listens to %s: remove it from the trigger, or add it to events", e.Name)
			}
		}
	}
	for _, f := range functions {
		for i := range f.Triggers {
			compare(&f.Triggers[i])
		}
	}
	for i, source := range sources {
		if !covered[i] {
			warn(start, "no trigger listens to %s, which is in sources of the rules", source)
		}
	}
	if triggers == 0 {
		warn(start, "the file has no trigger for uploads, so nothing starts the function: add one of type oss or eventbridge")
	}
	return found
}

// isSource reports whether a trigger's uploads come from a source of the rules. A trigger of EventBridge may cover a part of
// the source, because it can have several subjects.
func isSource(t *serverlessdevs.Trigger, u serverlessdevs.UploadLocation, source string) bool {
	bucket, prefix, _ := strings.Cut(source, "/")
	g, err := glob.ParseValue(bucket, false)
	return err == nil && g.Match(u.Bucket) && (prefix == u.Prefix || t.Type == "eventbridge" && strings.HasPrefix(u.Prefix, prefix))
}
