package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"onput/internal/glob"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
)

// unmetReason returns why a condition of the rule does not hold for u.
func unmetReason(r *ruleset.Rule, unmet ruleset.Condition, u *Upload, given Given) string {
	switch unmet {
	case ruleset.KeyCondition:
		return fmt.Sprintf("key: %q %s", u.Key, matchesNone(r.Keys))
	case ruleset.NotCondition:
		i := slices.IndexFunc(r.Not, func(p *glob.Pattern) bool { return p.Match(u.Key) })
		return fmt.Sprintf("not: %q matches the key", r.Not[i].String())
	case ruleset.PrefixCondition:
		return fmt.Sprintf("prefix: %q does not begin with %s", u.Key, anyText(r.PrefixesAsWritten))
	case ruleset.SuffixCondition:
		return fmt.Sprintf("suffix: %q does not end with %s", u.Key, anyText(r.SuffixesAsWritten))
	case ruleset.BucketCondition:
		return fmt.Sprintf("bucket: %q %s", u.Bucket, matchesNone(r.Buckets))
	case ruleset.EventsCondition:
		switch names := eventNames(r); {
		case u.Event == "":
			return "events: the record does not name its event"
		case len(names) == 1:
			return "event " + u.Event + " is not " + names[0]
		default:
			return "event " + u.Event + " is none of " + text.JoinFirst(names, maxListed)
		}
	case ruleset.SizeCondition:
		switch {
		case u.Size < 0:
			return "size: the event has none"
		case u.Size < r.Size.Min:
			return "size " + objectSize(u.Size) + " is below min " + rulefile.FormatSize(r.Size.Min)
		}
		return "size " + objectSize(u.Size) + " is above max " + rulefile.FormatSize(r.Size.Max)
	case ruleset.TypeCondition:
		if u.Type == "" {
			return "type: the object has none"
		}
		return fmt.Sprintf("type: %q %s", ruleset.MediaType(u.Type), matchesNone(r.Types))
	case ruleset.WhereCondition:
		w := r.FirstUnmetWhere(u.Record, given)
		field := ruleset.RecordField(u.Record, w.Path)
		value, ok := ruleset.FieldText(field)
		switch {
		case ok:
			return fmt.Sprintf("where %s: %q %s", w.Path, value, matchesNone(w.Values))
		case field.IsObject() || field.IsArray():
			return "where " + w.Path + ": not a single value"
		}
		return "where " + w.Path + ": missing"
	case ruleset.MetaCondition:
		c := r.FirstUnmetMeta(u, given)
		value, ok := u.MetaValue(c.Name)
		return namedReason("meta", c, value, ok)
	case ruleset.TagsCondition:
		c := r.FirstUnmetTag(u, given)
		value, ok := u.Tags[c.Name]
		return namedReason("tags", c, value, ok)
	case ruleset.ClassCondition:
		return fmt.Sprintf("class: %q %s", u.Class, matchesNone(r.Classes))
	}
	return ""
}

// eventNames returns the events of the rule as a rule file names them.
func eventNames(r *ruleset.Rule) []string {
	var names []string
	for _, p := range r.Events {
		name := p.String()
		if short, ok := strings.CutPrefix(name, "ObjectCreated:"); ok && short != "*" {
			name = short
		}
		names = append(names, name)
	}
	return names
}

// maxListed is the number of patterns that a reason lists.
const maxListed = 8

func quotePatterns(patterns []*glob.Pattern) []string {
	var quoted []string
	for _, p := range patterns {
		quoted = append(quoted, strconv.Quote(p.String()))
	}
	return quoted
}

func matchesNone(patterns []*glob.Pattern) string {
	if len(patterns) == 1 {
		return "does not match " + strconv.Quote(patterns[0].String())
	}
	return "matches none of " + text.JoinFirst(quotePatterns(patterns), maxListed)
}

func anyText(texts []string) string {
	if len(texts) == 1 {
		return strconv.Quote(texts[0])
	}
	return "any of " + text.JoinFirst(text.QuoteAll(texts), maxListed)
}

func anyPattern(patterns []*glob.Pattern) string {
	return strings.Join(quotePatterns(patterns), " or ")
}

// objectSize returns a number of bytes with its size in a larger unit: "6442450945 B (6.0 GiB)".
func objectSize(n int64) string {
	bytes := strconv.FormatInt(n, 10) + " B"
	for i, unit := range slices.Backward(rulefile.SizeUnits) {
		if n >= 10*unit.Bytes || i > 0 && n >= unit.Bytes {
			return fmt.Sprintf("%s (%.1f %s)", bytes, float64(n)/float64(unit.Bytes), unit.Name)
		}
	}
	return bytes
}

// sizeWords returns the limits of a size in words.
func sizeWords(s *ruleset.SizeRange) string {
	switch {
	case s.Max == math.MaxInt64:
		return "at least " + rulefile.FormatSize(s.Min)
	case s.Min == 0:
		return "at most " + rulefile.FormatSize(s.Max)
	}
	return rulefile.FormatSize(s.Min) + " to " + rulefile.FormatSize(s.Max)
}
