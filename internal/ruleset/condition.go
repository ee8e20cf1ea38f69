package ruleset

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"onput/internal/glob"
)

// Given is the set of known facts about an upload. A condition on any other fact counts as met.
type Given uint16

// The facts that conditions and targets depend on. The key is always known.
const (
	GivenBucket Given = 1 << iota
	GivenEvent
	GivenSize
	GivenType
	GivenETag
	GivenTime
	GivenRecord // the whole event record; without it, the fields in Upload.Record
	GivenMeta   // all user metadata; without it, the names in Upload.Meta and in the event record
	GivenTags
	GivenClass

	// GivenByOSS are the facts that an event may lack, and that OSS can be asked for.
	GivenByOSS = GivenMeta | GivenTags | GivenClass

	GivenAll = GivenBucket | GivenEvent | GivenSize | GivenType | GivenETag | GivenTime | GivenRecord | GivenByOSS
)

// Has reports whether a fact is given.
func (g Given) Has(fact Given) bool { return g&fact != 0 }

// Condition identifies a condition of a rule. Conditions are checked in this order.
type Condition uint8

const (
	NoCondition Condition = iota
	Disabled
	KeyCondition
	NotCondition
	PrefixCondition
	SuffixCondition
	BucketCondition
	EventsCondition
	SizeCondition
	TypeCondition
	WhereCondition
	MetaCondition
	TagsCondition
	ClassCondition

	conditionCount
)

// conditionSet is a set of conditions: bit c is set for [Condition] c.
type conditionSet uint16

// newConditionSet returns the set of some conditions.
func newConditionSet(list ...Condition) (set conditionSet) {
	for _, c := range list {
		set |= 1 << c
	}
	return set
}

var (
	conditionsOnLocation = newConditionSet(KeyCondition, NotCondition, PrefixCondition, SuffixCondition, BucketCondition)
	conditionsOfExactHit = newConditionSet(KeyCondition, BucketCondition, EventsCondition) // which an exact [keyindex.Hit] has checked
)

// conditions returns the conditions that the rule has. The default events count as no condition.
func (r *Rule) conditions() (set conditionSet) {
	for c := KeyCondition; c < conditionCount; c++ {
		if r.hasCondition(c) {
			set |= 1 << c
		}
	}
	return set
}

// hasCondition reports whether the rule has a condition of its own. It reports true for a condition that it does not know,
// so that nothing relies on its absence.
func (r *Rule) hasCondition(c Condition) bool {
	switch c {
	case KeyCondition:
		return r.Keys != nil
	case NotCondition:
		return r.Not != nil
	case PrefixCondition:
		return r.Prefixes != nil
	case SuffixCondition:
		return r.Suffixes != nil
	case BucketCondition:
		return r.Buckets != nil
	case EventsCondition:
		return !r.DefaultEvents
	case SizeCondition:
		return r.Size != nil
	case TypeCondition:
		return r.Types != nil
	case WhereCondition:
		return r.Where != nil
	case MetaCondition:
		return r.Meta != nil
	case TagsCondition:
		return r.Tags != nil
	case ClassCondition:
		return r.Classes != nil
	}
	return true
}

// DecidedByLocation reports whether bucket and key alone decide if the rule matches: it has no other condition, and its
// events are the defaults of the file.
func (r *Rule) DecidedByLocation() bool { return r.conditions()&^conditionsOnLocation == 0 }

// decidedByIndex reports whether an exact hit of the key index, in the event group of the rule, decides if the rule matches.
func (r *Rule) decidedByIndex() bool { return r.conditions()&^conditionsOfExactHit == 0 }

// FirstUnmet returns the first condition of the rule that u does not meet, NoCondition if it meets all.
func (r *Rule) FirstUnmet(u *Upload, given Given) Condition {
	if !r.Enabled {
		return Disabled
	}
	if c := r.firstUnmetOnLocation(u.Bucket, u.Key, given); c != NoCondition {
		return c
	}
	return r.firstUnmetOnMetadata(u, given)
}

// firstUnmetOnLocation is like [Rule.FirstUnmet], but checks key and bucket alone.
func (r *Rule) firstUnmetOnLocation(bucket, key string, given Given) Condition {
	if r.Keys != nil && !AnyMatch(r.Keys, key) {
		return KeyCondition
	}
	c := r.firstUnmetOnAffixes(key)
	if c == NoCondition && given.Has(GivenBucket) && r.Buckets != nil && !AnyMatch(r.Buckets, bucket) {
		return BucketCondition
	}
	return c
}

// firstUnmetOnAffixes is like [Rule.FirstUnmet], but checks not, prefix and suffix alone.
func (r *Rule) firstUnmetOnAffixes(key string) Condition {
	switch {
	case AnyMatch(r.Not, key):
		return NotCondition
	case r.Prefixes != nil && !slices.ContainsFunc(r.Prefixes, func(p string) bool { return hasPrefix(key, p, r.IgnoreCase) }):
		return PrefixCondition
	case r.Suffixes != nil && !slices.ContainsFunc(r.Suffixes, func(p string) bool { return hasSuffix(key, p, r.IgnoreCase) }):
		return SuffixCondition
	}
	return NoCondition
}

// firstUnmetOnMetadata is like [Rule.FirstUnmet], but checks neither key nor bucket.
func (r *Rule) firstUnmetOnMetadata(u *Upload, given Given) Condition {
	switch {
	case given.Has(GivenEvent) && !AnyMatch(r.Events, u.Event):
		return EventsCondition
	case given.Has(GivenSize) && r.Size != nil && (u.Size < r.Size.Min || u.Size > r.Size.Max):
		return SizeCondition
	case given.Has(GivenType) && r.Types != nil && (u.Type == "" || !AnyMatch(r.Types, MediaType(u.Type))):
		return TypeCondition
	case r.FirstUnmetWhere(u.Record, given) != nil:
		return WhereCondition
	case r.FirstUnmetMeta(u, given) != nil:
		return MetaCondition
	case r.FirstUnmetTag(u, given) != nil:
		return TagsCondition
	case given.Has(GivenClass) && r.Classes != nil && !AnyMatch(r.Classes, u.Class):
		return ClassCondition
	}
	return NoCondition
}

// MatchesLocation reports whether the rule may fire for an object, judged by its key and bucket.
func (r *Rule) MatchesLocation(bucket, key string) bool {
	return r.firstUnmetOnLocation(bucket, key, GivenAll) == NoCondition
}

// hasPrefix reports whether key begins with prefix. With fold, prefix is folded and letter case is ignored.
func hasPrefix(key, prefix string, fold bool) bool {
	if !fold {
		return strings.HasPrefix(key, prefix)
	}
	for _, want := range prefix {
		r, size := utf8.DecodeRuneInString(key)
		if size == 0 || r == utf8.RuneError && size == 1 || glob.Fold(r) != want {
			return false
		}
		key = key[size:]
	}
	return true
}

// hasSuffix reports whether key ends with suffix. With fold, suffix is folded and letter case is ignored.
func hasSuffix(key, suffix string, fold bool) bool {
	if !fold {
		return strings.HasSuffix(key, suffix)
	}
	for suffix != "" {
		want, n := utf8.DecodeLastRuneInString(suffix)
		r, size := utf8.DecodeLastRuneInString(key)
		if size == 0 || r == utf8.RuneError && size == 1 || glob.Fold(r) != want {
			return false
		}
		suffix, key = suffix[:len(suffix)-n], key[:len(key)-size]
	}
	return true
}

// AnyMatch reports whether one of the patterns matches value.
func AnyMatch(patterns []*glob.Pattern, value string) bool {
	return slices.ContainsFunc(patterns, func(p *glob.Pattern) bool { return p.Match(value) })
}

// MediaType drops the parameters after ; from a MIME type.
func MediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.TrimSpace(s)
}

// FirstUnmetWhere returns the first where condition that the record does not meet, nil if it meets all.
func (r *Rule) FirstUnmetWhere(record gjson.Result, given Given) *Where {
	for i := range r.Where {
		v := RecordField(record, r.Where[i].Path)
		if !v.Exists() && !given.Has(GivenRecord) {
			continue
		}
		if value, ok := FieldText(v); !ok || !AnyMatch(r.Where[i].Values, value) {
			return &r.Where[i]
		}
	}
	return nil
}
