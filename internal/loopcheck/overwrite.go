package loopcheck

import (
	"errors"
	"slices"
	"time"

	"onput/internal/automaton"
	"onput/internal/glob"
	"onput/internal/ruleset"
	"onput/process"
)

// Limits of the search for overwrites. Where one is exceeded, the search ends without an answer.
const (
	maxOverwriteTime   = 6 * time.Second       // that the steps for one file take on one core of 2.5 GHz
	overwriteTime      = 50 * time.Millisecond // the same for two outputs
	overwriteBytes     = 32 << 20              // that its languages take
	overwriteSamples   = 200                   // objects that are tried where the languages do not decide
	maxOverwritesTried = 30                    // pairs of objects for two outputs
)

// ErrUndecided means that an analysis ended without an answer.
var ErrUndecided = errors.New("not decided")

// Overwrite is two uploads of different objects for which a rule writes the same target.
type Overwrite struct {
	First, Second process.Location
	Target        process.Location // as sent
}

// Overwrite returns two objects, different in more than letter case, of which an output of a rule writes the first to the
// target that another output, or the same one, writes the second to. It returns nil if there are none. The error is
// [ErrUndecided].
//
// OSS's variables and those of the upload's time count as equal, because uploads at one time get equal values. Uploads with different contents have
// different ETags, so a target with {etag} is not shared. Where neither sources nor the rule name buckets, all uploads are
// taken to come from one. Keys that nobody writes on purpose do not count: see isOdd.
func (a *Analysis) Overwrite(rule, first, second int) (*Overwrite, error) {
	outputs := a.set.Rules[rule].Outputs
	one, other := &outputs[first], &outputs[second]
	if one.Target == nil || other.Target == nil || a.tellsUploadsApart(rule, one.Target) || a.tellsUploadsApart(rule, other.Target) {
		return nil, nil
	}
	if first == second && a.keepsApart(rule, one) || first != second && a.targetsDiffer(one, other) {
		return nil, nil
	}
	if found := a.overwriteByExample(rule, first, second); found != nil {
		return found.inOrder(first == second), nil
	}
	if mixesValues(one.Target) || mixesValues(other.Target) {
		if found := a.overwriteBySample(rule, first, second); found != nil {
			return found.inOrder(first == second), nil
		}
		return nil, ErrUndecided
	}
	if a.overwriteSteps > int(maxOverwriteTime/stepTime) {
		return nil, ErrUndecided
	}
	apart := a.withBudget(automaton.NewBudget(int(overwriteTime/stepTime), overwriteBytes))
	before, _ := apart.Left()
	found, err := apart.searchOverwrite(rule, first, second, false)
	switch {
	case err != nil:
		found = apart.overwriteBySample(rule, first, second)
	case found != nil:
		if readable, err := apart.searchOverwrite(rule, first, second, true); readable != nil && err == nil {
			found = readable
		}
	}
	left, _ := apart.Left()
	a.overwriteSteps += before - left
	if err != nil && found == nil {
		return nil, ErrUndecided
	}
	return found.inOrder(first == second), nil
}

// inOrder returns the overwrite with its objects sorted if they may be swapped. The overwrite may be nil.
func (w *Overwrite) inOrder(mayBeSwapped bool) *Overwrite {
	if w != nil && mayBeSwapped && w.Second.String() < w.First.String() {
		w.First, w.Second = w.Second, w.First
	}
	return w
}

// tellsUploadsApart reports whether a target of a rule holds {etag}, or a hash of the whole key in one bucket.
func (a *Analysis) tellsUploadsApart(rule int, t *ruleset.Target) bool {
	oneBucket := !a.hasSeveralBuckets(&a.set.Rules[rule])
	return slices.ContainsFunc(slices.Concat(t.Bucket.Parts, t.Key.Parts), func(p ruleset.Part) bool {
		return p.Kind == ruleset.ETagPart || oneBucket && p.Kind == ruleset.FilteredPart && p.Filtered.Kind == ruleset.KeyPart && p.Filtered.Filters[0] == ruleset.Hash
	})
}

// targetsDiffer reports whether the literal texts of two targets tell all their names apart.
func (a *Analysis) targetsDiffer(one, other *ruleset.Output) bool {
	if !a.outputAffixes(one, affixes{}).overlaps(a.outputAffixes(other, affixes{})) {
		return true
	}
	bucket, ok := one.Target.FixedBucket()
	otherBucket, otherOK := other.Target.FixedBucket()
	return ok && otherOK && bucket != otherBucket
}

// withBudget returns an analysis of the same rules that spends another budget, and shares no languages.
func (a *Analysis) withBudget(b *automaton.Budget) *Analysis {
	apart := *a
	apart.budget, apart.shared = b, nil
	apart.triggerLanguages, apart.languagesIgnoringStops = map[int]*automaton.DFA{}, map[int]*automaton.DFA{}
	apart.notLanguages = map[notKey]*automaton.DFA{}
	return &apart
}

// overwriteBySample returns an overwrite by some objects of a rule, nil if it finds none.
func (a *Analysis) overwriteBySample(rule, first, second int) *Overwrite {
	objects, err := a.TriggerLanguage(rule)
	if err != nil {
		return nil
	}
	var sample []process.Location
	for _, object := range objects.Texts(overwriteSamples) {
		sample = append(sample, locationOf(object))
	}
	return a.overwriteAmong(sample, rule, first, second)
}

// overwriteBy returns the overwrite by two objects, nil if they do not fire the rule or their targets differ.
func (a *Analysis) overwriteBy(rule, first, second int, one, other string) *Overwrite {
	at, otherAt := locationOf(one), locationOf(other)
	if !differ(at, otherAt) || a.budget.Spend(1000, 1000) != nil {
		return nil
	}
	target, ok := a.targetOf(rule, first, at)
	otherTarget, otherOK := a.targetOf(rule, second, otherAt)
	if !ok || !otherOK || target != otherTarget {
		return nil
	}
	return &Overwrite{at, otherAt, target}
}

// differ reports whether two objects differ in more than the letter case of their keys.
func differ(at, other process.Location) bool {
	return at.Bucket != other.Bucket || glob.FoldString(at.Key) != glob.FoldString(other.Key)
}

// targetOf returns the target that an output of a rule writes for an object. It returns false if the object does not fire
// the rule, or the task fails.
func (a *Analysis) targetOf(rule, output int, at process.Location) (process.Location, bool) {
	if !a.CanFire(rule, at) || isOdd(at.Key) {
		return process.Location{}, false
	}
	task := &a.set.Fire(rule, &ruleset.Upload{Bucket: at.Bucket, Key: at.Key, ETag: "0123456789ABCDEF", Size: 1, Time: exampleTime})[output]
	return task.Target, task.Err == nil
}
