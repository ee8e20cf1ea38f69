package rules

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/compile"
	"onput/internal/rulefile"
	"onput/internal/ruleset"
	"onput/internal/text"
	"onput/process"
)

// Set is a checked, compiled rule file. It is immutable and safe for concurrent use.
type Set struct {
	compiled *ruleset.Set
	document *rulefile.Document
	env      *compile.Environment
}

// Compiled returns the compiled rules, for packages of this module that analyze them. Do not change them.
func (s *Set) Compiled() *ruleset.Set { return s.compiled }

// Upload is one event record: an object was created in a bucket.
type Upload = ruleset.Upload

// Task is one process for one upload.
type Task = ruleset.Task

// Match returns every task that u fires, in file order. It is safe for concurrent use.
//
// Facts that u lacks count as missing: see [Set.Needs].
//
// A task whose parameters or target turn out invalid for this upload has Err set: its rule fired, and no retry can help.
//
// The cost depends on the key and on the rules that match it, not on the number of rules; PATTERNS.md names the exceptions.
// If nothing fires, Match rarely allocates.
func (s *Set) Match(u *Upload) []Task { return s.compiled.Match(u) }

// Skip returns why u fires nothing whatever the rules are, or "" if the rules decide.
func (s *Set) Skip(u *Upload) string { return s.compiled.Skip(u) }

// Listens reports whether an enabled rule fires for an event, such as ObjectCreated:PutObject.
func (s *Set) Listens(event string) bool { return s.compiled.Listens(event) }

// Listeners returns the names of the enabled rules that fire for an event, such as ObjectCreated:PutObject.
func (s *Set) Listeners(event string) []string { return s.compiled.Listeners(event) }

// Claims are the settings of claims, the records that keep a task from being submitted twice.
type Claims = ruleset.ClaimSettings

// Claims returns the settings of claims, nil if the file has none. Do not change them.
func (s *Set) Claims() *Claims { return s.compiled.Claims }

// PermanentFailurePolicy decides what a task that no retry can help does to its invocation.
type PermanentFailurePolicy = ruleset.PermanentFailurePolicy

// The invocation fails, or it succeeds and the failure is recorded in an object or in the log.
const (
	FailPermanent   = ruleset.FailPermanent
	RecordPermanent = ruleset.RecordPermanent
	LogPermanent    = ruleset.LogPermanent
)

// PermanentFailurePolicy returns the policy for tasks that no retry can help.
func (s *Set) PermanentFailurePolicy() PermanentFailurePolicy {
	return s.compiled.PermanentFailurePolicy
}

// Sources returns the sources as BUCKET/PREFIX, the bucket a glob, with environment variables filled in. It returns nil if
// anything may fire.
func (s *Set) Sources() []string { return s.compiled.SourceNames() }

// ExampleUploadLocation returns a bucket in which uploads may fire and, as the key, the prefix of their keys. Without
// sources the bucket is named uploads, and the prefix is empty.
func (s *Set) ExampleUploadLocation() process.Location { return s.compiled.ExampleUploadLocation() }

// DefaultEvents are the events that fire a rule without events.
var DefaultEvents = ruleset.DefaultEvents

// QualifyEvent returns the name of an event as in event records: with ObjectCreated: if it names no kind, and without the
// oss: of triggers.
func QualifyEvent(name string) string { return ruleset.QualifyEvent(name) }

// KnownEvent reports whether OSS documents an event, with or without the kind ObjectCreated:.
func KnownEvent(name string) bool { return slices.Contains(ruleset.KnownEvents, QualifyEvent(name)) }

// MeantEvent returns the documented event that a name probably means, "" if none is near.
func MeantEvent(name string) string {
	meant := cmp.Or(ruleset.MeantEvent(name), text.Closest(name, ruleset.KnownEvents), text.Closest(QualifyEvent(name), ruleset.KnownEvents))
	if strings.HasSuffix(meant, "*") {
		return ""
	}
	return strings.TrimPrefix(meant, "ObjectCreated:")
}

// Given is the set of known facts about an upload. A condition on any other fact counts as met.
type Given = ruleset.Given

// The facts that conditions and targets depend on. The key is always known.
const (
	GivenBucket = ruleset.GivenBucket
	GivenEvent  = ruleset.GivenEvent
	GivenSize   = ruleset.GivenSize
	GivenType   = ruleset.GivenType
	GivenETag   = ruleset.GivenETag
	GivenTime   = ruleset.GivenTime
	GivenRecord = ruleset.GivenRecord // the whole event record; without it, the fields in Upload.Record
	GivenMeta   = ruleset.GivenMeta   // all user metadata; without it, the names in Upload.Meta and Upload.Record
	GivenTags   = ruleset.GivenTags
	GivenClass  = ruleset.GivenClass
	GivenByOSS  = ruleset.GivenByOSS // the facts that an event may lack, and that OSS can be asked for
	GivenAll    = ruleset.GivenAll
)
