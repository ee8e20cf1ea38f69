package rules

import (
	"path"
	"slices"
	"strings"

	"onput/process"
	"onput/rules/glob"
)

// refuseLoops reports rules that fire on their own output, as far as examples show it: for each pattern a few keys that it
// matches are followed to the object that the rule would write.
func (d *document) refuseLoops(s *Set, f *fileDef) {
	for i := range s.rules {
		r := &s.rules[i]
		if !r.enabled {
			continue
		}
		if from, to, ok := s.ownSource(i); ok {
			d.fail(f.rules[i].name.node, "loop",
				"rule %s fires again on what it writes: %s → (%s) → %s → (%s) → …; list the places of uploads in sources, or write elsewhere",
				r.name, from, r.name, to, r.name)
		}
	}
}

// ownSource looks for an object that the rule fires on and whose result it fires on again.
func (s *Set) ownSource(number int) (from, to process.Location, found bool) {
	r := &s.rules[number]
	for _, at := range s.examplesOf(r) {
		if !s.reaches(number, at) {
			continue
		}
		for _, t := range r.fire(&Upload{Bucket: at.Bucket, Key: at.Key, ETag: "0", Size: -1}, nil) {
			if t.Err != nil || t.Target.Key == "" {
				continue
			}
			written := writtenAt(t.Target, r.outputs[t.Output].request)
			if s.reaches(number, written) {
				return at, written, true
			}
		}
	}
	return from, to, false
}

// reaches says whether an object in that place can fire the rule: sources and its own conditions on the place hold, and no
// earlier rule that stops takes it.
func (s *Set) reaches(number int, at process.Location) bool {
	if !s.isSource(at.Bucket, at.Key) || strings.HasSuffix(at.Key, "/") || !s.rules[number].matchesPlace(at.Bucket, at.Key) {
		return false
	}
	return !slices.ContainsFunc(s.rules[:number], func(r rule) bool {
		return r.enabled && r.stop && r.placeOnly && r.matchesPlace(at.Bucket, at.Key)
	})
}

// examplesOf returns places that the conditions of a rule may allow.
func (s *Set) examplesOf(r *rule) []process.Location {
	buckets := examples(r.buckets)
	sources := s.sources
	if sources == nil {
		sources = []source{{bucket: glob.Literal("uploads")}}
	}
	keys := examples(r.keys)
	if r.keys == nil {
		keys = []string{"x"}
	}
	var all []process.Location
	for _, src := range sources {
		names := buckets
		if r.buckets == nil {
			names = src.bucket.Examples()
		}
		for _, bucket := range names {
			for _, key := range keys {
				for _, prefix := range append([]string{"", src.prefix}, r.prefixes...) {
					for _, suffix := range append([]string{""}, r.suffixes...) {
						all = append(all, process.Location{Bucket: bucket, Key: prefix + key + suffix})
					}
				}
			}
		}
	}
	return all
}

func examples(patterns []*glob.Pattern) []string {
	var all []string
	for _, p := range patterns {
		all = append(all, p.Examples()...)
	}
	return all
}

// written gives an example for each variable that OSS fills in.
var written = strings.NewReplacer(
	"{index}", "1", "{sheetname}", "Sheet1", "{streamindex}", "0", "{resolution}", "1280x720",
	"{year}", "2026", "{mon}", "01", "{day}", "01", "{hour}", "01", "{min}", "01", "{sec}", "01",
	"{t_year}", "2026", "{t_mon}", "01", "{t_day}", "01", "{t_hour}", "01", "{t_min}", "01", "{t_sec}", "01",
	"{{", "{", "}}", "}")

// writtenAt returns where OSS would write the result: variables filled in, and the extension of the format appended to a
// key without one.
func writtenAt(t process.Location, r process.Request) process.Location {
	format := ""
	if op, ok := process.Lookup(r.Operation); ok {
		for _, p := range r.Params {
			if p.Name == op.Format {
				format = p.Value
			}
		}
	}
	key := written.Replace(strings.ReplaceAll(t.Key, "{autoext}", format))
	if path.Ext(key) == "" && format != "" {
		key += "." + format
	}
	return process.Location{Bucket: written.Replace(t.Bucket), Key: key}
}
