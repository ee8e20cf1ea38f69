package ruleset

import (
	"slices"
	"strings"
	"time"

	"onput/internal/glob"
	"onput/internal/keyindex"
)

// Set is a compiled rule file. After [Set.BuildIndex] it is immutable and safe for concurrent use.
type Set struct {
	Sources                []Source       // where uploads may fire; nil for anywhere
	Ignored                []Ignored      // keys that never fire
	Claims                 *ClaimSettings // nil without claims
	PermanentFailurePolicy PermanentFailurePolicy
	TimeZone               *time.Location // of {u_year} and its like; nil for UTC
	Rules                  []Rule
	StopRules              []int // numbers of the enabled rules with stop for which [Rule.DecidedByLocation] holds

	asks Given // the facts that enabled rules may need from OSS

	hotRules    []hotRule       // by rule number
	index       *keyindex.Index // of the enabled rules, by their conditions on bucket and key
	eventGroups *eventGroups
}

// Ignored is a pattern of keys that never fire.
type Ignored struct {
	Pattern *glob.Pattern
	Reason  string // why an upload with such a key is skipped
}

// hotRule holds the fields of a rule that Match reads. It fills a cache line: a key pays for each rule that it matches.
type hotRule struct {
	name, process, notify string
	target                *Target // nil for none
	count                 int32   // of outputs
	group                 uint8   // of eventGroups
	stop, log             bool

	indexDecides bool // an exact hit meets all conditions, and the fields above are enough to make the only task
}

// BuildIndex prepares the set for [Set.Match]. Call it once, when all rules are compiled.
func (s *Set) BuildIndex() {
	b := keyindex.NewBuilder()
	s.eventGroups = newEventGroups()
	s.hotRules = make([]hotRule, len(s.Rules))
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.Enabled {
			continue
		}
		s.asks |= r.Asks()
		group := s.eventGroups.group(r.Events)
		b.Add(keyindex.Entry{ID: i, Group: int(group), Fold: r.IgnoreCase,
			Buckets: r.Buckets, Keys: r.Keys, Prefixes: r.Prefixes, Suffixes: r.Suffixes})
		first := &r.Outputs[0]
		s.hotRules[i] = hotRule{
			name: r.Name, process: first.Process, notify: first.Notify, target: first.Target,
			count: int32(len(r.Outputs)), group: group, stop: r.Stop, log: r.LogOnly,
			indexDecides: group < maxEventGroups-1 && r.decidedByIndex() && !r.UsesCaptures &&
				len(r.Outputs) == 1 && len(first.Open) == 0,
		}
	}
	s.index = b.Index()
}

// NotInSources is the reason for an upload that no source contains.
const NotInSources = "the object is in none of the sources"

// Skip returns why u fires nothing whatever the rules are, or "" if the rules decide.
func (s *Set) Skip(u *Upload) string {
	if ComesBeforeObject(u.Event) {
		return "the event " + strings.TrimPrefix(u.Event, "ObjectCreated:") + " comes before the object exists"
	}
	return s.skipObject(u)
}

// skipObject is like [Set.Skip], but ignores the event.
func (s *Set) skipObject(u *Upload) string {
	switch {
	case strings.HasSuffix(u.Key, "/"):
		return "the key ends in /: a folder"
	case u.Size == 0:
		return "the object is empty"
	case s.IsClaim(u.Bucket, u.Key):
		return "the object is under the prefix of claims"
	case !s.IsSource(u.Bucket, u.Key):
		return NotInSources
	}
	for i := range s.Ignored {
		if s.Ignored[i].Pattern.Match(u.Key) {
			return s.Ignored[i].Reason
		}
	}
	return ""
}

// IsIgnored reports whether a key never fires, whatever the rules are.
func (s *Set) IsIgnored(key string) bool {
	return slices.ContainsFunc(s.Ignored, func(i Ignored) bool { return i.Pattern.Match(key) })
}

// Listeners returns the names of the enabled rules that fire for an event, such as ObjectCreated:PutObject.
func (s *Set) Listeners(event string) []string {
	var names []string
	for i := range s.Rules {
		if r := &s.Rules[i]; r.Enabled && AnyMatch(r.Events, event) {
			names = append(names, r.Name)
		}
	}
	return names
}

// Listens reports whether an enabled rule fires for an event, such as ObjectCreated:PutObject.
func (s *Set) Listens(event string) bool {
	return slices.ContainsFunc(s.Rules, func(r Rule) bool { return r.Enabled && AnyMatch(r.Events, event) })
}
