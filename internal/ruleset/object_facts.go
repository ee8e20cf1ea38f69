package ruleset

import (
	"iter"
	"strings"

	"github.com/tidwall/gjson"

	"onput/internal/glob"
	"onput/internal/keyindex"
	"onput/internal/safejson"
)

// Rules may have conditions on user metadata, tags and storage class. Events have some of the metadata at most, so that the
// caller of Match asks OSS for what is missing. Needs tells it what that is.

// MetaPrefix begins the names of user metadata in headers and in event records.
const MetaPrefix = "x-oss-meta-"

// StorageClasses are the storage classes of objects.
//
// https://www.alibabacloud.com/help/en/oss/user-guide/overview-53
var StorageClasses = []string{"Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"}

// Named is a condition on the user metadata or the tag of a name.
type Named struct {
	Name   string
	Values []*glob.Pattern
}

// MetaValue returns the user metadata of a name, in lower case without x-oss-meta-, and reports whether the upload has it.
// Metadata in the event record counts until all is known.
func (u *Upload) MetaValue(name string) (value string, ok bool) {
	if value, ok = u.Meta[name]; ok || u.Known.Has(GivenMeta) {
		return value, ok
	}
	userMeta := u.Record
	for _, member := range []string{"oss", "object", "objectMeta", "userMeta"} {
		userMeta = safejson.Member(userMeta, member)
	}
	userMeta.ForEach(func(header, v gjson.Result) bool {
		if strings.TrimPrefix(strings.ToLower(header.Str), MetaPrefix) == name {
			value, ok = FieldText(v)
		}
		return !ok
	})
	return value, ok
}

// FirstUnmetMeta returns the first condition on user metadata that u does not meet, nil if it meets all.
func (r *Rule) FirstUnmetMeta(u *Upload, given Given) *Named {
	return firstUnmetNamed(r.Meta, u.MetaValue, given.Has(GivenMeta))
}

// FirstUnmetTag returns the first condition on a tag that u does not meet, nil if it meets all.
func (r *Rule) FirstUnmetTag(u *Upload, given Given) *Named {
	return firstUnmetNamed(r.Tags, u.tag, given.Has(GivenTags))
}

func (u *Upload) tag(name string) (string, bool) {
	value, ok := u.Tags[name]
	return value, ok
}

// firstUnmetNamed returns the first condition whose value does not match. A missing value does not match if all are given.
func firstUnmetNamed(conditions []Named, value func(name string) (string, bool), given bool) *Named {
	for i := range conditions {
		if v, ok := value(conditions[i].Name); ok && !AnyMatch(conditions[i].Values, v) || !ok && given {
			return &conditions[i]
		}
	}
	return nil
}

// disjointNamed reports whether two lists of conditions exclude each other on the value of a name that is not known.
func disjointNamed(a, b []Named, value func(name string) (string, bool)) bool {
	for i := range a {
		for j := range b {
			if _, ok := value(a[i].Name); !ok && a[i].Name == b[j].Name && disjoint(a[i].Values, b[j].Values) {
				return true
			}
		}
	}
	return false
}

// unknown returns the facts that the rule has conditions on and that u lacks.
func (r *Rule) unknown(u *Upload) (facts Given) {
	for i := range r.Meta {
		if _, ok := u.MetaValue(r.Meta[i].Name); !ok {
			facts |= GivenMeta
		}
	}
	for i := range r.Tags {
		if _, ok := u.Tags[r.Tags[i].Name]; !ok {
			facts |= GivenTags
		}
	}
	if r.Classes != nil {
		facts |= GivenClass
	}
	return facts &^ u.Known
}

// Asks returns the facts that the rule has conditions on and that OSS may be asked for.
func (r *Rule) Asks() Given { return r.unknown(&Upload{}) }

// Needs returns the facts about u that decide what it fires, that u lacks, and that OSS can be asked for. A rule needs a fact if
// all its conditions on known facts hold. If it has stop, Needs leaves out what later rules need until it is decided.
//
// Ask for these facts, add them to u, and call Needs again until it returns none. Then call [Set.Match].
func (s *Set) Needs(u *Upload) (facts Given) {
	if s.asks == 0 {
		return 0
	}
	for i, unknown := range s.candidates(u) {
		facts |= unknown
		if unknown != 0 && s.Rules[i].Stop {
			break
		}
	}
	return facts
}

// MatchPossible returns the tasks that u may fire if facts that it needs are unknown, in file order. Undecided reports for each
// task whether these facts decide if it fires.
func (s *Set) MatchPossible(u *Upload) (tasks []Task, undecided []bool) {
	stopUndecided := false
	for i, unknown := range s.candidates(u) {
		of := s.Fire(i, u)
		tasks = append(tasks, of...)
		for range of {
			undecided = append(undecided, unknown != 0 || stopUndecided)
		}
		stopUndecided = stopUndecided || unknown != 0 && s.Rules[i].Stop
	}
	return tasks, undecided
}

// candidates iterates over the rules that u fires if its unknown facts are as they ask, up to the first one with stop that
// certainly fires, and over the facts that decide it.
func (s *Set) candidates(u *Upload) iter.Seq2[int, Given] {
	return func(yield func(int, Given) bool) {
		groups := s.eventGroups.forEvent(u.Event)
		if groups == 0 || s.skipObject(u) != "" {
			return
		}
		var buffer [8]keyindex.Hit
		for _, h := range s.index.Find(buffer[:0], u.Bucket, u.Key, groups) {
			r := &s.Rules[h.ID]
			if r.FirstUnmet(u, GivenAll&^GivenByOSS|u.Known) != NoCondition {
				continue
			}
			unknown := r.unknown(u)
			if !yield(h.ID, unknown) || unknown == 0 && r.Stop {
				return
			}
		}
	}
}

// Asks returns the facts that enabled rules may need from OSS.
func (s *Set) Asks() Given { return s.asks }
