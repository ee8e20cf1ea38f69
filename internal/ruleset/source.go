package ruleset

import (
	"cmp"
	"slices"
	"strings"

	"onput/internal/glob"
	"onput/process"
)

// Source is an entry of sources: a bucket and a prefix whose uploads may fire.
type Source struct {
	Bucket *glob.Pattern
	Prefix string
	Name   string // the bucket's name, "" if Bucket has wildcards
}

// Contains reports whether an object is in the source.
func (s *Source) Contains(bucket, key string) bool {
	return strings.HasPrefix(key, s.Prefix) && (s.Name == bucket && bucket != "" || s.Bucket.Match(bucket))
}

// ExampleBucket returns the name of a bucket of the source, "" if none is found.
func (s *Source) ExampleBucket() string {
	for name := range s.Bucket.Examples() {
		return name
	}
	return ""
}

// String returns the source as BUCKET/PREFIX, the bucket a glob.
func (s *Source) String() string { return s.Bucket.String() + "/" + s.Prefix }

// IsSource reports whether an object is in one of the sources.
func (s *Set) IsSource(bucket, key string) bool {
	return s.Sources == nil || slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Contains(bucket, key) })
}

// ExampleUploadLocation returns a bucket in which uploads may fire and, as the key, the prefix of their keys. Without
// sources the bucket is named uploads, and the prefix is empty.
func (s *Set) ExampleUploadLocation() process.Location {
	if len(s.Sources) == 0 {
		return process.Location{Bucket: "uploads"}
	}
	return process.Location{Bucket: cmp.Or(s.Sources[0].ExampleBucket(), "uploads"), Key: s.Sources[0].Prefix}
}

// SourceNames returns the sources as BUCKET/PREFIX, nil if anything may fire.
func (s *Set) SourceNames() []string {
	var names []string
	for i := range s.Sources {
		names = append(names, s.Sources[i].String())
	}
	return names
}

// MayBeSource reports whether a target's bucket may contain sources.
func (s *Set) MayBeSource(t *Target) bool {
	bucket, ok := t.FixedBucket()
	return !ok || s.Sources == nil || slices.ContainsFunc(s.Sources, func(src Source) bool { return src.Bucket.Match(bucket) })
}
