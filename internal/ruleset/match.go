package ruleset

import (
	"onput/internal/keyindex"
	"onput/process"
)

// Match returns every task that u fires, in file order. It is safe for concurrent use.
//
// Facts that u lacks count as missing: see [Set.Needs].
//
// A task whose parameters or target turn out invalid for this upload has Err set: its rule fired, and no retry can help.
//
// The cost depends on the key and on the rules that match it, not on the number of rules. If nothing fires, Match does not
// allocate, unless the index finds more than eight rules.
func (s *Set) Match(u *Upload) []Task {
	groups := s.eventGroups.forEvent(u.Event)
	if groups == 0 || s.skipObject(u) != "" {
		return nil
	}
	var buffer [8]keyindex.Hit
	hits := s.index.Find(buffer[:0], u.Bucket, u.Key, groups)
	fired, count := hits[:0], 0
	for _, h := range hits {
		hot := &s.hotRules[h.ID]
		if groups>>hot.group&1 == 0 || !(hot.indexDecides && h.Exact) && !s.Rules[h.ID].fires(u, h.Exact) {
			continue
		}
		fired = append(fired, h)
		count += int(hot.count)
		if hot.stop {
			break
		}
	}
	if count == 0 {
		return nil
	}
	tasks := make([]Task, count)
	e, rest := expansion{u: u, zone: s.TimeZone}, tasks
	for _, h := range fired {
		hot := &s.hotRules[h.ID]
		of := rest[:hot.count]
		if hot.indexDecides {
			of[0] = Task{Rule: hot.name, Source: process.Location{Bucket: u.Bucket, Key: u.Key},
				Process: hot.process, Notify: hot.notify, Log: hot.log}
			if hot.target != nil {
				hot.target.fillTask(&e, &of[0])
			}
		} else {
			s.Rules[h.ID].fireInto(of, &e)
		}
		s.refuseClaims(h.ID, of)
		rest = rest[hot.count:]
	}
	return tasks
}

// Fire returns the tasks of rule i for an upload that matches it.
func (s *Set) Fire(i int, u *Upload) []Task {
	tasks := make([]Task, len(s.Rules[i].Outputs))
	s.Rules[i].fireInto(tasks, &expansion{u: u, zone: s.TimeZone})
	s.refuseClaims(i, tasks)
	return tasks
}

// fires reports whether the rule fires for u. If exact is set, the index has checked bucket and key.
func (r *Rule) fires(u *Upload, exact bool) bool {
	if !exact {
		return r.FirstUnmet(u, GivenAll) == NoCondition
	}
	return r.firstUnmetOnAffixes(u.Key) == NoCondition && r.firstUnmetOnMetadata(u, GivenAll) == NoCondition
}
